"""Rows of published tables, each in a process of its own, so that its memory is its own too."""

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classic.errors import BadInput
from classic.evaluate.suites import TABLES, AnyTable
from classic.evaluate.tables import Row
from classic.train.loop import Say
from llmrec.evaluate.record import write_record


def measure(table: str, models: Sequence[str], out: Path | None, say: Say) -> list[str]:
    """Measures the models (all of the table when none are named) and gives a line for each. With
    `out`, a row whose record lies there already is not measured again. Raises `BadInput`."""
    if table not in TABLES:
        raise BadInput(f"no table {table!r}; there are: {', '.join(TABLES)}")
    entries = TABLES[table].entries
    if unknown := [m for m in models if m not in entries]:
        raise BadInput(f"{table} has no model {unknown[0]!r}; it has: {', '.join(entries)}")
    data_folder(TABLES[table], table)
    lines = []
    for name in models or list(entries):
        if out and (out / name / "record.json").is_file():
            say(f"{name}: measured already, {out / name}")
            continue
        say(name)
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            lines.append(alone.apply(_measure_one, (table, name, out)))
        say(lines[-1])
    return lines


def data_folder(table: AnyTable, name: str) -> Path:
    """Where the table's files are. Raises `BadInput` when they are not on this machine."""
    folder = table.folder()
    if folder is None:
        files = ", ".join(table.files)
        raise BadInput(
            f"{name} needs the data set {table.data} ({files}): "
            f"`llmrec data get {table.data}` where it can be fetched, or set LLMREC_DATA"
        )
    return folder


def _measure_one(table_name: str, model: str, out: Path | None) -> str:
    table = TABLES[table_name]
    folder = data_folder(table, table_name)
    row = table.run(model, folder, lambda line: print(line, flush=True))
    if out:
        write_record(
            out / model,
            config={"table": table_name, "protocol": table.about, "model": model, "of": row.config},
            metrics={
                "seconds": round(row.seconds, 1),
                "published": table.entries[model].published,
                "means": {m: round(v, 5) for m, v in row.metrics.items()},
                "spread_over_seeds": {m: round(v, 5) for m, v in row.spread.items()},
                "gains": {
                    m: [round(mean, 5), *(round(b, 5) for b in bounds)]
                    for m, (mean, bounds) in row.gains.items()
                },
                "slices": {
                    name: {m: round(v, 5) for m, v in found.items()}
                    for name, found in row.slices.items()
                },
                "beyond": {what: round(v, 5) for what, v in row.beyond.items()},
                "intervals": {m: [round(b, 5) for b in v] for m, v in row.intervals.items()},
            },
            per_case=_cases(row),
            data=sorted(p for p in folder.iterdir() if p.name in table.files),
            seeds=row.seeds,
        )
    told = "  ".join(f"{m} {row.metrics[m]:.4f}" for m in table.shown)
    return f"{model:<18} {told}  {row.seconds:.1f} s  published: {_published(table, model)}"


def _published(table: AnyTable, model: str) -> str:
    return table.entries[model].published or "-"


def _cases(row: Row) -> list[dict[str, object]]:
    columns = {m: v.astype(np.float32).tolist() for m, v in row.cases.items()}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
