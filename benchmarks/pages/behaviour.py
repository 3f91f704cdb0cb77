"""What the behaviour encoder is worth."""

from collections.abc import Callable
from functools import partial

from benchmarks.markdown import table
from benchmarks.pages.records import gain, record


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


SECTIONS: dict[str, Callable[[], str]] = {
    "ptum-films": films,
    "ptum-gender": partial(people, "gender"),
}
