"""What the race of steps counts, how it compares curves, and both of its sides in small."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from benchmarks.peers import steps
from benchmarks.peers.environments import FOLDER
from benchmarks.peers.step_pairs import PAIRS, OwnNegatives, Shape
from benchmarks.peers.steps import OURS, THEIRS, Run, Step

SMALL = Shape(windows=6, dimensions=8, hidden=8, length=12)
DATA = steps.made_up(40, 60)


def taken(*targets: int, loss: float = 1.0, every: float = 2.0) -> list[Step]:
    return [Step(100.0 + every * n, t, loss) for n, t in enumerate(targets)]


def test_targets_are_counted_after_the_warm_up() -> None:
    """Of 20 steps two warm up and the third starts the clock."""
    assert steps.targets_per_second(taken(*[500] * 3, *[10] * 17)) == pytest.approx(10 / 2.0)
    with pytest.raises(ValueError, match="2 steps are too few"):
        steps.targets_per_second(taken(5, 5))


def test_curves_are_means_by_targets_seen() -> None:
    mixed = [Step(0.0, 10, 4.0), Step(1.0, 30, 2.0), Step(2.0, 40, 1.0), Step(3.0, 40, 0.5)]
    found = steps.curve(mixed, np.array([0.0, 40.0, 80.0]))
    assert found == pytest.approx([(10 * 4.0 + 30 * 2.0) / 40, 1.0])
    assert np.isnan(steps.curve(mixed, np.array([0.0, 5.0, 80.0]))[0])


def test_every_run_has_steps_at_every_point() -> None:
    runs = [taken(*[10] * 100), taken(*[37] * 12), taken(*[3] * 400)]
    edges = steps.curve_edges(runs)
    assert edges[-1] == 12 * 37
    assert len(edges) == 1 + 12 // 4
    assert all(np.isfinite(steps.curve(run, edges)).all() for run in runs)


def test_closeness_is_by_loss_and_by_its_fall() -> None:
    found = steps.closeness(np.array([2.0, 1.1, 0.9]), np.array([2.0, 1.0, 1.0]))
    assert found["gap"] == pytest.approx(0.2 / 3, abs=1e-4)
    assert found["gap_of_fall"] == pytest.approx(0.2 / 3, abs=1e-4)
    assert found["last"] == pytest.approx(-0.1)
    wide = steps.closeness(np.array([2.0, 1.9]), np.array([2.0, 2.0]))
    assert wide["gap_of_fall"] > 1.0 > wide["gap"]


def test_one_negative_of_its_own_is_bpr() -> None:
    """The negative is drawn within, so both are asked under one seed."""
    hidden, items = torch.randn(7, 4), torch.randn(5, 4)
    wanted = torch.randint(5, (7,))
    torch.manual_seed(1)
    found = OwnNegatives(1)(hidden, items, wanted)
    torch.manual_seed(1)
    other = torch.randint(5, (7, 1))[:, 0]
    lead = (hidden * (items[wanted] - items[other])).sum(dim=1)
    assert torch.isclose(found, -functional.logsigmoid(lead).mean())


def test_a_step_of_theirs_has_as_many_targets_as_ours() -> None:
    lengths = np.bincount(DATA.users)
    in_window = np.minimum(lengths - 1, SMALL.length).mean()
    batches = {m: steps.settings(m, DATA, SMALL, 1.0, 0)["batch"] for m in PAIRS}
    assert batches["sasrec"] == SMALL.windows
    assert batches["gru"] == round(SMALL.windows * in_window)
    assert batches["two-tower"] == round(4 * SMALL.windows * in_window)


def test_theirs_are_given_the_windows_that_ours_draw() -> None:
    found = steps.peer_windows(DATA, SMALL, seed=3)
    given, following = found["given"], found["following"]
    assert given.shape == following.shape == (2 * DATA.n_users, SMALL.length)
    assert given.min() == 0 or (given > 0).all()
    assert given.max() <= DATA.n_items
    inside = following[:, :-1] > 0
    assert (given[:, 1:][inside] == following[:, :-1][inside]).all()
    histories = [DATA.items[DATA.users == u] + 1 for u in range(DATA.n_users)]
    texts = [" ".join(map(str, h)) + " " for h in histories]
    row = np.append(given[0][following[0] > 0], following[0][following[0] > 0][-1])
    assert any(" ".join(map(str, row)) + " " in text for text in texts)


@pytest.mark.parametrize("model", PAIRS)
def test_our_side_learns_and_is_counted(model: str) -> None:
    run = steps.ours(model, DATA, replace(SMALL, learning_rate=1e-2), seconds=0.5, seed=0)
    per_row = steps.targets_per_row(model, DATA, SMALL.length)[OURS]
    per_epoch = round(DATA.n_users / SMALL.windows)
    assert len(run.steps) % per_epoch == 0
    seen = sum(step.targets for step in run.steps[:per_epoch])
    assert seen == pytest.approx(per_row * DATA.n_users)
    assert np.mean([step.loss for step in run.steps[-per_epoch:]]) < run.steps[0].loss
    assert steps.targets_per_second(run.steps) > 0


def test_a_side_that_fails_is_told_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Run:
        raise RuntimeError("no legs")

    monkeypatch.setitem(steps.SIDES, THEIRS, broken)
    monkeypatch.setitem(steps.SIDES, OURS, lambda *_: Run(taken(*[10] * 9), 3, "2"))
    reports, cases = steps.race(["gru"], DATA, {"gru": SMALL}, rounds=2, seconds=1.0)
    assert reports["gru"] == {"failed": {OURS: [], THEIRS: ["RuntimeError: no legs"] * 2}}
    assert [c["side"] for c in cases] == [OURS, THEIRS, THEIRS, OURS]
    assert [bool(c["failed"]) for c in cases] == [False, True, True, False]
    json.dumps(cases)


def test_the_ratio_is_of_rounds_in_which_both_ran() -> None:
    runs = {
        OURS: [Run(taken(*[30] * 9)), Run(taken(*[60] * 9)), Run(taken(*[90] * 9))],
        THEIRS: [Run(taken(*[10] * 9)), Run(failed="fell"), Run(taken(*[10] * 9))],
    }
    found = steps.report(runs, {OURS: 5.0, THEIRS: 0.25})
    assert (found["ratio"], found["ratio_range"], found["rounds"]) == (6.0, [3.0, 9.0], 2)
    assert found["targets_per_second"] == {OURS: 30.0, THEIRS: 5.0}
    assert found["rows_per_second"] == {OURS: 6.0, THEIRS: 20.0}
    assert found["curve"]["gap"] == 0.0
    assert found["failed"][THEIRS] == ["fell"]


@pytest.mark.slow
@pytest.mark.parametrize("model", PAIRS)
def test_both_sides_run_with_nets_of_one_size(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (FOLDER / steps.PEER / "bin" / "python").is_file():
        pytest.skip("torch-rechub's environment is not there: benchmarks.peers.steps makes it")
    monkeypatch.setattr(steps, "_THREADS", 1)
    reports, cases = steps.race([model], DATA, {model: SMALL}, rounds=1, seconds=6.0)
    assert [case["failed"] for case in cases] == ["", ""]
    parameters = reports[model]["parameters"]
    assert 0 <= parameters[THEIRS] - parameters[OURS] <= SMALL.dimensions
    assert cases[0]["targets_per_step"] == pytest.approx(cases[1]["targets_per_step"], rel=0.2)
    assert np.isfinite(reports[model]["curve"][THEIRS]).all()
