"""The race of closed-form and neighbour models: ours beside other libraries, on equal terms.

    python -m benchmarks.peers.race --out results/races [--models item-knn,ease,ials]
        [--sizes 1,3,10] [--peers implicit,cornac,lenskit,rectools] [--rounds 3] [--minutes 60]

SASRec's ml-1m, then `grow`n to 3 and 10 times as many people; the last item of everybody is held
out. Each run is a process of its own: it fits, then recommends ten unseen items to everybody, and
`classic.metrics` scores the lists of all alike. In each round everybody runs once, and the one who
went first goes last in the next.

Runs are kept in OUT/runs and not done again, so that a race which was stopped goes on; remove them
to measure anew. Who fails at a size does not run there again. Linux only, for the peak of memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.environments import PEERS
from benchmarks.peers.exchange import Job, Train
from benchmarks.peers.jobs import ENTRIES, LEFT_OUT, OURS, Entry
from benchmarks.peers.runner import run_job, why
from benchmarks.peers.standing import standings, told, total
from benchmarks.peers.synthetic import grow
from benchmarks.progress import say
from classic.data.benchmarks import read_sasrec
from classic.data.interactions import Interactions
from classic.evaluate.full_ranking import FullRanking, leave_last_out
from classic.evaluate.table_t3 import T3
from classic.metrics import sparse_hits
from llmrec.evaluate.record import write_record

K = 10
_SEED = 0
_FAR_BEHIND = 4
"""Who took this many times our seconds in the first round has told enough by it."""
_COLUMNS = (
    "model",
    "size",
    "contestant",
    "round",
    "settings",
    "users",
    "interactions",
    "fit_s",
    "recommend_s",
    "peak_mb",
    f"hr@{K}/full",
    f"ndcg@{K}/full",
    "failed",
)
"""Of the table of single runs; a failed one has no costs."""
Run = dict[str, Any]


@dataclass(frozen=True)
class Start:
    """One run that is due."""

    model: str
    size: int
    contestant: str
    round: int

    @property
    def name(self) -> str:
        return f"{self.model}-{self.size}x-{self.contestant}-{self.round}"

    @property
    def entry(self) -> Entry:
        return ENTRIES[self.model][self.contestant]


def main() -> None:
    given = arguments()
    folder = T3.folder()
    if folder is None:
        sys.exit(f"{T3.data} is not there: set LLMREC_DATA to the folder that holds it")
    file = folder / T3.files[0]
    real = read_sasrec(file)
    (given.out / "runs").mkdir(parents=True, exist_ok=True)
    for model in given.models:
        for peer in given.peers:
            if reason := LEFT_OUT.get((model, peer)):
                say(f"{model}: {peer} is not raced: {reason}")
    runs: list[Run] = []
    for size in given.sizes:
        starts = list(order(given.models, size, given.peers, given.rounds))
        runs += raced(starts, real, given.out / "runs", 60.0 * given.minutes)
    metrics = standings(runs)
    write_record(
        given.out,
        config={
            "k": K,
            "sizes": given.sizes,
            "rounds": given.rounds,
            "minutes": given.minutes,
            "threads": "the library's own choice where its environment sets none",
            "releases": {peer: PEERS[peer] for peer in given.peers},
            "contestants": {
                model: {
                    name: asdict(ENTRIES[model][name]) for name in contestants(model, given.peers)
                }
                for model in given.models
            },
            "left_out": {f"{model}, {peer}": reason for (model, peer), reason in LEFT_OUT.items()},
        },
        metrics=metrics,
        per_case=[{name: run.get(name) for name in _COLUMNS} for run in runs],
        data=[file],
        seeds=[_SEED],
    )
    print(told(metrics))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", type=names, default=list(ENTRIES))
    parser.add_argument(
        "--sizes", type=lambda text: [int(n) for n in names(text)], default="1,3,10"
    )
    raced_peers = sorted({name for entries in ENTRIES.values() for name in entries} - {OURS})
    parser.add_argument("--peers", type=names, default=raced_peers)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=60.0, help="after which a run has failed")
    given = parser.parse_args()
    for what, asked, there in (
        ("model", given.models, list(ENTRIES)),
        ("peer", given.peers, raced_peers),
    ):
        if unknown := [name for name in asked if name not in there]:
            parser.error(f"no such {what}: {', '.join(unknown)} (there are {', '.join(there)})")
    return given


def names(text: str) -> list[str]:
    return text.split(",")


def contestants(model: str, peers: Sequence[str]) -> list[str]:
    """Who is raced in the model."""
    return [name for name in ENTRIES[model] if name == OURS or name in peers]


def order(models: Sequence[str], size: int, peers: Sequence[str], rounds: int) -> Iterator[Start]:
    for model in models:
        everybody = contestants(model, peers)
        for n in range(rounds):
            first = n % len(everybody)
            for contestant in everybody[first:] + everybody[:first]:
                yield Start(model, size, contestant, n)


def raced(starts: Sequence[Start], real: Interactions, kept: Path, seconds: float) -> list[Run]:
    """The runs of one size: those that are kept, and the others done now. Who failed before is not
    asked again, nor who fell far behind."""
    found: dict[Start, Run] = {start: run for start in starts if (run := kept_run(start, kept))}
    with tempfile.TemporaryDirectory() as folder:
        protocol = None
        for start in starts:
            if start in found:
                continue
            if failed := first_failure(start, found):
                found[start] = about(start) | {"failed": failed}
                continue
            if far_behind(start, found):
                continue
            if protocol is None:
                protocol = laid_out(real, start.size, Path(folder))
            cost = attempt(start, Path(folder), protocol, seconds)
            found[start] = about(start) | cost
            (kept / f"{start.name}.json").write_text(json.dumps(found[start]) + "\n", "utf-8")
            say(line(start, cost))
    return [found[start] for start in starts if start in found]


def far_behind(start: Start, found: Mapping[Start, Run]) -> bool:
    """Whether the contestant's first round already took many times ours."""
    own, ours = (
        found.get(replace(start, contestant=name, round=0)) for name in (start.contestant, OURS)
    )
    if start.round == 0 or not own or not ours or own["failed"] or ours["failed"]:
        return False
    return total(own) > _FAR_BEHIND * total(ours)


def about(start: Start) -> Run:
    run = asdict(start)
    return run | {"settings": json.dumps(start.entry.settings, sort_keys=True)}


def kept_run(start: Start, kept: Path) -> Run | None:
    """What an earlier race found, if it was of the same settings."""
    path = kept / f"{start.name}.json"
    run = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return run if run.get("settings") == about(start)["settings"] else None


def first_failure(start: Start, found: Mapping[Start, Run]) -> str:
    """Why the contestant did not get to the end in another round of the same."""
    same = (
        run["failed"]
        for other, run in found.items()
        if (other.model, other.contestant) == (start.model, start.contestant)
    )
    return next((failed for failed in same if failed), "")


def laid_out(real: Interactions, size: int, folder: Path) -> FullRanking:
    """The people of that size with the last item of each held out, the others' file written."""
    say(f"{size} times the people of {T3.data}")
    protocol = leave_last_out(real if size == 1 else grow(real, size, _SEED))
    train = protocol.train
    Train(train.users, train.items, train.n_users, train.n_items).write(folder / "train.npz")
    return protocol


def attempt(start: Start, folder: Path, protocol: FullRanking, seconds: float) -> Run:
    """What the run cost and how good its lists are, or in `failed` why there are none."""
    size = {"users": protocol.train.n_users, "interactions": len(protocol.train)}
    try:
        job = Job(
            start.model,
            start.entry.settings,
            K,
            str(folder / "train.npz"),
            str(folder / "top.npz"),
        )
        cost, top = run_job(start.contestant, job, start.entry.environment, seconds)
        return size | cost | quality(top, protocol) | {"failed": ""}
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, IndexError) as error:
        return size | {"failed": why(error)}


def quality(top: np.ndarray, protocol: FullRanking) -> dict[str, float]:
    """Means over who is asked. Raises `ValueError` where a list is not what was asked for."""
    train = protocol.train
    if top.shape != (train.n_users, K) or top.max() >= train.n_items:
        raise ValueError(f"lists of shape {top.shape}, items up to {top.max()}")
    if n_seen := int(sparse_hits(top, train.matrix.astype(bool)).sum()):
        raise ValueError(f"{n_seen} listed items were seen")
    found = protocol.judged(top, K)
    return {metric: float(found[metric].mean()) for metric in (f"hr@{K}/full", f"ndcg@{K}/full")}


def line(start: Start, run: Run) -> str:
    if run["failed"]:
        return f"{start.name}: failed: {run['failed']}"
    return (
        f"{start.name}: fit {run['fit_s']:.2f} s, recommend {run['recommend_s']:.2f} s, "
        f"{run['peak_mb']:.0f} MB, NDCG@{K} {run[f'ndcg@{K}/full']:.4f}"
    )


if __name__ == "__main__":
    main()
