"""Records and report of explanations."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from llmrec.lab.explanations import (
    BASE,
    ExplanationTask,
    explanation_rows,
    texts_of,
)
from llmrec.lab.keep import keep_pages, keep_rows
from llmrec.lab.page_cells import Table, difference, percent, with_interval
from llmrec.lab.page_html import page, table_html
from llmrec.lab.page_text import table
from llmrec.lab.runner import Found
from llmrec.lab.single import Judged
from llmrec.lab.strategy import Strategy

_SHOWN = 3
_HEAD = (
    *("row", "statements supported", "facts stated", "unsupported", "without any unsupported"),
    *("names a film of the history", "as somebody else's", "words", f"Δ unsupported to {BASE}"),
    "nothing written",
)
_LEGEND = (
    "*Statements supported*: of all that a row states, the share that the catalogue carries, over "
    "facts stated and unsupported statements an explanation. *As somebody else's*: the same text "
    "but for titles. A text without claims has none that are unsupported: read both columns. "
    "Intervals are 95 %, by bootstrap over people. `another's` is the template told of somebody "
    "else's film, a control: what is supported there is so by accident."
)


def keep_explanations(
    out: Path, task: ExplanationTask, strategies: Sequence[Strategy], found: Found, model: str
) -> list[str]:
    """Writes a record for each row and the report, and gives a line for each row."""
    written = {s.name: _texts(found, s.name, len(task.cases)) for s in strategies}
    texts = {**texts_of(task), **written}
    rows = explanation_rows(task, texts, tuple(written))

    def cases(name: str) -> list[dict[str, object]]:
        told = zip(task.cases, texts[name], strict=True)
        return [{"user": case.user, "target": case.truth, "text": text} for case, text in told]

    keep_rows(out, task, rows, cases, strategies, model, BASE)
    keep_pages(
        out, _title(task), _markdown(task, rows, texts, model), _html(task, rows, texts, model)
    )
    return [f"{row.name:<24} {'  '.join(_cells(row)[1:6])}" for row in _best_first(rows)]


def _texts(found: Found, name: str, people: int) -> list[str]:
    """What a strategy wrote in the end, nothing where nothing came."""
    own = [put for put in found.puts if put.strategy == name and not put.asked.step]
    said = {put.case: put.reading.text for put in own}
    return [said.get(case, "") for case in range(people)]


def _title(task: ExplanationTask) -> str:
    return f"Explanations on {task.data}"


def _opening(task: ExplanationTask, model: str) -> str:
    return f"{len(task.cases)} people ({task.about}); model {model}."


def _markdown(
    task: ExplanationTask, rows: Sequence[Judged], texts: Mapping[str, Sequence[str]], model: str
) -> str:
    parts = [f"# {_title(task)}", _opening(task, model), table(_HEAD, _body(rows)), _LEGEND]
    parts += ["## What was written", table(*_samples(task, rows, texts))]
    return "\n\n".join(parts) + "\n"


def _html(
    task: ExplanationTask, rows: Sequence[Judged], texts: Mapping[str, Sequence[str]], model: str
) -> str:
    parts = [f"<p>{escape(_opening(task, model))}</p>", table_html(_HEAD, _body(rows))]
    parts.append(f"<p>{escape(_LEGEND.replace('*', '').replace('`', ''))}</p>")
    parts += ["<h2>What was written</h2>", table_html(*_samples(task, rows, texts))]
    return page(_title(task), parts)


def _samples(
    task: ExplanationTask, rows: Sequence[Judged], texts: Mapping[str, Sequence[str]]
) -> Table:
    """Of the first few people, whatever was written."""
    told: list[Sequence[str]] = [
        (task.catalog[case.truth].label, row.name, " ".join(texts[row.name][n].split()) or "-")
        for n, case in enumerate(task.cases[:_SHOWN])
        for row in rows
    ]
    return ("film", "row", "text"), told


def _best_first(rows: Sequence[Judged]) -> list[Judged]:
    return sorted(rows, key=lambda row: row.metrics["unsupported"])


def _body(rows: Sequence[Judged]) -> list[tuple[str, ...]]:
    return [_cells(row) for row in _best_first(rows)]


def _cells(row: Judged) -> tuple[str, ...]:
    told = (
        with_interval(row.metrics[m], row.intervals[m])
        for m in ("precision", "supported", "unsupported", "clean", "personal", "alike")
    )
    return (
        f"**{row.name}**" if row.strategy else row.name,
        *told,
        f"{row.metrics['words']:.0f}",
        difference(row.gains.get("unsupported")),
        percent(row.unread, 0),
    )
