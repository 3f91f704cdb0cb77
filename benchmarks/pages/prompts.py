"""What the prompt lab found, and how fast."""

from collections.abc import Callable

from benchmarks.markdown import table
from benchmarks.pages.records import RECORDS, record
from llmrec.lab.page_cells import with_interval

_LAB, _RATINGS = "prompts-small", "ratings-100k"
_METRIC = "ndcg@10/19neg"
_CUTS = (1, 5, 10, 20)


def lab() -> str:
    """Every row by its NDCG@10, the best first."""
    rows = {f.name: record(f"{_LAB}/{f.name}")["metrics"] for f in (RECORDS / _LAB).glob("*/")}
    best_first = sorted(rows.items(), key=lambda row: -row[1]["means"][_METRIC])
    return table(
        ("row", "NDCG@10, %"),
        ((name, _percent(own["means"], own["intervals"])) for name, own in best_first),
    )


def _percent(means: dict, intervals: dict) -> str:
    low, high = (100 * bound for bound in intervals[_METRIC])
    return f"{100 * means[_METRIC]:.2f} [{low:.2f}, {high:.2f}]"


def llmrank() -> str:
    """Rows without a language model, among 20, beside the published ones."""
    found = record("llmrank-check").get("metrics", {}).get("llmrank-ml-1m", {})
    return table(
        ("row", *(f"NDCG@{k}, %" for k in _CUTS)),
        ((name, *(f"{value:.2f}" for value in row["ndcg"])) for name, row in found.items()),
    )


_STARS = ("rmse", "mae", "order")


def ratings() -> str:
    """Every row of rating prediction, the least error first."""
    found = {f.name: record(f"{_RATINGS}/{f.name}") for f in (RECORDS / _RATINGS).glob("*/")}
    rows = {name: own["metrics"] for name, own in found.items() if own}
    return table(
        ("row", "RMSE", "MAE", "pairs of one person ordered right"),
        (
            (name, *(with_interval(own["means"][m], own["intervals"][m]) for m in _STARS))
            for name, own in sorted(rows.items(), key=lambda row: row[1]["means"]["rmse"])
        ),
    )


def speed() -> str:
    found = record("prompt-speed").get("metrics", {})
    return table(
        ("prompts", "engine", "people a second", "times as fast", "the same first choice"),
        (
            (
                prompts,
                engine,
                f"{row['people_a_second']:.3f}",
                f"{row['times_as_fast']:.2f} ×",
                f"{100 * row['same_choice']:.0f} %",
            )
            for prompts, engines in found.items()
            for engine, row in engines.items()
        ),
    )


SECTIONS: dict[str, Callable[[], str]] = {
    _LAB: lab,
    "llmrank-check": llmrank,
    _RATINGS: ratings,
    "prompt-speed": speed,
}
