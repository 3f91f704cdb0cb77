"""What a run of the lab leaves: a record for each row, and a report."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmrec.evaluate.record import write_record
from llmrec.lab.reports import remember
from llmrec.lab.strategy import Strategy, folder_of
from llmrec.lab.task import RankingTask


@dataclass(frozen=True)
class KeptRow:
    """`cases` are what it said of each; a baseline has no strategy."""

    name: str
    metrics: Mapping[str, Any]
    cases: Sequence[Mapping[str, Any]]
    strategy: Strategy | None = None


def rounded(value: float) -> float | None:
    """As a record holds it; what could not be worked out is null."""
    return None if math.isnan(value) else round(value, 5)


def rounded_gain(gain: tuple[float, tuple[float, float]]) -> list[float | None]:
    """The difference and its bounds."""
    return [rounded(gain[0]), *map(rounded, gain[1])]


def keep_rows(out: Path, task: RankingTask, rows: Iterable[KeptRow], model: str) -> None:
    """Of tasks with one item a case."""
    for row in rows:
        prompt = row.strategy.prompt if row.strategy else None
        write_record(
            out / folder_of(row.name),
            config={
                "data": task.data,
                "protocol": task.about,
                "row": row.name,
                "model": model if prompt else None,
                "strategy": {"hash": prompt.hash, "source": prompt.source} if prompt else None,
            },
            metrics=row.metrics,
            per_case=row.cases,
            data=task.files,
            seeds=[task.seed],
        )


def keep_pages(out: Path, title: str, markdown: str, html: str) -> None:
    """The report in both forms; the app shows it from now on."""
    (out / "report.md").write_text(markdown, "utf-8")
    (out / "report.html").write_text(html, "utf-8")
    remember(out / "report.html", title)
