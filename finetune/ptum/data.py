"""What pre-training may see of a data set, and what it may not."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from classic.data.datasets import FETCHED, Loaded, load
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.modalities import of_items
from classic.retrieve.text_encoder import vectors_of
from classic.train_films import on_films
from llmrec.behaviour.sequences import Sequences

Protocol = Literal["all", "last-two", "people"]
_PEOPLE = 0.2
_SOURCE = "ml-latest-small"
"""Whose ratings tell of the embedded films."""
_WITHOUT_TIMES = ("ml-1m", "films")
"""The times of ml-1m are but an order, in the file that tells of every pair; of films people tell
in a chat, where time says nothing of when they saw them."""


@dataclass(frozen=True, eq=False)
class Split:
    """Interactions that pre-training may see, and those that are for what comes after it, by int64
    rows of all."""

    whole: Interactions
    seen: np.ndarray
    kept: np.ndarray

    @classmethod
    def of(cls, whole: Interactions, protocol: Protocol) -> "Split":
        """`last-two`: without the last two of everybody who did three things or more; `people`:
        without a fifth of the people, drawn evenly; `all`: with everything, for a model that is to
        be used and not measured."""
        kept = np.zeros(len(whole), dtype=bool)
        own = whole.by_user()
        if protocol == "last-two":
            rows = [row for rows in own if len(rows) > 2 for row in rows[-2:]]
            kept[np.array(rows, dtype=np.int64)] = True
        elif protocol == "people":
            drawn = np.random.default_rng(0).random(whole.n_users) < _PEOPLE
            kept = drawn[whole.users]
        return cls(whole, np.flatnonzero(~kept), np.flatnonzero(kept))

    @property
    def to_learn(self) -> Interactions:
        return self.whole.select(self.seen)


@dataclass(frozen=True, eq=False)
class Opened:
    """`text` float32 [n_items, w], in the rows of the interactions' items; `terms` are those of the
    interactions."""

    interactions: Interactions
    text: np.ndarray | None
    terms: str

    @property
    def sha256(self) -> str:
        """Of who did what, how it was found and when."""
        told = self.interactions
        columns = (told.users, told.items, told.ratings, told.timestamps)
        digest = hashlib.sha256()
        for column in columns:
            digest.update(b"" if column is None else np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()


def opened(data: str) -> Opened:
    """Raises `BadInput` where nobody's behaviour comes with it."""
    loaded = _films() if data == "films" else load(data)
    if loaded.interactions is None:
        raise BadInput(f"{data} has no interactions to learn from: llmrec data list")
    vectors = vectors_of(loaded.catalog)
    ids = loaded.interactions.item_ids
    text = None if vectors is None else of_items(loaded.catalog, ids, vectors)
    terms = FETCHED[_SOURCE].terms if data == "films" else loaded.catalog.terms
    return Opened(loaded.interactions, text, terms)


def _films() -> Loaded:
    """The embedded catalogue, with the ratings of those who rated its films elsewhere."""
    films, source = load("films").catalog, load(_SOURCE)
    assert source.interactions
    return Loaded(films, on_films(films, source.catalog, source.interactions))


def sequences_of(data: str, interactions: Interactions) -> Sequences:
    """With gaps of time where the data set has times."""
    found = Sequences.of(interactions)
    return found.without_times() if data in _WITHOUT_TIMES else found
