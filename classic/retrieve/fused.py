"""Nets that read a history in order beside models of who likes what: weighed by which of them finds
what comes next (conditional logit; McFadden 1974)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from classic.data.histories import Histories, without_latest
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.hybrid import Blend, Fit, pooled, standardised
from classic.retrieve.recommender import Recommender
from classic.retrieve.sequence import SequenceRecommender
from classic.train.line import choice_weights
from classic.train.loop import Say, silent

_BLOCK = 256
FitNets = Callable[[Interactions], tuple[SequenceRecommender, ...]]


@dataclass(frozen=True)
class FuseConfig:
    """The latest item of `people` is to be found among the `pool` best of each part."""

    people: int = 10_000
    pool: int = 100
    seed: int = 0


@dataclass(eq=False)
class Fused(Blend):
    """sum of weight times what is told of an item: by each of `closed` arsinh of its standardised
    score, whose tail is long; by each of `nets` its standardised score, a log odds already; and
    float64 [n_items] `popularity`, log(1 + how many met it)."""

    item_ids: tuple[str, ...]
    closed: tuple[Recommender, ...]
    nets: tuple[SequenceRecommender, ...]
    popularity: np.ndarray
    weights: np.ndarray
    name: str = "fused"
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return np.tensordot(self.weights, self.told(histories), axes=1)

    def told(self, histories: Histories) -> np.ndarray:
        """float64 [parts + 1, n, n_items]."""
        closed = [np.arcsinh(standardised(part.fold_in_rows(histories))) for part in self.closed]
        nets = [standardised(part.fold_in_rows(histories)) for part in self.nets]
        popularity = np.broadcast_to(self.popularity, (len(histories), len(self.item_ids)))
        return np.stack([*closed, *nets, popularity])


def fit_fused(
    interactions: Interactions,
    closed: tuple[Fit, ...],
    nets: FitNets,
    config: FuseConfig | None = None,
    say: Say = silent,
) -> Fused:
    """All parts are fitted without the latest item of each person and weighed by finding it; then
    the closed forms are fitted with everything. The nets are not: they hear of it when they are
    asked. Raises `BadInput` where there is too little to learn from."""
    config = config or FuseConfig()
    rng = np.random.default_rng(config.seed)
    inside, histories, wanted = without_latest(interactions, config.people, 1, rng)
    trained = nets(inside)
    before = tuple(fit(inside) for fit in closed)
    silenced = np.zeros(len(before) + len(trained) + 1)
    model = Fused(interactions.item_ids, before, trained, _popularity(inside), silenced)
    weights = _loudness(model, histories, wanted, config.pool)
    say("  weights " + ", ".join(f"{weight:.2f}" for weight in weights))
    return replace(
        model,
        closed=tuple(fit(interactions) for fit in closed),
        popularity=_popularity(interactions),
        weights=weights,
        epochs=max(part.epochs for part in trained),
    )


def _loudness(model: Fused, histories: Histories, wanted: np.ndarray, pool: int) -> np.ndarray:
    """float64 [parts + 1]: under these weights int64 [n] what is wanted is likeliest among what any
    part has in its pool. Whose wanted item nobody has there says nothing."""
    owners, told, chosen = [], [], []
    for a in range(0, len(histories), _BLOCK):
        block, own = histories.block(a, min(a + _BLOCK, len(histories))), wanted[a : a + _BLOCK]
        said = model.told(block)
        inside = pooled(said[:-1], block, pool)
        inside &= inside[np.arange(len(block)), own][:, None]
        rows, columns = np.nonzero(inside)
        owners.append(rows + a)
        told.append(said[:, rows, columns].T)
        chosen.append(columns == own[rows])
    if not sum(map(len, owners)):
        raise BadInput("no part found anything of what was hidden: fusing needs more data")
    return choice_weights(np.concatenate(told), np.concatenate(owners), np.concatenate(chosen))


def _popularity(interactions: Interactions) -> np.ndarray:
    return np.log1p(np.bincount(interactions.items, minlength=interactions.n_items))
