"""Several processes that share every batch: they learn what one would."""

import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from classic.errors import BadInput
from classic.train import processes
from classic.train.on_ray import train_on_ray
from classic.train.processes import batches_of, is_first, own_draws, own_part
from tests.classic.launched import work

ROOT = Path(__file__).parents[2]
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2")
ACCELERATE = ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2")
"""On CPUs too: its `--cpu` starts one process, whatever number is asked for."""


def launched(*command: str, out: Path) -> dict[str, Any]:
    """What the script finds under a launcher; one thread each, as two cores have."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    script = str(ROOT / "tests/classic/launched.py")
    subprocess.run(
        [sys.executable, "-m", *command, script, str(out)],
        cwd=out.parent,
        env=environment,
        check=True,
        timeout=120,
        capture_output=True,
    )
    return dict(json.loads(out.read_text("utf-8")))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("alone") / "found.json"
    work(out)
    return dict(json.loads(out.read_text("utf-8")))


def check_equal(found: dict[str, Any], other: dict[str, Any]) -> None:
    """Loss by loss as it is told, and what the nets say of everybody."""
    losses, expected = (
        [float(n) for line in run["losses"] for n in re.findall(r"loss (\S+)", line)]
        for run in (found, other)
    )
    assert (found["processes"], other["processes"]) == (2, 1)
    assert losses[0] > losses[-1], "nothing was learned"
    assert losses == pytest.approx(expected, abs=2e-4)
    assert np.allclose(found["logits"], other["logits"], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [TORCHRUN, ACCELERATE], ids=["torchrun", "accelerate"])
def test_two_processes_learn_what_one_does(
    launcher: tuple[str, ...], tmp_path: Path, alone: dict[str, Any]
) -> None:
    check_equal(launched(*launcher, out=tmp_path / "found.json"), alone)


def one_dies_at_first(out: Path) -> None:
    """As a worker whose machine is lost while the others share a batch with it: no exception."""
    lost = out.with_suffix(".lost")
    if is_first() and not lost.exists():
        lost.touch()
        time.sleep(2)
        os._exit(1)
    work(out)


@pytest.mark.slow
def test_two_workers_of_ray_learn_what_one_process_does_though_one_dies(
    tmp_path: Path, alone: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="ray is not installed: pip install '.[ray]'")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_TRAIN_V2_ENABLED", "1")
    train_on_ray(partial(one_dies_at_first, tmp_path / "found.json"), 2)
    check_equal(json.loads((tmp_path / "found.json").read_text("utf-8")), alone)


def test_without_ray_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match=r"ray is not installed: pip install '\.\[ray\]'"):
        train_on_ray(lambda: None, 2)


@pytest.fixture
def second_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SimpleNamespace(process_index=1, num_processes=3)
    monkeypatch.setattr(processes, "_state", lambda: state)


@pytest.mark.usefixtures("second_of_three")
def test_each_has_its_own_rows() -> None:
    assert own_part(np.arange(8)).tolist() == [1, 4, 7]
    assert own_part(torch.arange(8)).tolist() == [1, 4, 7]
    assert own_part(np.arange(2)).tolist() == [0, 1], "too few for all: everybody has them"
    assert [rows.tolist() for rows in batches_of(np.arange(12), 6)] == [[1, 4], [7, 10]]


@pytest.mark.usefixtures("second_of_three")
def test_each_draws_apart() -> None:
    shared = np.random.default_rng(0)
    drawn = own_draws(np.random.default_rng(0)).random(100)
    assert not set(drawn) & set(shared.random(100))


def test_who_is_alone_has_everything() -> None:
    rng = np.random.default_rng(0)
    assert own_draws(rng) is rng
    parts = list(batches_of(np.arange(10), 4))
    assert np.concatenate(parts).tolist() == list(range(10))
    assert len(parts) == round(10 / 4)
