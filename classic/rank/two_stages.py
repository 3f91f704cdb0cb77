"""Two stages as one model: retrievers find candidates, a ranker that reads the whole history puts
them in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from classic.data.catalog import Catalog
from classic.data.histories import Histories, histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.rank.examples import Examples, Ragged
from classic.rank.features import Layout, Schema
from classic.rank.ranker import FitConfig, Ranker, fit_ranker
from classic.rank.table import ITEM_FIELDS, item_table
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.hybrid import Blend, Fit, features, pooled, standardised
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.recommender import Recommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent

_ITEM, _GENRE = 0, 1
"""Of the `ones`: what a behaviour is compared by."""
_LEAST_HISTORY = 5
Build = Callable[[Layout, Any, Examples], Ranker]


@dataclass(frozen=True)
class TwoStagesConfig:
    """The `pool` best of each retriever are candidates. The ranker, whose settings are `net`,
    learns to tell the latest item of `people`, hidden from the retrievers, from so many `negatives`
    among the candidates; it reads the latest `length` of a history."""

    net: Any
    ease: EaseConfig = field(default_factory=EaseConfig)
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    pool: int = 100
    people: int = 3000
    negatives: int = 30
    length: int = 50
    batch_size: int = 1024
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(8, clip=None, warm_up_steps=0, patience=2)
    )


@dataclass(frozen=True, eq=False)
class Items:
    """All items as a ranker reads them, and the `scales` (mean, deviation), float64 [m] each, of
    the numbers that a pair of a person and an item has."""

    rows: int
    examples: Examples
    scales: tuple[np.ndarray, np.ndarray] = (np.zeros(0), np.ones(0))

    @classmethod
    def of(cls, item_ids: tuple[str, ...], catalog: Catalog) -> "Items":
        table = item_table(item_ids, catalog)
        schema = Schema.of(table, ITEM_FIELDS, labels=())
        return cls(schema.layout.rows, schema.encode(table))

    @property
    def layout(self) -> Layout:
        ones, many = self.examples.ones.shape[1], len(self.examples.many)
        return Layout(self.rows, ones, many, len(self.scales[0]), 1, (_ITEM, _GENRE))

    def pairs(
        self,
        histories: Histories,
        people: np.ndarray,
        items: np.ndarray,
        numbers: np.ndarray,
        labels: np.ndarray,
        length: int,
    ) -> Examples:
        """An example for each int64 [n] person, by row of the histories, and item."""
        mean, deviation = self.scales
        return Examples(
            self.examples.ones[items],
            ((numbers - mean) / deviation).astype(np.float32),
            tuple(own.take(items) for own in self.examples.many),
            self._done(histories, length).take(people),
            labels.astype(np.float32)[:, None],
            np.ones(len(items), dtype=np.float32),
        )

    def _done(self, histories: Histories, length: int) -> Ragged:
        """The latest likes of each person, oldest first."""
        liked = histories.liked
        lengths = np.minimum(liked.lengths, length)
        shift = np.repeat(liked.bounds[1:] - np.cumsum(lengths), lengths)
        items = liked.items[shift + np.arange(len(shift))]
        return Ragged.of_lengths(self.examples.ones[items][:, [_ITEM, _GENRE]], lengths)


@dataclass(eq=False)
class TwoStages(Blend):
    """What no part has in its pool stays below it, by the mean of the parts. `epochs` is how many
    the ranker took."""

    name: str
    item_ids: tuple[str, ...]
    parts: tuple[Recommender, ...]
    popularity: np.ndarray
    items: Items
    net: Ranker
    pool: int
    length: int
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        said = self.standard(histories)
        found = said.mean(axis=0)
        people, items = np.nonzero(pooled(said, histories, self.pool))
        told = features(said, self.popularity, histories.lengths, people, items)
        none = np.zeros(len(items))
        examples = self.items.pairs(histories, people, items, told, none, self.length)
        chances = 1.0 / (1.0 + np.exp(-self.net.logits(examples)[:, 0])) if len(items) else none
        found[people, items] = found.max(axis=1)[people] + 1.0 + chances
        return np.asarray(found)


def fit_two_stages(
    name: str,
    interactions: Interactions,
    catalog: Catalog,
    build: Build,
    config: TwoStagesConfig,
    watch: Watch | None = None,
    say: Say = silent,
) -> TwoStages:
    """The retrievers are fitted without the latest item of some people, the ranker learns to find
    those, and the retrievers are fitted again with everything. Raises `BadInput`."""
    fits: tuple[Fit, ...] = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    rng = np.random.default_rng(config.training.seed)
    last = [rows[-1] for rows in interactions.by_user() if len(rows) >= _LEAST_HISTORY]
    if not last:
        raise BadInput(f"two stages need people with at least {_LEAST_HISTORY} items")
    hidden = np.sort(rng.permutation(last)[: config.people])
    kept = np.ones(len(interactions), dtype=bool)
    kept[hidden] = False
    inside = interactions.select(kept)
    parts = tuple(fit(inside) for fit in fits)
    order = np.argsort(interactions.users[hidden], kind="stable")
    who, wanted = interactions.users[hidden][order], interactions.items[hidden][order]
    histories = histories_of(inside).take(who)
    said = np.stack([standardised(part.fold_in_rows(histories)) for part in parts])
    people, items = _asked(said, histories, wanted, config, rng)
    popularity = np.log1p(np.bincount(inside.items, minlength=inside.n_items))
    told = features(said, popularity, histories.lengths, people, items)
    scales = told.mean(axis=0), np.maximum(told.std(axis=0), 1e-9)
    own = replace(Items.of(interactions.item_ids, catalog), scales=scales)
    examples = own.pairs(histories, people, items, told, items == wanted[people], config.length)

    def model(net: Ranker, found: tuple[Recommender, ...], popular: np.ndarray) -> TwoStages:
        return TwoStages(
            name, interactions.item_ids, found, popular, own, net, config.pool, config.length
        )

    net, epochs = fit_ranker(
        examples,
        lambda: build(own.layout, config.net, examples),
        FitConfig(config.batch_size, config.training),
        (lambda of: watch(model(of, parts, popularity))) if watch else None,
        say,
    )
    popularity = np.log1p(np.bincount(interactions.items, minlength=interactions.n_items))
    found = model(net, tuple(fit(interactions) for fit in fits), popularity)
    return replace(found, epochs=epochs)


def _asked(
    said: np.ndarray,
    histories: Histories,
    wanted: np.ndarray,
    config: TwoStagesConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """int64 [n] people and items: what is wanted, and `negatives` of each person's candidates."""
    candidates = pooled(said, histories, config.pool)
    everybody = np.arange(len(wanted))
    candidates[everybody, wanted] = False
    drawn = np.where(candidates, rng.random(candidates.shape), np.inf)
    chosen = np.argsort(drawn, axis=1)[:, : config.negatives]
    real = np.take_along_axis(candidates, chosen, axis=1)
    people = np.concatenate([everybody, np.nonzero(real)[0]])
    return people, np.concatenate([wanted.astype(np.int64), chosen[real]])
