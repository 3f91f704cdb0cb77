"""What the behaviour encoder is worth."""

from collections.abc import Callable
from functools import partial

from benchmarks.markdown import table
from benchmarks.pages.records import gain, percent, record


def films() -> str:
    found = record("ptum-films").get("metrics", {})
    return table(
        ("recommender", "NDCG@20/full", "recall@20/full"),
        (
            (
                name,
                f"{row['ndcg@20/full']:.3f} [{row['interval'][0]:.3f}, {row['interval'][1]:.3f}]",
                f"{row['recall@20/full']:.3f}",
            )
            for name, row in found.items()
        ),
    )


def people(task: str) -> str:
    """Arms at shares of the labels."""
    found = record(f"ptum-{task}")
    if not found:
        return ""
    metrics = found["metrics"]
    rows = metrics["rows"]
    names = [name for name in ("auc", "macro-f1") if name in rows[0]]
    whole = table(
        ("labels", "arm", *names, *(f"{name} over scratch" for name in names)),
        (
            (
                f"{row['labels']} ({100 * row['share']:g} %)",
                row["arm"],
                *(f"{row[name]:.4f}" for name in names),
                *(
                    gain(row["over scratch"][name]) if "over scratch" in row else ""
                    for name in names
                ),
            )
            for row in rows
        ),
    )
    about = f"{task}, {metrics['asked']:,} people asked, {metrics['classes']} classes; the most "
    about += f"common one for everybody has a macro-F1 of {metrics['majority macro-f1']:.4f}"
    return f"{about}; {len(found['seeds'])} seeds.\n\n{whole}"


def next_items(task: str) -> str:
    """Arms on what is done next, or on who is who."""
    found = record(f"ptum-{task}").get("metrics")
    if not found:
        return ""
    return table(
        ("arm", "people", found["metric"], "over the same net from scratch"),
        (
            (
                row["arm"],
                f"{row['people']:,}",
                _interval([row["mean"], *row["interval"]]),
                gain(row["over scratch"]) if "over scratch" in row else "",
            )
            for row in found["rows"]
        ),
    )


def speed() -> str:
    """Pre-training beside a plain loop, and one turn."""
    found = record("ptum-speed").get("metrics", {})
    if not found:
        return ""
    ratios = found["ratio"]
    steps = table(
        ("arm", "people a second", "times the faster plain loop", "loss apart"),
        (
            (name, f"{speed:,.0f}", _times(ratios.get(name)), f"{found['loss_after'][name]:.4f}")
            for name, speed in found["people_per_second"].items()
        ),
    )
    waits = table(
        ("a turn of mode `ptum`", "p50, ms", "p95, ms"),
        ((name, f"{ms['p50']:.1f}", f"{ms['p95']:.1f}") for name, ms in found["turn_ms"].items()),
    )
    return f"{steps}\n{waits}"


def _times(ratio: list[float] | None) -> str:
    return f"{ratio[0]:.2f} [{ratio[1]:.2f}, {ratio[2]:.2f}] ×" if ratio else ""


def semantic_ids() -> str:
    """By what the ids were made of."""
    found = {
        made: record(name).get("metrics", {})
        for made, name in (
            ("text", "ptum-semantic-ids"),
            ("behaviour encoder", "ptum-semantic-ids-encoder"),
        )
    }
    if not any(found.values()):
        return ""
    return table(
        ("ids of", "recall@10/full", "NDCG@10/full", "apart by the last digit", "parameters"),
        (
            (
                made,
                *(_interval(own[name]) for name in ("recall@10/full", "ndcg@10/full")),
                percent(own["told apart by the last digit"]),
                f"{own['parameters']:,}",
            )
            for made, own in found.items()
            if own
        ),
    )


def _interval(told: list[float]) -> str:
    return f"{told[0]:.4f} [{told[1]:.3f}, {told[2]:.3f}]"


SECTIONS: dict[str, Callable[[], str]] = {
    "ptum-films": films,
    "ptum-gender": partial(people, "gender"),
    "ptum-next": partial(next_items, "next"),
    "ptum-cold": partial(next_items, "cold"),
    "ptum-match": partial(next_items, "match"),
    "ptum-speed": speed,
    "ptum-semantic-ids": semantic_ids,
}
