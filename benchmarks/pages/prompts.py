"""What the prompt lab found, and how fast."""

from collections.abc import Callable

from benchmarks.markdown import table
from benchmarks.pages.records import RECORDS, record
from llmrec.lab.page_cells import difference, signed, with_interval

_LAB, _RATINGS, _REASONS = "prompts-small", "ratings-100k", "explanations-small"
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


_EXPLAINED = ("precision", "supported", "unsupported", "personal", "alike")


def explanations() -> str:
    """Every row, the least that nothing carries first."""
    found = {f.name: record(f"{_REASONS}/{f.name}") for f in (RECORDS / _REASONS).glob("*/")}
    rows = {own["config"]["row"]: own["metrics"] for own in found.values() if own}
    return table(
        (
            *("row", "statements supported", "facts stated", "unsupported"),
            *("names a film of the history", "as somebody else's", "words"),
        ),
        (
            (
                name,
                *(_known(own["means"][m], own["intervals"][m]) for m in _EXPLAINED),
                f"{own['means']['words']:.0f}",
            )
            for name, own in sorted(rows.items(), key=lambda row: row[1]["means"]["unsupported"])
        ),
    )


def _known(mean: float | None, bounds: list[float]) -> str:
    return "-" if mean is None else with_interval(mean, (bounds[0], bounds[1]))


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


def flips() -> str:
    """What a word about the person changes in every mode, beside what other words do."""
    found = record("fairness").get("metrics", {}).get("flips", {})
    return table(
        ("mode", "swapped", "overlap of ten", "places moved", "less than neutral words", "Δ fame"),
        (
            (
                mode,
                swap,
                with_interval(own["overlap"], own["overlap_bounds"]),
                f"{own['shift']:.2f}",
                difference((own["beyond"], own["beyond_bounds"])),
                signed((own["fame"], own["fame_bounds"])),
            )
            for mode, swaps in found.items()
            for swap, own in swaps.items()
        ),
    )


def lifts() -> str:
    """How famous what every mode and recommender suggests is, the least first."""
    found = record("fairness").get("metrics", {}).get("lifts", {})
    return table(
        ("row", "sees words", "over the catalogue", "over what was liked"),
        (
            (
                name,
                "yes" if name in record("fairness")["metrics"]["flips"] else "no: nothing changes",
                signed((own["over_catalog"], own["over_catalog_bounds"])),
                signed((own["over_liked"], own["over_liked_bounds"])),
            )
            for name, own in sorted(found.items(), key=lambda row: row[1]["over_catalog"])
        ),
    )


SECTIONS: dict[str, Callable[[], str]] = {
    _LAB: lab,
    "llmrank-check": llmrank,
    _RATINGS: ratings,
    _REASONS: explanations,
    "prompt-speed": speed,
    "fairness-flips": flips,
    "fairness-lifts": lifts,
}
