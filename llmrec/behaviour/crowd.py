"""`Crowd`: the people of a data set as an encoder sees them, and what those nearest to somebody
liked in common."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Sequences

_MOST_PEOPLE = 20_000
"""Drawn evenly where there are more: they are read when first asked for."""


@dataclass(frozen=True, eq=False)
class Shared:
    """An item that `near` of those most like somebody liked, as did a share `usual` of all."""

    item_id: str
    near: int
    usual: float


@dataclass(frozen=True, eq=False)
class Crowd:
    """`likes` is float64 CSR [n, n_items], 1 for a like; `vectors` float32 [n, 2 d] of unit length,
    half where people are going and half what they met."""

    model: Ptum
    likes: sparse.csr_matrix
    vectors: np.ndarray

    @classmethod
    def of(cls, model: Ptum, interactions: Interactions) -> "Crowd":
        """Those who liked something. Times are left out, as a person in a chat tells none. Raises
        `BadInput` for people of other items than the encoder's."""
        if model.item_ids != interactions.item_ids:
            raise BadInput(
                "the behaviour encoder knows other items than these people met: pre-train it again"
            )
        likes = interactions.liked().matrix.astype(np.float64)
        able = np.flatnonzero(np.diff(likes.indptr))
        if len(able) > _MOST_PEOPLE:
            able = np.sort(np.random.default_rng(0).permutation(able)[:_MOST_PEOPLE])
        people = Sequences.of(interactions).without_times().take(able)
        return cls(model, likes[able], _unit(model.profiles(people)))

    def __len__(self) -> int:
        return len(self.vectors)

    def nearest(self, history: History, n: int) -> np.ndarray:
        """int64 [<= n]: rows of the people whose vectors have the largest cosine with this
        person's, the nearest first."""
        own = _unit(self.model.profiles_of([history]))[0]
        return np.argsort(-(self.vectors @ own), kind="stable")[:n]

    def in_common(self, rows: np.ndarray, history: History, most: int) -> tuple[Shared, ...]:
        """What several of these people liked, and tells them from all people most: n log(p / q) of
        p among them and q among all. What the history holds is left out."""
        near = np.asarray(self.likes[rows].sum(axis=0))[0]
        usual = np.asarray(self.likes.mean(axis=0))[0]
        near[self.model.known(history)[0]] = 0.0
        share = near / max(len(rows), 1)
        able = (near > 1) & (share > usual)
        telling = np.where(able, near * np.log(np.maximum(share, 1e-12) / (usual + 1e-12)), 0.0)
        best = [row for row in np.argsort(-telling, kind="stable")[:most] if able[row]]
        ids = self.model.item_ids
        return tuple(Shared(ids[r], int(near[r]), float(usual[r])) for r in best)


def _unit(profiles: np.ndarray) -> np.ndarray:
    """Both halves of equal weight."""
    halves = profiles.reshape(len(profiles), 2, -1)
    long = np.maximum(np.linalg.norm(halves, axis=2, keepdims=True), 1e-12)
    return np.asarray((halves / long / np.sqrt(2)).reshape(len(profiles), -1))
