"""Fitted models as files. What a file may hold is known beforehand: opening one runs no code of its
own, wherever it came from."""

import inspect
import pickle
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from classic.errors import BadInput
from classic.retrieve.recommender import Recommender

_PACKAGES = (
    "classic.retrieve.",
    "classic.rank.",
    "classic.train.",
    "scipy.sparse.",
    "torch.nn.modules.",
)
"""Whose classes may be in a file; nothing else of them may."""


def save(model: Recommender, path: Path) -> None:
    """Writes the model to one file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    torch.save(model, unfinished, pickle_module=_pickle)
    unfinished.replace(path)


def load(path: Path) -> Recommender:
    """A saved model, ready to recommend. Raises `BadInput` for a file that is not one."""
    try:
        held = [_allowed(name, path) for name in get_unsafe_globals_in_checkpoint(path)]
        with safe_globals(held):
            model = torch.load(path, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise BadInput(f"{path} is not a whole model of this version: train it again") from error
    if not isinstance(model, Recommender):
        raise BadInput(f"{path} holds no model, but a {type(model).__name__}")
    if not _has_all_parts(model):
        raise _of_another_version(path)
    return model


def _of_another_version(path: Path) -> BadInput:
    return BadInput(f"{path} was kept by another version: train it again")


def array_of(tensor: Tensor) -> np.ndarray:
    """How an array is kept in a file: as the tensor it shares its memory with."""
    return tensor.numpy()


def _has_all_parts(value: object) -> bool:
    """Whether every field that its class knows of was in the file."""
    if isinstance(value, tuple):
        return all(map(_has_all_parts, value))
    if not is_dataclass(value):
        return True
    names = [f.name for f in fields(value)]
    return all(hasattr(value, n) and _has_all_parts(getattr(value, n)) for n in names)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        if isinstance(value, np.ndarray):
            whole = value if value.flags.writeable and value.flags.c_contiguous else value.copy()
            return array_of, (torch.from_numpy(whole),)
        return NotImplemented


_pickle = ModuleType("_pickle_with_tensors")
_pickle.Pickler = _Pickler  # type: ignore[attr-defined]


def _allowed(name: str, path: Path) -> Any:
    """What has that name. Raises `BadInput` when no model of ours would hold it."""
    if name == f"{__name__}.{array_of.__name__}":
        return array_of
    home, _, last = name.rpartition(".")
    if name.startswith(_PACKAGES):
        try:
            found = getattr(import_module(home), last)
        except (ImportError, AttributeError) as error:
            raise _of_another_version(path) from error
        if inspect.isclass(found):
            return found
    raise BadInput(f"{path} holds {name}, which no model holds: it was not opened")
