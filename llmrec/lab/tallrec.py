"""TALLRec's instruction files (Bao et al., RecSys 2023): will a person like one more title?

The files name no people, but their rows stand in the order of people and each shows a window of ten
that moves on by one: where hardly anything of a window is left in the next, the next person begins.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.data.movielens import natural_title
from classic.data.places import find_folder
from classic.errors import BadInput
from llmrec.lab.likes import LikeTask
from llmrec.lab.task import Case

Domain = Literal["movie", "book"]
Part = Literal["train", "valid", "test"]
_ROW = re.compile(
    r"\AUser Preference:(?P<liked>.*)\nUser Unpreference:(?P<disliked>.*)\n"
    r'Whether the user will like the target \w+ "(?P<target>.*)"\?\s*\Z',
    re.DOTALL,
)
DOMAINS: dict[str, Domain] = {"tallrec-movie": "movie", "tallrec-book": "book"}
"""By the name of the data."""
_SAME_PERSON = 0.7
"""The least share of a window that is still in the next."""


@dataclass(frozen=True, slots=True)
class LikeRow:
    """A row of a file, titles as they stand there. `user` is worked out, see above."""

    user: str
    liked: tuple[str, ...]
    disliked: tuple[str, ...]
    target: str
    label: bool


def read_tallrec(domain: Domain, part: Part) -> list[LikeRow]:
    """Raises `BadInput` when the file is not here (`book` has no `train`), or is another."""
    return read_rows(_path(domain, part), part)


def read_rows(path: Path, part: str) -> list[LikeRow]:
    """The rows of one file. Raises `BadInput` naming the row that is none."""
    try:
        told = json.loads(path.read_text("utf-8"))
        rows = [_row(n, one["input"], one["output"], path) for n, one in enumerate(told)]
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path}: a list of instructions is wanted ({error})") from None
    people = _people(rows)
    return [
        LikeRow(f"{part}-{person}", row.liked, row.disliked, row.target, row.label)
        for person, row in zip(people, rows, strict=True)
    ]


def open_likes(data: str, seed: int = 0) -> LikeTask:
    """Raises `BadInput` for data that asks for no likes."""
    if data not in DOMAINS:
        raise BadInput(f"{data} has no like prediction; there are: {', '.join(DOMAINS)}")
    return tallrec_task(DOMAINS[data], seed=seed)


def tallrec_task(domain: Domain, part: Part = "test", seed: int = 0) -> LikeTask:
    """The rows of a part to ask about; of what trains (`valid` where there is no `train`), every
    target with its label, to learn means from. Raises `BadInput`."""
    learned: Part = "train" if _found(domain, "train") else "valid"
    asked, known = read_tallrec(domain, part), read_tallrec(domain, learned)
    catalog = _catalog(domain, [*asked, *known])
    cases = tuple(
        Case(row.user, row.liked, (row.target,), row.target, row.disliked) for row in asked
    )
    about = f"TALLRec's {domain} {part} rows, means from {learned}"
    files = tuple(_path(domain, p) for p in (part, learned))
    labels = np.array([row.label for row in asked])
    train = _interactions(known, catalog)
    return LikeTask(f"tallrec-{domain}", about, catalog, cases, train, seed, files, labels)


def _found(domain: Domain, part: Part) -> Path | None:
    folder = find_folder("tallrec", f"{domain}/{part}.json")
    return folder / domain / f"{part}.json" if folder else None


def _path(domain: Domain, part: Part) -> Path:
    path = _found(domain, part)
    if path is None:
        raise BadInput(
            f"tallrec/{domain}/{part}.json is not here: put data/{domain} of "
            "github.com/SAI990323/TALLRec into a folder tallrec of $LLMREC_DATA"
        )
    return path


def _row(number: int, text: str, output: str, path: Path) -> LikeRow:
    parts = _ROW.match(text)
    answer = output.strip().rstrip(".").casefold()
    if not parts or answer not in ("yes", "no"):
        raise BadInput(f"{path}: row {number} is no question about a title, or has no yes or no")
    liked, disliked = _titles(parts["liked"]), _titles(parts["disliked"])
    return LikeRow("", liked, disliked, parts["target"].strip(), answer == "yes")


def _titles(listed: str) -> tuple[str, ...]:
    """`"A (1984)", "B (1955)"`, or with `written by` after each."""
    entries = (entry.strip() for entry in re.split(r', (?=")', listed.strip()))
    return tuple(e[1:-1] if e[0] == e[-1] == '"' else e for e in entries if e)


def _people(rows: Sequence[LikeRow]) -> Iterator[int]:
    """Whose each row is, counted from 0."""
    person, before = 0, set[str]()
    for row in rows:
        window = {*row.liked, *row.disliked}
        if before and len(window & before) < _SAME_PERSON * len(before):
            person += 1
        before = window
        yield person


def _catalog(domain: Domain, rows: Sequence[LikeRow]) -> Catalog:
    """Every title that is named, which is its id too."""
    named = (t for row in rows for t in (*row.liked, *row.disliked, row.target))
    items = tuple(_item(title, domain) for title in dict.fromkeys(named))
    return Catalog(f"tallrec-{domain}", items, domain="film" if domain == "movie" else domain)


def _item(named: str, domain: Domain) -> Item:
    if domain == "book":
        return Item(named, named.replace('"', ""))
    title, others, year = natural_title(named)
    return Item(named, title, year, aliases=others)


def _interactions(rows: Sequence[LikeRow], catalog: Catalog) -> Interactions:
    """Each row's target, five stars for yes and one for no."""
    users = list(dict.fromkeys(row.user for row in rows))
    number = {user: n for n, user in enumerate(users)}
    return Interactions(
        np.array([number[row.user] for row in rows], dtype=np.int32),
        catalog.rows(row.target for row in rows).astype(np.int32),
        tuple(users),
        catalog.ids,
        np.array([5.0 if row.label else 1.0 for row in rows], dtype=np.float32),
    )
