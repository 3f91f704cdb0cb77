"""The race of rankers: training steps of our DeepFM, DIN, DIEN and MMoE beside another library's,
and how many candidates a second each scores.

    python -m benchmarks.peers.rank_steps --out results/rank-steps [--peer torch-rechub]
        [--models deepfm,din,dien,mmoe] [--rounds 3] [--minutes 0.5]

Both sides learn from the same encoded rows in batches of one size, with vectors and towers of the
same widths, the same optimiser and learning rate. A row is an example, and what is raced. What is
not the same is told in `UNLIKE` and in the record; the losses are laid side by side by how many
rows had been seen. Everything is float32 on two threads with nothing else at work, each side with
the loader that it brings, in its training process.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from benchmarks.peers.environments import PEERS, ROOT, python_of
from benchmarks.peers.runner import why
from benchmarks.peers.steps import OURS, THEIRS, Run, Step, case, report
from benchmarks.progress import say
from classic.data.movielens import read_100k
from classic.data.places import find_folder
from classic.rank.deepfm import DeepFm, DeepFmConfig
from classic.rank.dien import Dien, DienConfig
from classic.rank.din import Din, DinConfig
from classic.rank.examples import Batch, Examples
from classic.rank.features import Schema
from classic.rank.mmoe import Mmoe, MmoeConfig
from classic.rank.ranker import FitConfig, Ranker, fit_ranker
from classic.rank.table import FIELDS, example_table
from classic.train.loop import TrainConfig
from llmrec.evaluate.record import write_record

_THREADS = 2
_SET_UP = 300
_CANDIDATES = 200
"""Of a request."""
_REQUESTS = 50
_ONE_ROW = {OURS: 1.0, THEIRS: 1.0}
FIELDS_READ = tuple(field for field in FIELDS if field.kind != "many")
"""Lists of many are left out: others want them padded."""
RUNNERS: Mapping[str, str] = {
    "torch-rechub": "run_rechub_rank",
    "deepctr-torch": "run_deepctr_rank",
}
UNLIKE: Mapping[str, Mapping[str, str]] = {
    "torch-rechub": {
        "deepfm": "Theirs without the batch norms of its tower, which ours lacks; its line is over "
        "the vectors, ours has a weight of its own for each category.",
        "din": "Theirs attends to films and to genres apart, without the batch norms before Dice; "
        "ours to both side by side, with the outer product instead of the product by element.",
        "dien": "As DIN; the auxiliary loss of theirs is of a product against negatives drawn "
        "once, that of ours of a small tower against what another of the batch did.",
        "mmoe": "Theirs without batch norms, the loss being the mean of the tasks (told here times "
        "two) where ours is their sum.",
    },
    "deepctr-torch": {
        "deepfm": "The line of both has a weight of its own for each category.",
        "din": "Theirs attends with the product by element, ours with the outer product; its "
        "tower is of ReLU, ours of Dice.",
        "dien": "As DIN, a small net making the attention; theirs adds the mean of its auxiliary "
        "loss, of negatives drawn once, to the sum of the other over the batch, where it weighs a "
        "thousandth of what ours does.",
        "mmoe": "Nothing but where the vectors start.",
    },
}


@dataclass(frozen=True)
class Shape:
    """What both sides are given; no dropout, no L2."""

    batch_size: int = 1024
    dimensions: int = 16
    length: int = 20
    learning_rate: float = 1e-3


def net_of(model: str, examples: Examples, schema: Schema, shape: Shape) -> Ranker:
    layout, k = schema.layout, shape.dimensions
    if model == "deepfm":
        return DeepFm(layout, DeepFmConfig(k, (128, 64), dropout=0.0, l2=0.0))
    if model == "din":
        counts = torch.from_numpy(examples.counts(layout.rows))
        return Din(layout, DinConfig(k, 36, (80, 40), l2=0.0), counts)
    if model == "dien":
        return Dien(layout, DienConfig(k, (80, 40), auxiliary=0.5, l2=0.0))
    return Mmoe(layout, MmoeConfig(dimensions=k, dropout=0.0, l2=0.0))


def ours(
    model: str, examples: Examples, schema: Schema, shape: Shape, seconds: float, seed: int
) -> tuple[Run, float]:
    """As `fit_ranker` trains, to the end of the epoch; and candidates scored a second."""
    steps: list[Step] = []
    torch.manual_seed(seed)
    net = net_of(model, examples, schema, shape)
    plain = net.loss

    def noted(batch: Batch) -> Tensor:
        value = plain(batch)
        steps.append(Step(time.perf_counter(), len(batch.labels), value.item()))
        return value

    net.loss = noted  # type: ignore[method-assign]
    training = TrainConfig(
        10**9,
        learning_rate=shape.learning_rate,
        warm_up_steps=0,
        clip=None,
        minutes=seconds / 60,
        seed=seed,
    )
    fit_ranker(examples, lambda: net, FitConfig(shape.batch_size, training), say=say)
    n_parameters = sum(p.numel() for p in net.parameters())
    return Run(steps, n_parameters, torch.__version__), scored_per_second(net, examples)


def scored_per_second(net: Ranker, examples: Examples) -> float:
    """Requests of 200 candidates, each from rows of what the net reads to logits."""
    read = net.read(examples)
    requests = [
        np.arange(n * _CANDIDATES, (n + 1) * _CANDIDATES) % len(examples)
        for n in range(_REQUESTS + 1)
    ]
    net.eval().logits(read.select(requests[0]))
    began = time.perf_counter()
    for rows in requests[1:]:
        net.logits(read.select(rows))
    return _REQUESTS * _CANDIDATES / (time.perf_counter() - began)


def theirs(
    peer: str,
    model: str,
    examples: Examples,
    schema: Schema,
    shape: Shape,
    seconds: float,
    seed: int,
) -> tuple[Run, float]:
    """In the environment of the peer. Raises `CalledProcessError` with what it said."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "rows.npz", Path(folder) / "steps.jsonl"
        columns, sizes = peer_columns(examples, schema, shape.length)
        np.savez(path, **columns)
        told = asdict(shape) | {
            "model": model,
            "sizes": sizes,
            "seconds": seconds,
            "threads": _THREADS,
            "seed": seed,
            "candidates": _CANDIDATES,
            "requests": _REQUESTS,
        }
        subprocess.run(
            [
                *(python_of(peer), "-m", f"benchmarks.peers.{RUNNERS[peer]}"),
                *(path, out, json.dumps(told)),
            ],
            env=os.environ | {"OMP_NUM_THREADS": str(_THREADS), "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + _SET_UP,
        )
        about, *steps = map(json.loads, out.read_text("utf-8").splitlines())
    run = Run([Step(**step) for step in steps], about["parameters"], about["torch"])
    return run, about["scored_per_second"]


def peer_columns(
    examples: Examples, schema: Schema, length: int
) -> tuple[dict[str, np.ndarray], list[int]]:
    """`ones` int64 [n, f] and `done` int64 [n, length, c], categories of each field counted from 1,
    0 where a history has ended; `labels` float32 [n, t]; and how many each of the `ones` takes."""
    ones, met = (schema.of_kind(kind) for kind in ("one", "behaviour"))
    before = [np.array([schema.first_rows[f.words] for f in own]) - 1 for own in (ones, met)]
    done = np.zeros((len(examples), length, len(met)), dtype=np.int64)
    rows = np.repeat(np.arange(len(examples)), examples.behaviours.lengths)
    place = np.arange(len(rows)) - examples.behaviours.bounds[rows]
    done[rows, place] = examples.behaviours.values - before[1]
    columns = {"ones": examples.ones - before[0], "done": done, "labels": examples.labels}
    return columns, [len(schema.vocabularies[f.words]) + 2 for f in ones]


def race(
    peer: str,
    models: Sequence[str],
    told: Mapping[str, tuple[Examples, Schema]],
    shape: Shape,
    rounds: int,
    seconds: float,
) -> tuple[dict[str, dict], list[dict]]:
    """(a report by model, a case for each run); the sides take turns in going first."""
    sides = {OURS: ours, THEIRS: partial(theirs, peer)}
    reports, cases = {}, []
    for model in models:
        runs: dict[str, list[Run]] = {OURS: [], THEIRS: []}
        scored: dict[str, list[float]] = {OURS: [], THEIRS: []}
        for seed in range(rounds):
            for side in (OURS, THEIRS) if seed % 2 == 0 else (THEIRS, OURS):
                run, speed = _tried(sides[side], model, *told[model], shape, seconds, seed)
                runs[side].append(run)
                scored[side].append(speed)
                cases.append({"model": model, "side": side, "round": seed} | case(run, 1.0))
                say(json.dumps(cases[-1]))
        medians = {side: round(float(np.median(speeds))) for side, speeds in scored.items()}
        reports[model] = report(runs, _ONE_ROW) | {"candidates_per_second": medians}
        print(json.dumps({"model": model} | reports[model]), flush=True)
    return reports, cases


def _tried(side: Callable[..., tuple[Run, float]], *given: Any) -> tuple[Run, float]:
    """The run, or what became of it: one side's failure is a result of the race."""
    try:
        return side(*given)
    except Exception as error:
        return Run(failed=why(error)), 0.0


def rows_of(table: pl.DataFrame, labels: Sequence[str], shape: Shape) -> tuple[Examples, Schema]:
    schema = Schema.of(table, FIELDS_READ, labels, length=shape.length)
    return schema.encode(table), schema


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--peer", default="torch-rechub", choices=RUNNERS)
    parser.add_argument("--models", default="deepfm,din,dien,mmoe")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=0.5)
    given = parser.parse_args()
    models = given.models.split(",")
    unlike = UNLIKE[given.peer]
    if unknown := [model for model in models if model not in unlike]:
        parser.error(f"no such model: {', '.join(unknown)} (there are {', '.join(unlike)})")
    folder = find_folder("ml-100k", "u.data")
    if folder is None:
        parser.error("ml-100k is not here: llmrec data get ml-100k, or set LLMREC_DATA")
    torch.set_num_threads(_THREADS)
    shape = Shape()
    catalog, events = read_100k(folder)
    table = example_table(events, catalog, length=shape.length).with_columns(
        loved=(pl.col("stars") >= 5.0).cast(pl.Float32)
    )
    one, two = rows_of(table, ["like"], shape), rows_of(table, ["like", "loved"], shape)
    told = {model: two if model == "mmoe" else one for model in models}
    reports, cases = race(given.peer, models, told, shape, given.rounds, 60 * given.minutes)
    write_record(
        given.out,
        config={
            "data": "ml-100k",
            "rows": len(table),
            "peer": PEERS[given.peer][0],
            "threads": _THREADS,
            "rounds": given.rounds,
            "minutes": given.minutes,
            "shape": asdict(shape),
            "unlike": {model: unlike[model] for model in models},
        },
        metrics=reports,
        per_case=cases,
        data=[folder / "u.data"],
        seeds=list(range(given.rounds)),
    )


if __name__ == "__main__":
    main()
