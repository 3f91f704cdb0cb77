"""What a run of the lab leaves: a record for each row, and a report."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmrec.evaluate.record import write_record
from llmrec.lab.reports import remember
from llmrec.lab.single import Judged
from llmrec.lab.strategy import Strategy, folder_of
from llmrec.lab.task import RankingTask


def _rounded(value: float) -> float | None:
    """As a record holds it; what could not be worked out is null."""
    return None if math.isnan(value) else round(value, 5)


def told_of(row: Judged, against: str) -> dict[str, object]:
    """What a record says of a row; `against` names the baseline of its differences."""
    return {
        "means": {m: _rounded(v) for m, v in row.metrics.items()},
        "intervals": {m: [_rounded(b) for b in v] for m, v in row.intervals.items()},
        f"gains_over_{against}": {
            m: [_rounded(mean), *map(_rounded, bounds)] for m, (mean, bounds) in row.gains.items()
        },
        "unread": row.unread,
    }


def keep_rows(
    out: Path,
    task: RankingTask,
    rows: Iterable[Judged],
    cases: Callable[[str], Sequence[Mapping[str, Any]]],
    strategies: Iterable[Strategy],
    model: str,
    against: str,
) -> None:
    """A record for each row of a task with one item a case; `cases` gives what a row, by its name,
    said of each."""
    prompts = {strategy.name: strategy.prompt for strategy in strategies}
    for row in rows:
        prompt = prompts.get(row.name)
        write_record(
            out / folder_of(row.name),
            config={
                "data": task.data,
                "protocol": task.about,
                "row": row.name,
                "model": model if prompt else None,
                "strategy": {"hash": prompt.hash, "source": prompt.source} if prompt else None,
            },
            metrics=told_of(row, against),
            per_case=cases(row.name),
            data=task.files,
            seeds=[task.seed],
        )


def keep_pages(out: Path, title: str, markdown: str, html: str) -> None:
    """The report in both forms; the app shows it from now on."""
    (out / "report.md").write_text(markdown, "utf-8")
    (out / "report.html").write_text(html, "utf-8")
    remember(out / "report.html", title)
