"""Readers of files that published tables were measured on, as their authors left them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from classic.data.catalog import UNKNOWN, Catalog
from classic.data.datasets import load, names
from classic.data.interactions import Interactions
from classic.errors import BadInput


def read_sasrec(path: Path) -> Interactions:
    """ "user item" lines, oldest first, both counted from 1 (Kang & McAuley 2018)."""
    pairs = whole_numbers(path, separator=" ") - 1
    return _pairs(pairs[:, 0], pairs[:, 1])


def read_reczoo(train: Path, test: Path) -> tuple[Interactions, Interactions]:
    """Two JSON lists with the items of user 0, 1, 2... (RecZoo's matching splits)."""
    lists = [_lists(train), _lists(test)]
    if len(lists[0]) != len(lists[1]):
        raise BadInput(f"{train}: {len(lists[0])} users, {test.name} has {len(lists[1])}")
    n_items = 1 + max(max(row, default=0) for rows in lists for row in rows)
    columns = [
        (np.repeat(np.arange(len(rows)), list(map(len, rows))), np.concatenate(rows))
        for rows in lists
    ]
    return (
        _pairs(*columns[0], n_users=len(lists[0]), n_items=n_items),
        _pairs(*columns[1], n_users=len(lists[0]), n_items=n_items),
    )


def films_of(numbers: Path, separator: str) -> Catalog:
    """The films of ml-1m under the numbers that a benchmark gives them, by its file of "number
    movieId" lines. Nothing is known where that file or ml-1m is not on this machine."""
    if not numbers.is_file() or "ml-1m" not in names():
        return UNKNOWN
    lines = (line.split(separator) for line in numbers.read_text("utf-8").splitlines())
    told = [(int(number), movie) for number, movie in lines if number.isdigit()]
    first = min(number for number, _ in told)
    films = load("ml-1m").catalog
    return Catalog(
        f"{films.name} as in {numbers.parent.name}",
        tuple(
            replace(films[movie], item_id=str(number - first))
            for number, movie in told
            if movie in films
        ),
        terms=films.terms,
    )


def whole_numbers(path: Path, separator: str = "\t") -> np.ndarray:
    """int64 [n, columns] of a file of whole numbers. Raises `BadInput` that names the place."""
    if not path.is_file():
        raise BadInput(
            f"{path} is not there: `llmrec data list` says where data sets are looked for"
        )
    try:
        return np.loadtxt(path, dtype=np.int64, delimiter=separator, ndmin=2)
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from None


def _lists(path: Path) -> list[list[int]]:
    if not path.is_file():
        raise BadInput(f"{path} is not there")
    try:
        rows: list[list[int]] = json.loads(path.read_text("utf-8"))
        return [list(map(int, row)) for row in rows]
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path}: lists of whole numbers are wanted ({error})") from None


def _pairs(
    users: np.ndarray, items: np.ndarray, n_users: int | None = None, n_items: int | None = None
) -> Interactions:
    n_users = n_users or int(users.max()) + 1
    n_items = n_items or int(items.max()) + 1
    return Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(map(str, range(n_users))),
        tuple(map(str, range(n_items))),
    )
