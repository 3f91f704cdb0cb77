"""What finished runs of the lab kept: values per person, by row, data set and model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from classic.errors import BadInput

_METRIC = "ndcg@10/"


@dataclass(frozen=True)
class Cell:
    """A row as it came out on one data set, of one `model`, which is empty for a baseline."""

    row: str
    model: str


@dataclass(frozen=True, eq=False)
class Block:
    """One data set: `values` float64 [n_users, n_cells] of those people whom every cell has."""

    data: str
    users: tuple[str, ...]
    cells: tuple[Cell, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class _Row:
    """One record: `lists` tells what was asked about, `prompt` by which file."""

    data: str
    lists: str
    cell: Cell
    prompt: str
    metric: str
    values: dict[str, float]


def read_runs(folders: Sequence[Path]) -> tuple[str, list[Block]]:
    """The metric, NDCG@10 with its protocol, and a block for each data set. Raises `BadInput` for a
    folder without a finished run of rankings, and for runs that cannot be set side by side: under
    several protocols, about other lists, by other prompts of one name, or twice the same."""
    rows = [row for folder in folders for row in _rows(folder)]
    _refuse_two("these runs", "protocols", [("", row.metric) for row in rows])
    _refuse_two("the runs on {}", "candidate lists or seeds", [(r.data, r.lists) for r in rows])
    prompts = [(row.cell.row, row.prompt) for row in rows if row.prompt]
    _refuse_two("the rows {}", "versions of its prompt", prompts)
    by_data: dict[str, dict[Cell, dict[str, float]]] = {}
    for row in rows:
        cells = by_data.setdefault(row.data, {})
        if row.cell in cells and row.cell.model:
            raise BadInput(f"{row.cell.row} by {row.cell.model} on {row.data} is in two runs")
        # A baseline is the same in every run on a data set.
        cells.setdefault(row.cell, row.values)
    return rows[0].metric, [_block(data, cells) for data, cells in sorted(by_data.items())]


def _rows(folder: Path) -> list[_Row]:
    found = [_row(path) for path in sorted(folder.glob("*/record.json"))]
    told = [row for row in found if row]
    if not told:
        raise BadInput(f"{folder} holds no finished ranking run: llmrec evaluate prompts --out it")
    return told


def _row(path: Path) -> _Row | None:
    """`None` for a record of something else."""
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        config, means = record["config"], record["metrics"]["means"]
        metric = next(name for name in means if name.startswith(_METRIC))
        cases = pl.read_parquet(path.parent / "cases.parquet", columns=["user", metric])
        cell = Cell(config["row"], config["model"] or "")
        prompt = (config["strategy"] or {}).get("hash", "")
        lists = f"{config['protocol']}, seeds {record['seeds']}"
    except (KeyError, TypeError, StopIteration):
        return None
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"{path.parent} cannot be read ({error}): run it again") from None
    return _Row(config["data"], lists, cell, prompt, metric, dict(cases.iter_rows()))


def _refuse_two(who: str, what: str, told: Sequence[tuple[str, str]]) -> None:
    """Of the same name, everything told has to be the same."""
    first: dict[str, str] = {}
    for name, value in told:
        if first.setdefault(name, value) != value:
            pair = f"{first[name]!r} and {value!r}"
            raise BadInput(f"{who.format(name)} have several {what}, {pair}: give runs of one")


def _block(data: str, cells: dict[Cell, dict[str, float]]) -> Block:
    """Raises `BadInput` when nobody is in all."""
    users = sorted(set.intersection(*(set(values) for values in cells.values())))
    if len(users) < 2:
        raise BadInput(f"the runs on {data} have nobody in common: give them the same --users")
    values = np.array([[cells[cell][user] for cell in cells] for user in users])
    return Block(data, tuple(users), tuple(cells), values)
