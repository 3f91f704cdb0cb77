"""Moments of people as pairs of texts: what was met so far, and what came next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.train.loop import rng_of
from llmrec.encoders.texts import item_text, person_text

_LEAST_HISTORY = 3


@dataclass(frozen=True)
class Moment:
    """`person` in words, and the catalogue's row of what came next."""

    person: str
    item: int


class Moments:
    """Everybody once an epoch, each time at another moment."""

    def __init__(self, interactions: Interactions, catalog: Catalog) -> None:
        """Raises `BadInput` where nobody has enough to learn from."""
        self.labels = [catalog[i].label for i in interactions.item_ids]
        self.texts = [item_text(catalog[i]) for i in interactions.item_ids]
        self.people = [
            interactions.items[rows]
            for rows in interactions.by_user()
            if len(rows) > _LEAST_HISTORY
        ]
        self.met = [frozenset(items.tolist()) for items in self.people]
        if not self.people:
            raise BadInput(f"nobody has more than {_LEAST_HISTORY} items to learn from")
        counts = np.bincount(interactions.items, minlength=len(self.labels))
        self.known = np.flatnonzero(counts)
        shares = np.maximum(counts, 1) / max(len(interactions), 1)
        self.log_q = torch.from_numpy(np.log(shares)).float()

    def epoch(self, generator: torch.Generator, size: int) -> Iterator[list[tuple[int, Moment]]]:
        """Batches of (who, moment)."""
        rng = rng_of(generator)
        order = rng.permutation(len(self.people))
        for start in range(0, len(order), size):
            yield [(int(p), self._moment(int(p), rng)) for p in order[start : start + size]]

    def _moment(self, person: int, rng: np.random.Generator) -> Moment:
        items = self.people[person]
        at = int(rng.integers(_LEAST_HISTORY, len(items)))
        return Moment(person_text([self.labels[i] for i in items[:at]]), int(items[at]))

    def others(self, person: int, n: int, rng: np.random.Generator) -> list[int]:
        """Rows of `n` items that somebody met, and this person did not."""
        drawn: list[int] = []
        while len(drawn) < n:
            row = int(self.known[rng.integers(len(self.known))])
            if row not in self.met[person]:
                drawn.append(row)
        return drawn


def tokens(tokenizer: Any, *texts: list[str], length: int) -> tuple[Tensor, Tensor]:
    """(ids, attention), int64 [n, t] each, of texts or of pairs of texts."""
    told = tokenizer(*texts, padding=True, truncation=True, max_length=length, return_tensors="pt")
    return told["input_ids"], told["attention_mask"]
