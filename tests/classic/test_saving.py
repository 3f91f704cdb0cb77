"""Models in files: whole or not at all, and nothing in a file is run by opening it. That every
model comes back the same is in the contract."""

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from classic.errors import BadInput
from classic.retrieve.ease import fit_ease
from classic.retrieve.item_item import strongest
from classic.saving import load, save
from tests.small import catalog, interactions

MODEL = fit_ease(interactions(catalog()))


class Malicious:
    def __init__(self, runs: object) -> None:
        self.runs = runs

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return self.runs, ("touch was-run",)


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 half a file"])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="train it again"):
        load(path)


def test_half_a_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    save(MODEL, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match="train it again"):
        load(path)


@pytest.mark.parametrize("runs", [os.system, strongest])
def test_what_a_file_would_run_is_not_run(
    runs: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(Malicious(runs), tmp_path / "model.pt")
    with pytest.raises(BadInput, match=r"was not opened|train it again"):
        load(tmp_path / "model.pt")
    assert not (tmp_path / "was-run").exists()


def test_a_model_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that holds less than its class knows of now."""
    without = {k: v for k, v in MODEL.__getstate__().items() if k != "weights"}
    monkeypatch.setattr(type(MODEL), "__getstate__", lambda _: without)
    save(MODEL, tmp_path / "model.pt")
    with pytest.raises(BadInput, match="another version: train it again"):
        load(tmp_path / "model.pt")


@pytest.mark.parametrize("home", ["classic.retrieve.gone", "classic.retrieve.ease"])
def test_a_class_that_is_no_longer_there_is_of_another_version(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file was moved, or it has another name now."""
    moved = type("Moved", (), {"__module__": home})
    module = ModuleType(home)
    module.Moved = moved  # type: ignore[attr-defined]
    with monkeypatch.context() as then:
        then.setitem(sys.modules, home, module)
        torch.save(moved(), tmp_path / "model.pt")
    with pytest.raises(BadInput, match="another version: train it again"):
        load(tmp_path / "model.pt")


def test_something_else_than_a_model_is_refused(tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, tmp_path / "model.pt")
    with pytest.raises(BadInput, match="but a dict"):
        load(tmp_path / "model.pt")


def test_a_failed_write_leaves_the_model_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    save(MODEL, path)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        save(MODEL, path)
    assert load(path).item_ids == MODEL.item_ids
