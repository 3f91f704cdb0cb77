"""`FullRanking`: what was held out, ranked among the whole catalogue.

Metrics carry the protocol in their names: `ndcg@10/full` where items that the person already met
leave the list, `ndcg@10/full+seen` where they stay in it. Neither shares a table with the other,
nor with rankings among sampled negatives.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from classic.data.histories import Histories, histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.metrics import (
    average_precision,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
    sparse_hits,
)
from classic.retrieve.recommender import Recommender


@dataclass(frozen=True, eq=False)
class FullRanking:
    """A model fitted on `train` is given `given` and asked for `held_out` (bool CSR
    [n_users, n_items], in the rows of `train.item_ids`). What stands in `out` (bool CSR alike)
    leaves the lists: what was given, unless something else is said. `users` int64 [n_users] are
    the rows of `train.user_ids` of those who are asked; a model meets anybody for the first time
    where it is not told."""

    train: Interactions
    given: Histories
    held_out: sparse.csr_matrix
    users: np.ndarray | None = None
    filter_seen: bool = True
    out: sparse.csr_matrix | None = None
    label: str = "full"

    @classmethod
    def of_known(
        cls,
        train: Interactions,
        held_out: sparse.csr_matrix,
        out: sparse.csr_matrix | None = None,
        label: str = "full",
    ) -> "FullRanking":
        """Everybody who trains is asked, and shows what trains."""
        users = np.arange(train.n_users)
        return cls(train, histories_of(train), held_out, users, out=out, label=label)

    def ranked(self, model: Recommender, k: int) -> np.ndarray:
        """int64 [n_users, k]: the best items of everybody."""
        out = self.out if self.filter_seen else sparse.csr_matrix(self.held_out.shape, dtype=bool)
        return model.recommend_rows(self.given, k, out, self.users)

    @property
    def asked(self) -> np.ndarray:
        """int64: the users that something is held out of, in whose order metrics are."""
        return np.flatnonzero(np.diff(self.held_out.indptr))

    def metrics(self, model: Recommender, k: int = 10) -> dict[str, np.ndarray]:
        """Per user, float64 [n_asked], by name; users with nothing held out are left out."""
        return self.judged(self.ranked(model, k), k)

    def judged(self, top: np.ndarray, k: int) -> dict[str, np.ndarray]:
        """`metrics` of lists, int64 [n_users, <= k], whoever made them."""
        wanted = np.diff(self.held_out.indptr)[self.asked]
        hit = sparse_hits(top, self.held_out)[self.asked]
        found = {
            "hr": hit_rate(hit),
            "precision": precision(hit),
            "recall": recall(hit, wanted),
            "ndcg": ndcg(hit, wanted),
            "mrr": reciprocal_rank(hit),
            "map": average_precision(hit, wanted),
        }
        return {f"{name}@{k}/{self.label}": values for name, values in found.items()}

    def of_asked(self) -> "FullRanking":
        """The same, without the people that nothing is asked of."""
        out = self.out if self.out is None else self.out[self.asked]
        users = self.users if self.users is None else self.users[self.asked]
        given, held_out = self.given.take(self.asked), self.held_out[self.asked]
        return replace(self, given=given, held_out=held_out, users=users, out=out)

    def with_seen(self) -> "FullRanking":
        """The same question, where items that the person already met stay in the list."""
        return replace(self, filter_seen=False, label=f"{self.label}+seen")


def leave_last_out(interactions: Interactions, before: int = 0) -> FullRanking:
    """Each user's last interaction is held out; `before` more at the end are not shown to anybody,
    so that `before=1` is the validation of leave-last-two. Users with too few of them only train.
    It looks across time: what some users did late trains what others are asked early, as in
    everything published on it. Raises `BadInput` when nobody has enough."""
    own = [rows for rows in interactions.by_user() if len(rows)]
    asked = [rows for rows in own if len(rows) >= before + 2]
    if not asked:
        raise BadInput(f"leaving {before + 1} out needs users with at least {before + 2} items")
    # Who has too few is not asked here; what later hold-outs ask of them is not shown either.
    others = [rows[: max(len(rows) - before, 1)] for rows in own if len(rows) < before + 2]
    kept = np.concatenate([*(rows[: len(rows) - 1 - before] for rows in asked), *others])
    out = np.array([rows[len(rows) - 1 - before] for rows in asked])
    train = interactions.select(np.sort(kept))
    return FullRanking.of_known(train, held_out_matrix(interactions, out))


def leave_share_out(interactions: Interactions, share: float = 0.1, seed: int = 0) -> FullRanking:
    """A random share of each user's interactions is held out, one at least, never all."""
    rng = np.random.default_rng(seed)
    own = [rows for rows in interactions.by_user() if len(rows) > 1]
    out = np.concatenate([rng.permutation(rows)[: max(1, int(share * len(rows)))] for rows in own])
    kept = np.ones(len(interactions), dtype=bool)
    kept[out] = False
    train = interactions.select(kept)
    return FullRanking.of_known(train, held_out_matrix(interactions, out))


def held_out_matrix(interactions: Interactions, rows: np.ndarray) -> sparse.csr_matrix:
    """bool CSR [n_users, n_items] of the interactions at `rows`."""
    return interactions.select(rows).matrix.astype(bool)
