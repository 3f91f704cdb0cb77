"""`Pretrained`: a behaviour encoder with the items that it knows and what made it, for a model that
is to read people through it."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from classic.data.catalog import Catalog
from classic.data.datasets import load
from classic.errors import BadInput
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.weights import load_with_text, weights_of

_WEIGHTS = ".npz"


@dataclass(frozen=True, eq=False)
class Pretrained:
    """`catalog` is that of the data it was pre-trained on; `about` is what the file beside `path`
    tells of it: `data`, `protocol`, `terms` and more."""

    model: Ptum
    catalog: Catalog
    about: Mapping[str, Any]
    path: Path

    @property
    def data(self) -> str:
        return str(self.about["data"])

    @cached_property
    def sha256(self) -> str:
        """Of the file of its weights."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def ids_in(self, catalog: Catalog) -> dict[str, str]:
        """The id it knows an item by, by the item's id in another catalogue. The same is what has
        the same title and year: ids of two data sets may be the same numbers for other items."""
        named: dict[str, list[str]] = {}
        for item in self.catalog:
            named.setdefault(item.label.casefold(), []).append(item.item_id)
        found = {}
        for item in catalog:
            alike = named.get(item.label.casefold(), [])
            if item.item_id in alike:
                found[item.item_id] = item.item_id
            elif len(alike) == 1:
                found[item.item_id] = alike[0]
        return found

    def copy_to(self, path: Path) -> None:
        """The weights and what is told of them."""
        shutil.copyfile(self.path, path)
        shutil.copyfile(_told_by(self.path), _told_by(path))


def open_pretrained(source: str) -> Pretrained:
    """Of a file that `llmrec pretrain ptum` made, or of data that it was called with. Raises
    `BadInput` where there is no encoder, and where its data is not here."""
    is_file = source.endswith(_WEIGHTS)
    path = Path(source).expanduser() if is_file else weights_of(source)
    if not path.is_file():
        raise BadInput(f"there is no behaviour encoder {path}: llmrec pretrain ptum makes one")
    about = _about(path)
    catalog = load(str(about["data"])).catalog
    return Pretrained(load_with_text(path, catalog), catalog, about, path)


def _told_by(path: Path) -> Path:
    return path.with_suffix(".json")


def _about(path: Path) -> dict[str, Any]:
    told = _told_by(path)
    try:
        about: dict[str, Any] = json.loads(told.read_text("utf-8"))
        needed = [key for key in ("data", "protocol", "terms") if key not in about]
    except (OSError, ValueError):
        needed = ["data"]
    if needed:
        raise BadInput(
            f"{told} does not say by what {path.name} was made ({needed[0]!r}): pre-train it again"
        )
    return about
