"""Hybrids of whole models: weighted, switching and stacked (Burke, UMUAI 2002)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from classic.data.histories import Histories, histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.metrics import top_items
from classic.retrieve.recommender import BatchRecommender, Recommender

Fit = Callable[[Interactions], Recommender]


class Blend(BatchRecommender):
    """What hybrids share: parts over the same items, and a history as a batch of one."""

    parts: tuple[Recommender, ...]

    def standard(self, histories: Histories) -> np.ndarray:
        """float64 [parts, n, n_items]: each part's scores with mean 0 and deviation 1 by person, so
        that they can be added."""
        return np.stack([standardised(part.fold_in_rows(histories)) for part in self.parts])


def standardised(scores: np.ndarray) -> np.ndarray:
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-12))


@dataclass(eq=False)
class Weighted(Blend):
    """sum of weight times standardised score. `epochs` is how many its parts took, where they took
    any."""

    item_ids: tuple[str, ...]
    parts: tuple[Recommender, ...]
    weights: tuple[float, ...]
    name: str = "weighted"
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return np.tensordot(np.array(self.weights), self.standard(histories), axes=1)


@dataclass(eq=False)
class Switching(Blend):
    """`warm` speaks, but `cold` does for people with fewer than `enough` known items, and for the
    items that nobody had met in training (`met` bool [n_items])."""

    item_ids: tuple[str, ...]
    parts: tuple[Recommender, Recommender]
    met: np.ndarray
    enough: int = 3
    name: str = "switching"

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        warm, cold = self.standard(histories)
        new = histories.lengths < self.enough
        return np.where(new[:, None] | ~self.met[None, :], cold, warm)


@dataclass(frozen=True)
class StackConfig:
    """The ranker learns to order the `pool` best of each part for `people` held-out people, one
    `share` of whose items is hidden."""

    pool: int = 100
    people: int = 2000
    share: float = 0.2
    trees: int = 200
    leaves: int = 15
    learning_rate: float = 0.05
    seed: int = 0


@dataclass(eq=False)
class Stacked(Blend):
    """A gradient-boosted ranker over what each part says (LightGBM, LambdaRank); `model` is its
    text. What no part has in its pool stays below it, by the mean of the parts."""

    item_ids: tuple[str, ...]
    parts: tuple[Recommender, ...]
    popularity: np.ndarray
    model: str
    pool: int
    name: str = "stacked"

    def __post_init__(self) -> None:
        import lightgbm

        self._trees: Any = lightgbm.Booster(model_str=self.model)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        said = self.standard(histories)
        found = said.mean(axis=0)
        rows, columns = np.nonzero(pooled(said, histories, self.pool))
        above = found.max(axis=1)[rows] + 1.0
        told = features(said, self.popularity, histories.lengths, rows, columns)
        ranked = self._trees.predict(told, num_threads=0)
        # Trees have a scale of their own; from their least on, they stand above everything else.
        found[rows, columns] = above + ranked - self._trees.lower_bound()
        return np.asarray(found)


def fit_stacked(
    interactions: Interactions, fits: tuple[Fit, ...], config: StackConfig | None = None
) -> Stacked:
    """The parts are fitted without some of the people's items, the ranker learns to find those, and
    the parts are fitted again with everything."""
    import lightgbm

    config = config or StackConfig()
    rng = np.random.default_rng(config.seed)
    own = [rows for rows in interactions.by_user() if len(rows) >= 5]
    if not own:
        raise BadInput("stacking needs people with at least five items")
    chosen = [own[n] for n in rng.permutation(len(own))[: config.people]]
    out = np.concatenate([rng.permutation(r)[: max(1, int(config.share * len(r)))] for r in chosen])
    kept = np.ones(len(interactions), dtype=bool)
    kept[out] = False
    inside = interactions.select(kept)
    who = np.unique(interactions.users[out])
    histories = histories_of(inside).take(who)
    hidden = interactions.select(np.sort(out)).matrix[who]
    said = np.stack([standardised(fit(inside).fold_in_rows(histories)) for fit in fits])
    rows, columns = np.nonzero(pooled(said, histories, config.pool))
    popularity = np.log1p(np.bincount(inside.items, minlength=inside.n_items))
    told = features(said, popularity, histories.lengths, rows, columns)
    wanted = np.asarray(sparse.csr_matrix(hidden)[rows, columns]).ravel()
    ranker = lightgbm.train(
        {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 30,
            "num_leaves": config.leaves,
            "learning_rate": config.learning_rate,
            "min_data_in_leaf": 50,
            "seed": config.seed,
            "deterministic": True,
            "verbose": -1,
        },
        lightgbm.Dataset(told, wanted, group=np.bincount(rows, minlength=len(who))),
        num_boost_round=config.trees,
    )
    return Stacked(
        interactions.item_ids,
        tuple(fit(interactions) for fit in fits),
        np.log1p(np.bincount(interactions.items, minlength=interactions.n_items)),
        ranker.model_to_string(),
        config.pool,
    )


def features(
    said: np.ndarray,
    popularity: np.ndarray,
    lengths: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
) -> np.ndarray:
    """float64 [n, parts + 2] of (person, item) pairs: what each part says, how popular the item is
    and how much the person has met."""
    return np.column_stack([*said[:, rows, columns], popularity[columns], lengths[rows]])


def pooled(said: np.ndarray, histories: Histories, pool: int) -> np.ndarray:
    """bool [n, n_items]: what any part has among its best, of what was not met yet."""
    inside = np.zeros_like(said[0], dtype=bool)
    pool = min(pool, inside.shape[1])
    for scores in said:
        top = top_items(scores, histories.matrix, pool)
        np.put_along_axis(inside, top, True, axis=1)
    return inside & (histories.matrix.toarray() == 0)
