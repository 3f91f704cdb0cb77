"""Retrieve, pre-rank and rank as one model: each stage looks closer at fewer candidates than the
one before it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from scipy.special import expit

from classic.data.catalog import Catalog
from classic.data.histories import Histories, spans
from classic.rank.examples import Batch, Examples, Ragged
from classic.rank.features import Layout, Schema
from classic.rank.light import Light
from classic.rank.ranker import Ranker
from classic.rank.table import ITEM_FIELDS, item_table
from classic.retrieve.hybrid import Blend, features, pooled
from classic.retrieve.recommender import Recommender
from classic.train.line import choice_weights, log_odds, log_shares

_ITEM, _GENRE = 0, 1
"""Of the `ones`: what a behaviour is compared by."""
_SUREST = 1.0 - 1e-6


@dataclass(frozen=True, eq=False)
class Items:
    """All items as a ranker reads them, `rows` being its rows of vectors; and of the numbers that a
    pair of a person and an item has, float64 [m] `means` and `deviations`, and the `weights` of the
    line under which what is wanted is likeliest among a person's candidates; `usual` are the log
    odds of any candidate."""

    rows: int
    examples: Examples
    means: np.ndarray
    deviations: np.ndarray
    weights: np.ndarray
    usual: float

    @classmethod
    def of(
        cls,
        item_ids: tuple[str, ...],
        catalog: Catalog,
        numbers: np.ndarray,
        people: np.ndarray,
        wanted: np.ndarray,
    ) -> "Items":
        """Learned from candidates: float64 [n, m] numbers of int64 [n] people, whose candidates
        stand together, and bool [n] whether it was wanted."""
        table = item_table(item_ids, catalog)
        schema = Schema.of(table, ITEM_FIELDS, labels=())
        means, deviations = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-9)
        weights = choice_weights((numbers - means) / deviations, people, wanted)
        usual = float(log_odds(wanted.mean()))
        return cls(schema.layout.rows, schema.encode(table), means, deviations, weights, usual)

    @property
    def layout(self) -> Layout:
        ones, many = self.examples.ones.shape[1], len(self.examples.many)
        return Layout(self.rows, ones, many, len(self.means), 1, (_ITEM, _GENRE))

    def pairs(
        self,
        histories: Histories,
        people: np.ndarray,
        items: np.ndarray,
        numbers: np.ndarray,
        labels: np.ndarray,
        offsets: np.ndarray,
        length: int,
    ) -> Examples:
        """An example for each int64 [n] person, by row of the histories, and item."""
        return Examples(
            self.examples.ones[items],
            self._scaled(numbers).astype(np.float32),
            tuple(own.take(items) for own in self.examples.many),
            self._done(histories, length).take(people),
            labels.astype(np.float32)[:, None],
            np.ones(len(items), dtype=np.float32),
            offsets.astype(np.float32),
        )

    def behaviours(self, histories: Histories, length: int) -> Batch:
        """What each person did, beside no item in particular."""
        everybody = np.arange(len(histories))
        numbers, none = np.zeros((len(histories), len(self.means))), np.zeros(len(histories))
        nothing = np.zeros_like(everybody), numbers, none, none
        examples = self.pairs(histories, everybody, *nothing, length)
        return examples.batch(everybody)

    def odds(self, numbers: np.ndarray, people: np.ndarray) -> np.ndarray:
        """float64 [n]: the log odds, by the line alone, that this is the one that a person wants
        of their candidates, which stand together."""
        shares = log_shares(self._scaled(numbers) @ self.weights, people)
        return shares - np.log1p(-np.minimum(np.exp(shares), _SUREST))

    def _scaled(self, numbers: np.ndarray) -> np.ndarray:
        return np.asarray((numbers - self.means) / self.deviations)

    def _done(self, histories: Histories, length: int) -> Ragged:
        """The latest likes of each person, oldest first."""
        liked = histories.liked
        lengths = np.minimum(liked.lengths, length)
        items = liked.items[spans(liked.bounds[1:] - lengths, lengths)]
        return Ragged.of_lengths(self.examples.ones[items][:, [_ITEM, _GENRE]], lengths)


@dataclass(frozen=True, eq=False)
class Pool:
    """Candidates of many people. `said` float64 [parts, n, n_items] are the standardised scores of
    the retrievers; candidate j is int64 `items[j]` for the person at int64 row `people[j]` of the
    histories, with float64 `scores[j]` by the latest stage. Those of a person stand together."""

    histories: Histories
    said: np.ndarray
    people: np.ndarray
    items: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, histories: Histories, said: np.ndarray, inside: np.ndarray) -> "Pool":
        """What is inside of bool [n, n_items], by the mean of what all retrievers say."""
        people, items = np.nonzero(inside)
        return cls(histories, said, people, items, said.mean(axis=0)[people, items])

    def __len__(self) -> int:
        return len(self.items)

    def scored(self, scores: np.ndarray) -> "Pool":
        return replace(self, scores=scores)

    def best(self, k: int) -> "Pool":
        """The `k` best of everybody, the best first."""
        order = np.lexsort((self.items, -self.scores, self.people))
        owner = self.people[order]
        first = np.searchsorted(owner, owner)
        kept = order[np.arange(len(order)) - first < k]
        return replace(
            self, people=self.people[kept], items=self.items[kept], scores=self.scores[kept]
        )

    def lists(self, k: int) -> np.ndarray:
        """int64 [n, k]: the `k` best of everybody, -1 where there are fewer."""
        return self.listed(k)[0]

    def listed(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The same, and float64 [n, k], their scores."""
        top = self.best(k)
        place = top.people, np.arange(len(top)) - np.searchsorted(top.people, top.people)
        items = np.full((len(self.histories), k), -1, dtype=np.int64)
        scores = np.zeros(items.shape)
        items[place], scores[place] = top.items, top.scores
        return items, scores


@dataclass(eq=False)
class Staged(Blend):
    """Scores of candidates are in 0..1, where a half is the chance that any of them has; what no
    part has in its pool, or the pre-ranker leaves out, is below 0, by the mean of the parts.
    `trust` is how loudly the line through what the retrievers say, and the ranker, speak; `epochs`
    is how many the latter took."""

    name: str
    item_ids: tuple[str, ...]
    parts: tuple[Recommender, ...]
    popularity: np.ndarray
    items: Items
    light: Light
    net: Ranker
    trust: tuple[float, float]
    pool: int
    kept: int
    length: int
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        pool = self.retrieved(histories)
        found = expit(pool.said.mean(axis=0)) - 1.0
        ranked = self.ranked(self.pre_ranked(pool).best(self.kept))
        found[ranked.people, ranked.items] = expit(ranked.scores - self.items.usual)
        return np.asarray(found)

    def retrieved(self, histories: Histories) -> Pool:
        """The best of each retriever, by the mean of what all of them say."""
        said = self.standard(histories)
        return Pool.of(histories, said, pooled(said, histories, self.pool))

    def unretrieved(self, histories: Histories) -> Pool:
        """Whatever was not met yet: what there is where nobody retrieves."""
        said = self.standard(histories)
        return Pool.of(histories, said, histories.matrix.toarray() == 0)

    @torch.inference_mode()
    def pre_ranked(self, pool: Pool) -> Pool:
        """By the line through what the retrievers say, and one product of two vectors."""
        people = self.light.people(self.items.behaviours(pool.histories, self.length))
        own = people.double().numpy()[pool.people]
        product = np.einsum("mw,mw->m", own, self._things[pool.items])
        odds = self.items.odds(self._numbers(pool), pool.people)
        return pool.scored(self.trust[0] * odds + product)

    def ranked(self, pool: Pool) -> Pool:
        """By the log odds of the line and the ranker together."""
        numbers = self._numbers(pool)
        said = np.zeros(len(pool)), self.items.odds(numbers, pool.people)
        examples = self.items.pairs(
            pool.histories, pool.people, pool.items, numbers, *said, self.length
        )
        loud, own = self.trust
        return pool.scored(loud * examples.offsets + own * self.net.logits(examples)[:, 0])

    def _numbers(self, pool: Pool) -> np.ndarray:
        lengths = pool.histories.lengths
        return features(pool.said, self.popularity, lengths, pool.people, pool.items)

    @cached_property
    @torch.inference_mode()
    def _things(self) -> np.ndarray:
        """float64 [n_items, w]: the vectors of all items, made once."""
        every = np.arange(len(self.item_ids))
        return np.asarray(self.light.things(self.items.examples.batch(every)).double().numpy())
