"""A race takes turns, goes on where it stopped, tells who failed, and judges by the median."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import race
from benchmarks.peers.exchange import Train
from benchmarks.peers.jobs import OURS
from benchmarks.peers.race import order, raced
from benchmarks.peers.standing import standings, told
from tests.small import catalog, interactions

REAL = interactions(catalog())
PEERS = ["implicit", "lenskit"]
SECONDS = {OURS: 2.2, "implicit": 1.0, "lenskit": 4.0, "rectools": 4.0}


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs are made up: RecTools falls over, the others list everybody's first unseen items."""
    names: list[str] = []

    def run_job(contestant, job, environment, seconds):
        names.append(contestant)
        if contestant == "rectools":
            raise subprocess.CalledProcessError(1, "it", stderr="Traceback\nMemoryError: no room\n")
        unseen = Train.read(Path(job.train)).matrix.toarray() == 0
        top = np.argsort(~unseen, axis=1, kind="stable")[:, : job.k]
        cost = {"fit_s": SECONDS[contestant], "recommend_s": SECONDS[contestant], "peak_mb": 50.0}
        return cost, top.astype(np.int32)

    monkeypatch.setattr(race, "run_job", run_job)
    return names


def starts(rounds: int, peers: list[str] = PEERS, size: int = 1) -> list[race.Start]:
    return list(order(["item-knn"], size, peers, rounds))


def test_everybody_goes_first_once():
    found = [s.contestant for s in starts(3)]
    assert found[:3] == [OURS, "implicit", "lenskit"]
    assert found[3:6] == ["implicit", "lenskit", OURS]
    assert found[6:] == ["lenskit", OURS, "implicit"]


def test_a_stopped_race_goes_on(done: list[str], tmp_path: Path):
    first = raced(starts(1), REAL, tmp_path, 1.0)
    assert done == [OURS, "implicit", "lenskit"]
    again = raced(starts(2), REAL, tmp_path, 1.0)
    assert done[3:] == ["implicit", "lenskit", OURS]
    assert again[:3] == first


def test_who_fails_is_told_and_not_asked_again(done: list[str], tmp_path: Path):
    runs = raced(starts(3, ["rectools"]), REAL, tmp_path, 1.0)
    assert done.count("rectools") == 1
    failed = [run["failed"] for run in runs if run["contestant"] == "rectools"]
    assert failed == ["exit 1: MemoryError: no room"] * 3
    standing = standings(runs)["sizes"]["item-knn"]["1x"]
    assert standing["contestants"]["rectools"] == {"failed": failed[0]}
    assert standing["gate"] is None
    assert "MemoryError" in told(standings(runs))


def test_who_fell_far_behind_runs_once(
    done: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setitem(SECONDS, "lenskit", 20.0)
    runs = raced(starts(3), REAL, tmp_path, 1.0)
    assert [done.count(name) for name in (OURS, "implicit", "lenskit")] == [3, 3, 1]
    found = standings(runs)["sizes"]["item-knn"]["1x"]["contestants"]
    assert found["lenskit"]["rounds"] == 1
    assert found["lenskit"]["ours_to_it"] == [0.11, 0.11, 0.11]


def test_lists_with_what_was_seen_have_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def run_job(contestant, job, environment, seconds):
        seen = Train.read(Path(job.train)).matrix.toarray() > 0
        return {}, np.argsort(~seen, axis=1, kind="stable")[:, : job.k].astype(np.int32)

    monkeypatch.setattr(race, "run_job", run_job)
    runs = raced(starts(1, []), REAL, tmp_path, 1.0)
    assert "were seen" in runs[0]["failed"]


def test_the_gate_is_by_the_fastest_as_good(done: list[str], tmp_path: Path):
    runs = [run for size in (1, 2) for run in raced(starts(3, size=size), REAL, tmp_path, 1.0)]
    metrics = standings(runs)
    found = metrics["sizes"]["item-knn"]["1x"]
    assert found["contestants"]["lenskit"]["ours_to_it"] == [0.55, 0.55, 0.55]
    gate = {"fastest": "implicit", "ours_to_it": 2.2, "quality": 1.0, "held": False}
    assert found["gate"] == gate
    worse = [
        run | {"ndcg@10/full": 0.5 * run["ndcg@10/full"]}
        if run["contestant"] == "implicit"
        else run
        for run in runs
    ]
    assert standings(worse)["sizes"]["item-knn"]["1x"]["gate"]["fastest"] == "lenskit"
    assert metrics["curves"]["item-knn"][OURS]["exponent"] == 0.0
