"""Two stages as one model: retrievers find candidates, a ranker that reads the whole history puts
them in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from classic.data.catalog import Catalog
from classic.data.histories import Histories, spans
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.rank.examples import Examples, Ragged
from classic.rank.features import Layout, Schema
from classic.rank.line import log_odds, logistic_weights
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
_SCORES_AT_ONCE = 2**22
"""Of each retriever."""
Build = Callable[[Layout, Any, Examples], Ranker]


@dataclass(frozen=True)
class TwoStagesConfig:
    """The `pool` best of each retriever are candidates. The ranker, whose settings are `net`,
    learns to tell the `last` items of `people`, hidden from the retrievers, each from so many
    `negatives` among the candidates; it reads the latest `length` of a history."""

    net: Any
    ease: EaseConfig = field(default_factory=EaseConfig)
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    pool: int = 100
    people: int = 3000
    last: int = 5
    negatives: int = 30
    length: int = 50
    batch_size: int = 1024
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(8, clip=None, warm_up_steps=0, patience=2)
    )


@dataclass(frozen=True, eq=False)
class Items:
    """All items as a ranker reads them, `rows` being its rows of vectors; and of the numbers that a
    pair of a person and an item has, float64 [m] `means` and `deviations`, and [m + 1] `weights` of
    the log odds that they alone say, the last one a constant; `usual` are those of any candidate.
    """

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
        labels: np.ndarray,
    ) -> "Items":
        table = item_table(item_ids, catalog)
        schema = Schema.of(table, ITEM_FIELDS, labels=())
        means, deviations = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-9)
        weights = logistic_weights((numbers - means) / deviations, labels)
        usual = float(log_odds(labels.mean()))
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
        length: int,
    ) -> Examples:
        """An example for each int64 [n] person, by row of the histories, and item."""
        scaled = (numbers - self.means) / self.deviations
        return Examples(
            self.examples.ones[items],
            scaled.astype(np.float32),
            tuple(own.take(items) for own in self.examples.many),
            self._done(histories, length).take(people),
            labels.astype(np.float32)[:, None],
            np.ones(len(items), dtype=np.float32),
            (scaled @ self.weights[:-1] + self.weights[-1]).astype(np.float32),
        )

    def _done(self, histories: Histories, length: int) -> Ragged:
        """The latest likes of each person, oldest first."""
        liked = histories.liked
        lengths = np.minimum(liked.lengths, length)
        items = liked.items[spans(liked.bounds[1:] - lengths, lengths)]
        return Ragged.of_lengths(self.examples.ones[items][:, [_ITEM, _GENRE]], lengths)


@dataclass(eq=False)
class TwoStages(Blend):
    """Scores of candidates are in 0..1, where a half is the chance that any of them has; what no
    part has in its pool is below 0, by the mean of the parts. `epochs` is how many the ranker took.
    """

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
        found = expit(said.mean(axis=0)) - 1.0
        people, items = np.nonzero(pooled(said, histories, self.pool))
        told = features(said, self.popularity, histories.lengths, people, items)
        none = np.zeros(len(items))
        examples = self.items.pairs(histories, people, items, told, none, self.length)
        logits = self.net.logits(examples)[:, 0] + examples.offsets
        found[people, items] = expit(logits - self.items.usual)
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
    """The retrievers are fitted without the latest items of some people, a line through what they
    say learns to find each of those after what came before it, the ranker what the line misses, and
    the retrievers are fitted again with everything. Raises `BadInput`."""
    fits: tuple[Fit, ...] = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    rng = np.random.default_rng(config.training.seed)
    inside, histories, wanted = _hidden(interactions, config, rng)
    parts = tuple(fit(inside) for fit in fits)
    popularity = np.log1p(np.bincount(inside.items, minlength=inside.n_items))
    people, items, told = _asked(parts, popularity, histories, wanted, config, rng)
    labels = items == wanted[people]
    own = Items.of(interactions.item_ids, catalog, told, labels)
    examples = own.pairs(histories, people, items, told, labels, config.length)

    def model(net: Ranker, fitted: tuple[Recommender, ...], popular: np.ndarray) -> TwoStages:
        return TwoStages(
            name, interactions.item_ids, fitted, popular, own, net, config.pool, config.length
        )

    net, epochs = fit_ranker(
        examples,
        lambda: build(own.layout, config.net, examples),
        FitConfig(config.batch_size, config.training),
        (lambda of: watch(model(of, parts, popularity))) if watch else None,
        say,
    )
    popularity = np.log1p(np.bincount(interactions.items, minlength=interactions.n_items))
    whole = model(net, tuple(fit(interactions) for fit in fits), popularity)
    return replace(whole, epochs=epochs)


def _hidden(
    interactions: Interactions, config: TwoStagesConfig, rng: np.random.Generator
) -> tuple[Interactions, Histories, np.ndarray]:
    """The interactions without what is asked for; for each item that is, what its person did before
    it; and int64 [n] the items. At most half of what somebody did is asked for."""
    own = [rows for rows in interactions.by_user() if len(rows) >= _LEAST_HISTORY]
    if not own:
        raise BadInput(f"two stages need people with at least {_LEAST_HISTORY} items")
    chosen = [own[n] for n in rng.permutation(len(own))[: config.people]]
    asked = [
        (rows[:place], rows[place])
        for rows in chosen
        for place in range(len(rows) - min(config.last, len(rows) // 2), len(rows))
    ]
    hidden = np.array([row for _, row in asked])
    kept = np.ones(len(interactions), dtype=bool)
    kept[hidden] = False
    before = Ragged.of_lengths(
        np.concatenate([rows for rows, _ in asked]), np.array([len(rows) for rows, _ in asked])
    )
    items = interactions.items[before.values].astype(np.int64)
    histories = Histories(items, before.bounds, np.ones(len(items)), interactions.n_items)
    return interactions.select(kept), histories, interactions.items[hidden].astype(np.int64)


def _asked(
    parts: tuple[Recommender, ...],
    popularity: np.ndarray,
    histories: Histories,
    wanted: np.ndarray,
    config: TwoStagesConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64 [n], rows of histories and items, and float64 [n, m] what is said of them: what is
    wanted where a retriever found it, and `negatives` of the other candidates. What was not found
    cannot be put in order, and would teach that the best are those that no retriever speaks for.
    Raises `BadInput` where nothing was."""
    at_once = max(1, _SCORES_AT_ONCE // histories.n_items)
    people, items, told = [], [], []
    for a in range(0, len(histories), at_once):
        block = histories.block(a, min(a + at_once, len(histories)))
        said = np.stack([standardised(part.fold_in_rows(block)) for part in parts])
        candidates = pooled(said, block, config.pool)
        rows, columns = _found_and_others(candidates, wanted[a : a + len(block)], config, rng)
        people.append(rows + a)
        items.append(columns)
        told.append(features(said, popularity, block.lengths, rows, columns))
    if not sum(map(len, people)):
        raise BadInput("the retrievers found nothing of what was hidden: two stages need more data")
    return np.concatenate(people), np.concatenate(items), np.concatenate(told)


def _found_and_others(
    candidates: np.ndarray, wanted: np.ndarray, config: TwoStagesConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """int64 [n] rows and items of the bool [b, n_items] candidates: those wanted, and for each so
    many others."""
    found = np.flatnonzero(candidates[np.arange(len(wanted)), wanted])
    others = candidates[found]
    others[np.arange(len(found)), wanted[found]] = False
    drawn = np.where(others, rng.random(others.shape), np.inf)
    chosen = np.argsort(drawn, axis=1)[:, : config.negatives]
    real = np.take_along_axis(others, chosen, axis=1)
    rows = np.concatenate([found, found[np.nonzero(real)[0]]])
    return rows, np.concatenate([wanted[found], chosen[real]])
