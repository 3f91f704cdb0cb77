"""LLMRank's committed candidate lists (Hou et al., ECIR 2024) as ranking tasks.

The truth is what a person took last, set against the first 19 other ids of their `random` list; the
history is all that came before. As in the paper's leave-one-out split, the last two of everybody
train nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.datasets import load
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.data.places import find_folder
from classic.errors import BadInput
from llmrec.lab.task import Case, RankingTask, latest_rows, shuffled, without_rows

_NEGATIVES = 19
_FILM_LISTS = "ml-1m-full/ml-1m-full.random"
_GAME_LISTS = "Games/Games.random"
_ABOUT = f"LLMRank's random lists: the latest against {_NEGATIVES} others"


def films_1m(seed: int = 0) -> RankingTask:
    """The 6,040 people of ml-1m. Raises `BadInput` when the files are not on this machine."""
    lists = _folder(_FILM_LISTS) / _FILM_LISTS
    loaded = load("ml-1m")
    assert loaded.interactions is not None
    events = loaded.interactions
    own = {
        events.user_ids[user]: [events.item_ids[i] for i in events.items[rows]]
        for user, rows in enumerate(events.by_user())
    }
    cases = _cases(lists, own, seed)
    train = without_rows(events, latest_rows(events, 2))
    return RankingTask("llmrank-ml-1m", _ABOUT, loaded.catalog, cases, train, seed, (lists,))


def games(seed: int = 0) -> RankingTask:
    """The 200 people of Amazon Games whose lists are committed. Raises `BadInput`."""
    folder = _folder(_GAME_LISTS) / "Games"
    titles, sequences = folder / "Games-6k.item", folder / "Games-6k.test.inter"
    catalog = Catalog("llmrank-games", tuple(_items(titles)), domain="game")
    own = {
        user: [*history.split(), truth]
        for user, history, truth in (line.split("\t") for line in _lines(sequences)[1:])
    }
    lists = folder / "Games.random"
    events = _interactions(own, catalog)
    train = without_rows(events, latest_rows(events, 2))
    cases = _cases(lists, own, seed)
    files = (lists, titles, sequences)
    return RankingTask("llmrank-games", _ABOUT, catalog, cases, train, seed, files)


def _folder(needed: str) -> Path:
    folder = find_folder("llmrank", needed)
    if folder is None:
        raise BadInput(
            f"LLMRank's lists are not here: put {needed} of github.com/RUCAIBox/LLMRank "
            "(llmrank/dataset) into a folder llmrank of $LLMREC_DATA"
        )
    return folder


def _cases(lists: Path, own: Mapping[str, Sequence[str]], seed: int) -> tuple[Case, ...]:
    cases = []
    for line in _lines(lists):
        user, _, listed = line.partition("\t")
        if user not in own:
            raise BadInput(f"{lists}: nobody is known as {user!r}: these are lists of other data")
        *history, truth = own[user]
        others = [i for i in dict.fromkeys(listed.split()) if i != truth][:_NEGATIVES]
        if len(others) < _NEGATIVES:
            raise BadInput(f"{lists}: the list of {user} is shorter than {_NEGATIVES}")
        # A Games history may hold the truth: people buy a thing twice. It is no secret then.
        before = tuple(i for i in history if i != truth)
        cases.append(Case(user, before, shuffled(seed, user, (truth, *others)), truth))
    return tuple(cases)


def _items(path: Path) -> Iterable[Item]:
    for line in _lines(path)[1:]:
        item_id, _, title = line.partition("\t")
        yield Item(item_id, title.strip() or f"game {item_id}")


def _interactions(own: Mapping[str, Sequence[str]], catalog: Catalog) -> Interactions:
    """In the order of the files, which is oldest first."""
    lengths = [len(items) for items in own.values()]
    items = catalog.rows(i for sequence in own.values() for i in sequence)
    users = np.repeat(np.arange(len(own)), lengths)
    return Interactions(users.astype(np.int32), items.astype(np.int32), tuple(own), catalog.ids)


def _lines(path: Path) -> list[str]:
    """Without empty ones; a byte that is no UTF-8 becomes a question mark in a title."""
    if not path.is_file():
        raise BadInput(f"{path} is missing")
    return [line for line in path.read_text("utf-8", errors="replace").splitlines() if line]
