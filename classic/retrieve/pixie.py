"""Pixie: random walks over the graph of people and items, from what was liked (Eksombatchai et al.,
WWW 2018)."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import Recommender


@dataclass(frozen=True)
class PixieConfig:
    """`steps` are shared out over the items of a history; a walk goes home with chance `restart`
    after each; it stops early when `enough_items` were visited `enough_visits` times. `walkers` go
    at once, in step."""

    steps: int = 200_000
    restart: float = 0.5
    enough_items: int = 2000
    enough_visits: int = 20
    walkers: int = 1000
    seed: int = 0


@dataclass(eq=False)
class Pixie(Recommender):
    """`people` is float64 CSR [n_users, n_items], each edge with what it weighs: where edges weigh
    unlike, by stars, walks are biased towards the heavier (section 3.1.1)."""

    item_ids: tuple[str, ...]
    people: sparse.csr_matrix
    config: PixieConfig
    name: str = "pixie"

    def __post_init__(self) -> None:
        self.items = sparse.csr_matrix(self.people.T)
        self._to_items, self._to_people = _running(self.people), _running(self.items)
        self.degrees = np.diff(self.items.indptr)

    def fold_in(self, history: History) -> np.ndarray:
        return self.boosted(history)[0]

    def contributions(self, history: History) -> np.ndarray:
        """The booster splits by itself: (sum of r)^2 = sum over q of r_q (sum of r)."""
        roots, places = self.boosted(history)[1:]
        parts = np.zeros((len(history), len(self.item_ids)))
        parts[places] = roots * roots.sum(axis=0)
        return parts

    def boosted(self, history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """V[p] = (sum over q of sqrt(V_q[p]))^2 (eq. 3), the roots [q, n_items], and the places of
        the history that they come from: those liked."""
        rows, weights = self.known(history)
        known = np.array([n for n, i in enumerate(history.item_ids) if i in self._rows], dtype=int)
        liked = (weights > 0) & (self.degrees[rows] > 0)
        rows, weights, places = rows[liked], weights[liked], known[liked]
        shares = self._shares(rows) * weights
        roots = np.zeros((len(rows), len(self.item_ids)))
        shares /= max(shares.sum(), 1e-9)
        for n, (start, share) in enumerate(zip(rows, shares, strict=True)):
            roots[n] = np.sqrt(self.visits(int(start), int(share * self.config.steps)) * share)
        return roots.sum(axis=0) ** 2, roots, places

    def _shares(self, rows: np.ndarray) -> np.ndarray:
        """s_q = |E(q)| (C - log |E(q)|) with C the largest log degree (eq. 1): many steps for who
        has many edges, but fewer than in proportion."""
        degree = self.degrees[rows].astype(np.float64)
        most = np.log(max(self.degrees.max(initial=1), 2)) + 1.0
        return np.asarray(degree * (most - np.log(np.maximum(degree, 1.0))))

    def visits(self, start: int, steps: int) -> np.ndarray:
        """float64 [n_items]: how often walks from `start` come by, as shares of all steps."""
        config, rng = self.config, np.random.default_rng((self.config.seed, self._key(start)))
        counts = np.zeros(len(self.item_ids))
        at = np.full(min(config.walkers, max(steps, 1)), start)
        walked = 0
        while walked < max(steps, 1):
            person = self._step(self.items, self._to_people, at, rng)
            at = self._step(self.people, self._to_items, person, rng)
            counts += np.bincount(at, minlength=len(counts))
            walked += len(at)
            at = np.where(rng.random(len(at)) < config.restart, start, at)
            if (counts > config.enough_visits).sum() > config.enough_items:
                break
        return counts / walked

    def _key(self, start: int) -> int:
        """A number of the item, not of its row, for a walk that does not depend on the order."""
        return int.from_bytes(self.item_ids[start].encode()[-8:], "big")

    @staticmethod
    def _step(
        edges: sparse.csr_matrix,
        running: np.ndarray | None,
        at: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """int64: a neighbour of each node, by the weights of its edges."""
        first, end = edges.indptr[at], edges.indptr[at + 1]
        if running is None:
            return edges.indices[first + (rng.random(len(at)) * (end - first)).astype(np.int64)]
        low = np.where(first > 0, running[first - 1], 0.0)
        drawn = low + rng.random(len(at)) * (running[end - 1] - low)
        return edges.indices[np.clip(np.searchsorted(running, drawn, "right"), first, end - 1)]


def _running(edges: sparse.csr_matrix) -> np.ndarray | None:
    """float64 [n_edges]: running sums of the weights, in which a draw is one look-up; none where
    all weigh alike, and a draw is a place."""
    return np.cumsum(edges.data) if edges.nnz and np.ptp(edges.data) else None


def fit_pixie(interactions: Interactions, config: PixieConfig | None = None) -> Pixie:
    """The graph itself; an edge weighs its stars where there are any."""
    people = interactions.matrix.astype(np.float64)
    if interactions.ratings is not None:
        shape = people.shape
        stars = sparse.csr_matrix(
            (interactions.ratings, (interactions.users, interactions.items)), shape=shape
        )
        people = sparse.csr_matrix(stars.maximum(people * 1e-3), dtype=np.float64)
    people.sort_indices()
    return Pixie(interactions.item_ids, people, config or PixieConfig())
