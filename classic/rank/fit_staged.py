"""Fitting the stages: the retrievers without some latest items, the ranker to find those, the
pre-ranker to foresee the ranker."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.rank.examples import Examples, Ragged
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
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent

_LEAST_HISTORY = 5
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
    watch: Watch | None = None,
    say: Say = silent,
) -> Staged:
    """The retrievers are fitted without the latest items of some people, a line through what they
    say learns to find each of those after what came before it, the ranker what the line misses, the
    pre-ranker what the ranker says, and the retrievers are fitted again with everything. Raises
    `BadInput`."""
    fits: tuple[Fit, ...] = (
        partial(fit_ease, config=config.ease),
        partial(fit_ials, config=config.ials),
        partial(fit_item_knn, config=config.item_knn),
    )
    rng = np.random.default_rng(config.training.seed)
    inside, histories, wanted = _hidden(interactions, config, rng)
    order = (fit_sasrec(inside, config.sequence, say=say),) if config.sequence else ()
    parts = (*(fit(inside) for fit in fits), *order)
    popularity = np.log1p(np.bincount(inside.items, minlength=inside.n_items))
    people, items, told = _asked(parts, popularity, histories, wanted, config, rng)
    labels = items == wanted[people]
    own = Items.of(interactions.item_ids, catalog, told, labels)
    examples = own.pairs(histories, people, items, told, labels, config.length)

    def model(
        net: Ranker, light: Light | None, parts: tuple[Recommender, ...], known: np.ndarray
    ) -> Staged:
        sizes = config.pool, config.kept, config.length
        return Staged(name, interactions.item_ids, parts, known, own, light, net, *sizes)

    net, epochs = fit_ranker(
        examples,
        lambda: build(own.layout, config.net, examples),
        FitConfig(config.batch_size, config.training),
        (lambda of: watch(model(of, None, parts, popularity))) if watch else None,
        say,
    )
    light = distilled(net, examples, own.layout, config)
    popularity = np.log1p(np.bincount(interactions.items, minlength=interactions.n_items))
    whole = model(net, light, (*(fit(interactions) for fit in fits), *order), popularity)
    return replace(whole, epochs=epochs)


def distilled(net: Ranker, examples: Examples, layout: Layout, config: StagedConfig) -> Light:
    """The pre-ranker that comes nearest to the ranker's chances of these examples."""
    chances = expit(net.logits(examples)[:, 0] + examples.offsets)
    taught = replace(examples, labels=chances.astype(np.float32)[:, None])
    training = replace(config.training, folder=None, optimizer="adam", learning_rate=3e-3)
    fitting = FitConfig(config.batch_size, training)
    light, _ = fit_ranker(taught, lambda: Light(layout, config.light, config.length), fitting)
    assert isinstance(light, Light)
    return light


def _hidden(
    interactions: Interactions, config: StagedConfig, rng: np.random.Generator
) -> tuple[Interactions, Histories, np.ndarray]:
    """The interactions without what is asked for; for each item that is, what its person did before
    it; and int64 [n] the items. At most half of what somebody did is asked for."""
    own = [rows for rows in interactions.by_user() if len(rows) >= _LEAST_HISTORY]
    if not own:
        raise BadInput(f"stages need people with at least {_LEAST_HISTORY} items")
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
    config: StagedConfig,
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
        raise BadInput("the retrievers found nothing of what was hidden: stages need more data")
    return np.concatenate(people), np.concatenate(items), np.concatenate(told)


def _found_and_others(
    candidates: np.ndarray, wanted: np.ndarray, config: StagedConfig, rng: np.random.Generator
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
