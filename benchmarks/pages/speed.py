"""Races beside other libraries."""

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.markdown import table
from benchmarks.pages.records import percent, record
from benchmarks.peers.standing import told as told_races


def races() -> str:
    found = record("races")
    return told_races(found["metrics"]) if found else ""


def steps() -> str:
    """Training steps beside torch-rechub's, by model."""
    return table(
        ("model", "ours, targets a second", "torch-rechub", "ours / it", "curves apart"),
        (_raced(model, row) for model, row in _ran("steps")),
    )


def rank_steps(peer: str, name: str) -> str:
    """The same of rankers, and how many candidates each scores."""
    head = ("model", "ours, rows a second", peer, "ours / it", "curves apart")
    return table(
        (*head, "ours, candidates a second", peer),
        (
            (*_raced(model, row), *(f"{row['candidates_per_second'][s]:,}" for s in _SIDES))
            for model, row in _ran(name)
        ),
    )


_SIDES = ("ours", "theirs")


def _ran(name: str) -> Iterator[tuple[str, dict]]:
    """The models that both sides could train."""
    found = record(name).get("metrics", {})
    return ((model, row) for model, row in found.items() if "ratio" in row)


def _raced(model: str, row: dict) -> tuple[str, ...]:
    low, high = row["ratio_range"]
    speeds = (f"{row['targets_per_second'][side]:,.0f}" for side in _SIDES)
    ratio = f"{row['ratio']:.2f} [{low:.2f}, {high:.2f}] ×"
    return model, *speeds, ratio, f"{percent(row['curve']['gap'])} of the loss"


def retrieval() -> str:
    """Exact search beside the graph, at each size and expansion."""
    found = record("retrieval").get("metrics", {})
    return table(
        ("items", "index", "build", "p50", "p95", "recall@100", "times faster"),
        (
            (
                f"{int(n_items):,}",
                name,
                f"{row['build_s']:.1f} s",
                f"{row['p50_ms']:.2f} ms",
                f"{row['p95_ms']:.2f} ms",
                f"{row['recall@100']:.3f}" if "recall@100" in row else "1",
                f"{row['ratio']:.1f} ×" if "ratio" in row else "",
            )
            for n_items, rows in found.items()
            for name, row in rows.items()
        ),
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "races": races,
    "steps": steps,
    "rank-steps": partial(rank_steps, "torch-rechub", "rank-steps"),
    "rank-steps-deepctr": partial(rank_steps, "DeepCTR-Torch", "rank-steps-deepctr"),
    "retrieval": retrieval,
}
