"""Retrievers, rankers, stages and re-rankers under their protocols."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.markdown import table
from benchmarks.pages.records import ROOT, gain, mean_of, percent, record
from classic.evaluate.suites import TABLES
from classic.evaluate.table_incremental import INCREMENTAL
from classic.evaluate.table_rerank import RERANK
from classic.evaluate.table_stages import STAGES
from classic.evaluate.table_tasks import TASKS


def retrievers() -> str:
    signal = json.loads((ROOT / "classic/data/films/signal.json").read_text("utf-8"))
    rows = (
        (
            r["model"] + (f" (l2 {r['l2']:.0f}, shipped)" if "l2" in r else ""),
            f"{r['ndcg@20/full']:.3f} [{r['interval'][0]:.3f}, {r['interval'][1]:.3f}]",
            f"{r['recall@20/full']:.3f}",
        )
        for r in signal["rows"]
    )
    note = f"\n{signal['films']:,} films, {signal['films_rated']} of them rated there, "
    note += f"{signal['users']} users; {signal['protocol']}.\n"
    return table(("retriever", "NDCG@20/full", "recall@20/full"), rows) + note


def classic(name: str) -> str:
    """A published table: its rows in the order of their entries, those that were measured. What
    they gain over the baseline stands beside them where every row was compared with it."""
    asked = TABLES[name]
    measured = {m: r for m in asked.entries if (r := record(f"classic-{name}/{m}"))}
    compared = all(asked.choose_by in r["metrics"].get("gains", ()) for r in measured.values())
    rows = (
        (
            model,
            *(mean_of(found["metrics"], metric) for metric in asked.shown),
            *([gain(found["metrics"]["gains"][asked.choose_by])] if compared else ()),
            found["metrics"]["published"],
            str(len(found["seeds"])),
            f"{found['metrics']['seconds']:.0f} s",
            f"{found['peak_memory_mb']} MB",
        )
        for model, found in measured.items()
    )
    over = (f"{asked.choose_by} over {asked.baseline}",) if compared else ()
    head = ("model", *asked.shown, *over, "published", "seeds", "one fit", "memory")
    return f"{asked.about}.\n\n{table(head, rows)}"


def ways(name: str) -> str:
    """The stages of each measured row, one taken away in turn, beside every retriever alone."""
    return "\n".join(
        f"With `{ranker}` as the ranker, a request spends {_spent(found['metrics']['beyond'])}:\n\n"
        + table(
            ("stages", "NDCG@10", "over the best retriever", "p50", "p95"),
            (
                (
                    way,
                    f"{row['ndcg@10']:.4f}",
                    gain([row["gain"], row["low"], row["high"]]),
                    f"{row['p50 ms']:.0f} ms",
                    f"{row['p95 ms']:.0f} ms",
                )
                for way, row in found["metrics"]["slices"].items()
            ),
        )
        for ranker in TABLES[name].entries
        if (found := record(f"classic-{name}/{ranker}"))
    )


def _spent(ms: dict[str, float]) -> str:
    return ", ".join(f"{value:.1f} ms in {what.removeprefix('ms/')}" for what, value in ms.items())


def dial(name: str) -> str:
    """NDCG@10 / variety by content / coverage of every re-ranker along its dial."""
    measured = {
        row: found["metrics"]["slices"]
        for row in TABLES[name].entries
        if (found := record(f"classic-{name}/{row}"))
    }
    along = list(next(iter(measured.values()), {}))
    return table(
        ("re-ranker", *(f"dial {at}" for at in along)),
        (
            (
                row,
                *(
                    f"{at['ndcg@10']:.4f} / {at['content diversity']:.3f} / {at['coverage']:.3f}"
                    for at in slices.values()
                ),
            )
            for row, slices in measured.items()
        ),
    )


def pulls(name: str) -> str:
    """How the gradients of the tasks stand to each other in what they share."""
    return table(
        ("model", "cosine of the tasks' gradients", "batches where they point apart"),
        (
            (row, f"{beyond['gradient cosine']:+.3f}", percent(beyond["batches apart"]))
            for row in TABLES[name].entries
            if (found := record(f"classic-{name}/{row}"))
            if (beyond := found["metrics"]["beyond"])
        ),
    )


def learned(name: str) -> str:
    """A model that is never told, one that learns what arrives and one that is fitted again."""
    measured = {
        row: found["metrics"]
        for row in TABLES[name].entries
        if (found := record(f"classic-{name}/{row}"))
    }
    rows = (
        (
            row,
            way,
            f"{told['ndcg']:.4f}",
            f"{told['recall']:.4f}",
            gain([told["gain"], told["low"], told["high"]]),
            f"{told['seconds']:.2f} s",
        )
        for row, metrics in measured.items()
        for way, told in metrics["slices"].items()
    )
    head = ("model", "way", "NDCG@10", "recall@10", "NDCG@10 over stale", "a part takes")
    return "".join(map(_brought, list(measured.values())[:1])) + table(head, rows)


def _brought(metrics: dict[str, Any]) -> str:
    part = {what: f"{count:,.0f}" for what, count in metrics["beyond"].items()}
    return (
        f"{part['people asked']} people are asked. A part brings something new of {part['people']} "
        f"people, {part['new people']} of them unknown before, and of {part['items']} films, "
        f"{part['new items']} of them.\n\n"
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "retrievers": retrievers,
    **{f"classic-{name}": partial(classic, name) for name in TABLES if name not in INCREMENTAL},
    **{f"ways-{name}": partial(ways, name) for name in STAGES},
    **{f"dial-{name}": partial(dial, name) for name in RERANK},
    **{f"pulls-{name}": partial(pulls, name) for name in TASKS},
    **{f"learned-{name}": partial(learned, name) for name in INCREMENTAL},
}
