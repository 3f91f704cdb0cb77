"""Fitting the stages: the retrievers without some latest items, the ranker to find those, the
pre-ranker to foresee the ranker."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from classic.data.catalog import Catalog
from classic.data.histories import Histories, without_latest
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.metrics import log_loss
from classic.rank.examples import Examples
from classic.rank.features import Layout
from classic.rank.light import Light, LightConfig
from classic.rank.ranker import FitConfig, Ranker, fit_ranker
from classic.rank.rankers import Net
from classic.rank.staged import Items, Staged
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.hybrid import Fit, features, pooled, standardised
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.recommender import Recommender
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.train.line import choice_weights
from classic.train.loop import Say, TrainConfig, silent

_HELD = 0.1
"""Of the histories: by these the ranker stops, and is weighed against the line."""
_SCORES_AT_ONCE = 2**22
"""Of each retriever."""
Build = Callable[[Layout, Any, Examples], Ranker]


@dataclass(frozen=True)
class StagedConfig:
    """The `pool` best of each retriever are candidates, of which the pre-ranker `light` leaves
    `kept` to the ranker. That one, whose settings are `net`, learns to tell the `last` items of
    `people`, hidden from the retrievers, each from so many `negatives` among the candidates; it
    reads the latest `length` of a history. `sequence`, where it is given, retrieves too; it is not
    fitted again with what was hidden, for it hears of that when it is asked."""

    net: Any
    ease: EaseConfig = field(default_factory=EaseConfig)
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    sequence: SasRecConfig | None = None
    pool: int = 100
    kept: int = 200
    light: LightConfig = field(default_factory=LightConfig)
    people: int = 3000
    last: int = 5
    negatives: int = 30
    length: int = 50
    batch_size: int = 1024
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(8, clip=None, warm_up_steps=0, patience=2)
    )


def settings_of(net: Net, **stages: Any) -> StagedConfig:
    """Those of the stages around a ranker, which learns the way it is used to."""
    base, own = StagedConfig(net.config, **stages), net.fitting.training
    training = replace(base.training, optimizer=own.optimizer, learning_rate=own.learning_rate)
    return replace(base, training=training)


def fit_staged(
    name: str,
    interactions: Interactions,
    catalog: Catalog,
    build: Build,
    config: StagedConfig,
    say: Say = silent,
) -> Staged:
    """The retrievers are fitted without the latest items of some people, a line through what they
    say learns to find each of those after what came before it, the ranker what the line misses, the
    pre-ranker what both say, and the retrievers are fitted again with everything. Raises
    `BadInput`."""
    fits: tuple[Fit, ...] = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    rng = np.random.default_rng(config.training.seed)
    inside, histories, wanted = without_latest(interactions, config.people, config.last, rng)
    order = (fit_sasrec(inside, config.sequence, say=say),) if config.sequence else ()
    parts = (*(fit(inside) for fit in fits), *order)
    popularity = np.log1p(np.bincount(inside.items, minlength=inside.n_items))
    people, items, told = _candidates(parts, popularity, histories, wanted, config)
    labels = items == wanted[people]
    own = Items.of(interactions.item_ids, catalog, told, people, labels)
    drawn, rarer = _drawn(people, labels, config.negatives, rng)
    # Fewer of the others stand beside what was wanted than there were, which raises its odds.
    odds = (own.odds(told, people) + rarer)[drawn]
    pairs = people[drawn], items[drawn], told[drawn], labels[drawn]
    examples = own.pairs(histories, *pairs, odds, config.length)
    held = _held_apart(people[drawn])
    learned, asked = examples.select(np.flatnonzero(~held)), examples.select(np.flatnonzero(held))
    net, epochs = fit_ranker(
        learned,
        lambda: build(own.layout, config.net, learned),
        FitConfig(config.batch_size, config.training),
        lambda of: -log_loss(of.logits(asked)[:, 0] + asked.offsets, asked.labels[:, 0] > 0),
        say,
    )
    told_apart = np.stack([asked.offsets, net.logits(asked)[:, 0]], axis=1)
    trust = np.maximum(choice_weights(told_apart, people[drawn][held], labels[drawn][held]), 0.0)
    say(f"  trusts the line {trust[0]:.2f}, the ranker {trust[1]:.2f}")
    light = distilled(net, trust, examples, own.layout, config)
    popularity = np.log1p(np.bincount(interactions.items, minlength=interactions.n_items))
    return Staged(
        name,
        interactions.item_ids,
        (*(fit(interactions) for fit in fits), *order),
        popularity,
        own,
        light,
        net,
        (float(trust[0]), float(trust[1])),
        config.pool,
        config.kept,
        config.length,
        epochs,
    )


def distilled(
    net: Ranker, trust: np.ndarray, examples: Examples, layout: Layout, config: StagedConfig
) -> Light:
    """The pre-ranker that comes nearest to what line and ranker together say of these examples."""
    chances = expit(trust[0] * examples.offsets + trust[1] * net.logits(examples)[:, 0])
    offsets = (trust[0] * examples.offsets).astype(np.float32)
    taught = replace(examples, labels=chances.astype(np.float32)[:, None], offsets=offsets)
    training = replace(config.training, folder=None, optimizer="adam", learning_rate=3e-3)
    fitting = FitConfig(config.batch_size, training)
    light, _ = fit_ranker(taught, lambda: Light(layout, config.light, config.length), fitting)
    assert isinstance(light, Light)
    return light


def _candidates(
    parts: tuple[Recommender, ...],
    popularity: np.ndarray,
    histories: Histories,
    wanted: np.ndarray,
    config: StagedConfig,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64 [n], rows of histories and items, and float64 [n, m] what is said of them: all
    candidates of those histories whose wanted item a retriever found. What was not found cannot be
    put in order, and would teach that the best are those that no retriever speaks for. Raises
    `BadInput` where nothing was."""
    at_once = max(1, _SCORES_AT_ONCE // histories.n_items)
    people, items, told = [], [], []
    for a in range(0, len(histories), at_once):
        block = histories.block(a, min(a + at_once, len(histories)))
        said = np.stack([standardised(part.fold_in_rows(block)) for part in parts])
        inside = pooled(said, block, config.pool)
        inside &= inside[np.arange(len(block)), wanted[a : a + len(block)]][:, None]
        rows, columns = np.nonzero(inside)
        people.append(rows + a)
        items.append(columns)
        told.append(features(said, popularity, block.lengths, rows, columns))
    if not sum(map(len, people)):
        raise BadInput("the retrievers found nothing of what was hidden: stages need more data")
    return np.concatenate(people), np.concatenate(items), np.concatenate(told)


def _held_apart(people: np.ndarray) -> np.ndarray:
    """bool [n]: the examples of the first of the histories, whose people are in no order. Raises
    `BadInput` where there are too few to hold any apart."""
    asked = np.unique(people)
    if len(asked) < 2:
        raise BadInput("the retrievers found too little of what was hidden: stages need more data")
    return people < asked[max(1, int(_HELD * len(asked)))]


def _drawn(
    people: np.ndarray, labels: np.ndarray, negatives: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """int64: what is wanted, and so many of each person's other candidates, at random; and float64
    [n], by how much that raises the log odds of each."""
    order = np.lexsort((rng.random(len(people)), ~labels, people))
    starts = np.searchsorted(people, people)
    place = np.empty(len(people), dtype=np.int64)
    place[order] = np.arange(len(people)) - starts
    sizes = np.bincount(people)[people] - 1
    drawn = np.flatnonzero(place <= negatives)
    return drawn, np.log(np.maximum(sizes, 1) / np.clip(sizes, 1, negatives))
