"""The race of training steps: our two-tower, GRU and SASRec beside torch-rechub's.

    python -m benchmarks.peers.steps --out results/steps [--models two-tower,gru,sasrec]
        [--rounds 3] [--minutes 2] [--length 50]

Both sides learn from the same windows of the same histories, with nets of the same sizes, the same
loss, optimiser and learning rate, and as many targets to a step. A sample is a target: an item that
came next, asked for from what came before it. A row is not worth the same on both sides: ours is a
window with a target at every place, as in torch-rechub's SASRec; in its GRU4Rec a row has one
target, in its two-tower a target takes a row and one more for each negative. So targets are raced,
and rows are told beside them. The losses are laid side by side by how many targets had been seen.
What is not the same is told in `step_pairs` and in the record. Everything is float32 on two threads
with nothing else at work: torch-rechub's loader runs in its training process.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.peers.environments import PEERS, python_of
from benchmarks.peers.runner import why
from benchmarks.peers.step_pairs import NEGATIVES, PAIRS, Shape
from benchmarks.progress import say
from classic.data.benchmarks import read_sasrec
from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.data.places import find_folder
from classic.retrieve.sequence import fit_sequence, windows
from classic.train.loop import TrainConfig
from classic.train.losses import AnyLoss
from llmrec.evaluate.record import write_record

PEER = "torch-rechub"
OURS, THEIRS = "ours", "theirs"
_RUNNER = Path(__file__).with_name("run_rechub.py")
_THREADS = 2
_WARM_UP = 0.1
"""The share of a run's steps, at its start, that are not timed."""
_PASSES = 2
"""How many of our epochs' windows torch-rechub is given; after them it sees them again."""
_POINTS = 20
"""Of a curve, at most."""
_STEPS_PER_POINT = 4
_SET_UP = 900
"""Seconds that torch-rechub has beyond its training."""


@dataclass(frozen=True)
class Step:
    """When its loss was known, in seconds of some clock, how many targets it had, and their mean
    loss."""

    seconds: float
    targets: int
    loss: float


@dataclass(frozen=True)
class Run:
    """One training, or why there is none."""

    steps: Sequence[Step] = ()
    parameters: int = 0
    torch: str = ""
    failed: str = ""


def targets_per_second(steps: Sequence[Step]) -> float:
    """Of the steps after the warm-up. Raises `ValueError` when there are too few."""
    first = max(1, int(_WARM_UP * len(steps)))
    if len(steps) < first + 2:
        raise ValueError(f"{len(steps)} steps are too few to time")
    timed = steps[first:]
    seen = sum(step.targets for step in timed[1:])
    return seen / (timed[-1].seconds - timed[0].seconds)


def curve_edges(runs: Sequence[Sequence[Step]]) -> np.ndarray:
    """float64 [points + 1]: numbers of targets, from none to what all the runs have seen, so far
    apart that every run has steps between them."""
    seen = min(sum(step.targets for step in steps) for steps in runs)
    fewest = min(int((_ends(steps) <= seen).sum()) for steps in runs)
    return np.linspace(0.0, seen, 1 + min(_POINTS, max(1, fewest // _STEPS_PER_POINT)))


def curve(steps: Sequence[Step], edges: np.ndarray) -> np.ndarray:
    """float64 [len(edges) - 1]: the mean loss of the targets of the steps that ended after one edge
    and not after the next; NaN where none did."""
    place = np.searchsorted(edges, _ends(steps), side="left") - 1
    inside = place < len(edges) - 1
    targets = np.array([step.targets for step in steps], dtype=np.float64)[inside]
    losses = np.array([step.loss for step in steps])[inside]
    sums = np.bincount(place[inside], losses * targets, minlength=len(edges) - 1)
    with np.errstate(invalid="ignore"):
        return sums / np.bincount(place[inside], targets, minlength=len(edges) - 1)


def closeness(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """How far two curves are apart: the mean of |ours - theirs|, as a share of their loss, and of
    how far their loss fell, which is the sterner; and ours less theirs at the end."""
    apart = np.abs(ours - theirs)
    fall = max(float(theirs.max() - theirs.min()), 1e-12)
    return {
        "gap": round(float((apart / theirs).mean()), 4),
        "gap_of_fall": round(float(apart.mean()) / fall, 4),
        "last": round(float(ours[-1] - theirs[-1]), 4),
    }


def _ends(steps: Sequence[Step]) -> np.ndarray:
    """int64: how many targets had been seen after each step."""
    return np.cumsum([step.targets for step in steps])


class Noted:
    """A loss that notes its steps."""

    def __init__(self, loss: AnyLoss) -> None:
        self.loss = loss
        self.steps: list[Step] = []

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        value = self.loss(hidden, items, wanted)
        self.steps.append(Step(time.perf_counter(), len(wanted), value.item()))
        return value


def ours(model: str, data: Interactions, shape: Shape, seconds: float, seed: int) -> Run:
    """As `fit_two_tower`, `fit_gru` and `fit_sasrec` train, to the end of the epoch."""
    pair = PAIRS[model]
    training = TrainConfig(
        epochs=10**9,
        learning_rate=shape.learning_rate,
        warm_up_steps=0,
        clip=None,
        minutes=seconds / 60,
        seed=seed,
    )
    common = {"dimensions": shape.dimensions, "length": shape.length, "dropout": 0.0}
    config = pair.config(shape, common | {"batch_size": shape.windows, "training": training})
    noted = Noted(pair.loss)
    found = fit_sequence(model, data, partial(pair.net, config=config), config, noted, say=say)
    n_parameters = sum(p.numel() for p in found.net.parameters())
    return Run(noted.steps, n_parameters, torch.__version__)


def theirs(model: str, data: Interactions, shape: Shape, seconds: float, seed: int) -> Run:
    """In the environment of torch-rechub. Raises `CalledProcessError` with what it said."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "windows.npz", Path(folder) / "steps.jsonl"
        np.savez(path, **peer_windows(data, shape, seed))
        told = json.dumps(settings(model, data, shape, seconds, seed))
        subprocess.run(
            [python_of(PEER), "-P", _RUNNER, path, out, told],
            env=os.environ | {"OMP_NUM_THREADS": str(_THREADS)},
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + _SET_UP,
        )
        about, *steps = map(json.loads, out.read_text("utf-8").splitlines())
    return Run([Step(**step) for step in steps], about["parameters"], about["torch"])


SIDES = {OURS: ours, THEIRS: theirs}


def settings(
    model: str, data: Interactions, shape: Shape, seconds: float, seed: int
) -> dict[str, Any]:
    """What `run_rechub` is told. Its `batch` is in rows: as many targets as in a step of ours."""
    per_row = targets_per_row(model, data, shape.length)
    return asdict(shape) | {
        "model": model,
        "n_items": data.n_items,
        "negatives": NEGATIVES,
        "batch": round(shape.windows * per_row[OURS] / per_row[THEIRS]),
        "seconds": seconds,
        "threads": _THREADS,
        "seed": seed,
    }


def targets_per_row(model: str, data: Interactions, length: int) -> dict[str, float]:
    """Of each side, on average: a person's window has a target for every item but its first."""
    n_targets = np.minimum(histories_of(data).lengths - 1, length)
    in_window = float(n_targets[n_targets > 0].mean())
    rows = PAIRS[model].rows_per_target
    return {OURS: in_window, THEIRS: 1 / rows if rows else in_window}


def peer_windows(data: Interactions, shape: Shape, seed: int) -> dict[str, np.ndarray]:
    """`given` and `following`, int32 [n, length]: the windows that our first epochs draw, items
    counted from 1, and 0 where a window has ended."""
    histories, n_items = histories_of(data), data.n_items
    found: dict[str, list[np.ndarray]] = {"given": [], "following": []}
    for epoch in range(_PASSES):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        for batch in windows(histories, shape.length, shape.windows, generator):
            for part, items in zip(found.values(), batch, strict=True):
                wide = functional.pad(items, (0, shape.length - items.shape[1]), value=n_items)
                part.append(((wide + 1) % (n_items + 1)).numpy().astype(np.int32))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def race(
    models: Sequence[str],
    data: Interactions,
    shapes: Mapping[str, Shape],
    rounds: int,
    seconds: float,
) -> tuple[dict[str, dict], list[dict]]:
    """(a report by model, a case for each run), every run `seconds` long; the sides take turns in
    going first."""
    reports, cases = {}, []
    for model in models:
        runs: dict[str, list[Run]] = {OURS: [], THEIRS: []}
        per_row = targets_per_row(model, data, shapes[model].length)
        for seed in range(rounds):
            for side in (OURS, THEIRS) if seed % 2 == 0 else (THEIRS, OURS):
                run = tried(side, model, data, shapes[model], seconds, seed)
                runs[side].append(run)
                about = {"model": model, "side": side, "round": seed}
                cases.append(about | case(run, per_row[side]))
                say(json.dumps(cases[-1]))
        reports[model] = report(runs, per_row)
        print(json.dumps({"model": model} | reports[model]), flush=True)
    return reports, cases


def tried(side: str, *given: Any) -> Run:
    """The run, or what became of it: one side's failure is a result of the race."""
    try:
        run = SIDES[side](*given)
        targets_per_second(run.steps)
        return run
    except Exception as error:
        return Run(failed=why(error))


def case(run: Run, per_row: float) -> dict[str, Any]:
    """What is told of a run whose rows have `per_row` targets."""
    if run.failed:
        return {"failed": run.failed}
    speed = targets_per_second(run.steps)
    return {
        "failed": "",
        "steps": len(run.steps),
        "targets_per_step": round(float(np.mean([step.targets for step in run.steps])), 1),
        "targets_per_second": round(speed, 1),
        "rows_per_second": round(speed / per_row, 1),
    }


def report(runs: Mapping[str, Sequence[Run]], per_row: Mapping[str, float]) -> dict[str, Any]:
    """The ratio is the median over the rounds in which both sides ran, with its range; every other
    figure is of both sides, a median or a mean over these rounds."""
    failed = {side: [run.failed for run in runs[side] if run.failed] for side in SIDES}
    rounds = zip(*(runs[side] for side in SIDES), strict=True)
    both = [pair for pair in rounds if not any(run.failed for run in pair)]
    if not both:
        return {"failed": failed}
    ran = dict(zip(SIDES, zip(*both, strict=True), strict=True))
    speeds = {side: np.array([targets_per_second(r.steps) for r in ran[side]]) for side in SIDES}
    ratios = speeds[OURS] / speeds[THEIRS]
    median = {side: float(np.median(speeds[side])) for side in SIDES}
    return {
        "ratio": round(float(np.median(ratios)), 2),
        "ratio_range": [round(float(ratios.min()), 2), round(float(ratios.max()), 2)],
        "rounds": len(both),
        "targets_per_second": {side: round(median[side], 1) for side in SIDES},
        "rows_per_second": {side: round(median[side] / per_row[side], 1) for side in SIDES},
        "parameters": {side: ran[side][0].parameters for side in SIDES},
        "torch": {side: ran[side][0].torch for side in SIDES},
        "curve": curves({side: [r.steps for r in ran[side]] for side in SIDES}),
        "failed": failed,
    }


def curves(steps: Mapping[str, Sequence[Sequence[Step]]]) -> dict[str, Any]:
    """The mean curve of each side over its runs, by targets seen, and how close they are."""
    edges = curve_edges([run for runs in steps.values() for run in runs])
    means = {
        side: np.mean([curve(run, edges) for run in runs], axis=0) for side, runs in steps.items()
    }
    return (
        {"targets": [round(edge) for edge in edges[1:]]}
        | {side: [round(float(loss), 4) for loss in mean] for side, mean in means.items()}
        | closeness(means[OURS], means[THEIRS])
    )


def found_data() -> tuple[Interactions, list[Path]]:
    """SASRec's ml-1m and its file, or made-up histories where it is not on this machine."""
    folder = find_folder("ml-1m-sasrec", "ml-1m.txt")
    if folder:
        return read_sasrec(folder / "ml-1m.txt"), [folder / "ml-1m.txt"]
    say("SASRec's ml-1m is not on this machine: made-up histories instead")
    return made_up(6000, 3400), []


def made_up(n_users: int, n_items: int, seed: int = 0) -> Interactions:
    """Histories of 20 to 300 items, four in five of them one to three past the one before."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(20, 300, n_users)
    strides = rng.integers(1, 4, lengths.sum())
    leaps = rng.random(len(strides)) < 0.2
    strides[leaps] = rng.integers(0, n_items, leaps.sum())
    return Interactions(
        np.repeat(np.arange(n_users), lengths).astype(np.int32),
        (np.cumsum(strides) % n_items).astype(np.int32),
        tuple(map(str, range(n_users))),
        tuple(map(str, range(n_items))),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", default=",".join(PAIRS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--length", type=int, default=Shape.length)
    given = parser.parse_args()
    models = given.models.split(",")
    if unknown := [model for model in models if model not in PAIRS]:
        parser.error(f"no such model: {', '.join(unknown)} (there are {', '.join(PAIRS)})")
    torch.set_num_threads(_THREADS)
    data, files = found_data()
    shapes = {model: Shape(PAIRS[model].windows, length=given.length) for model in models}
    reports, cases = race(models, data, shapes, given.rounds, 60 * given.minutes)
    write_record(
        given.out,
        config={
            "data": files[0].name if files else "made up",
            "users": data.n_users,
            "items": data.n_items,
            "interactions": len(data),
            "peer": PEERS[PEER][0],
            "threads": _THREADS,
            "rounds": given.rounds,
            "minutes": given.minutes,
            "shapes": {model: asdict(shape) for model, shape in shapes.items()},
            "same": {model: PAIRS[model].same for model in models},
            "unlike": {model: PAIRS[model].unlike for model in models},
        },
        metrics=reports,
        per_case=cases,
        data=files,
        seeds=list(range(given.rounds)),
    )


if __name__ == "__main__":
    main()
