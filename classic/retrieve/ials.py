"""iALS: implicit matrix factorization by alternating least squares (Hu, Koren & Volinsky, ICDM
2008), with the frequency-scaled regularisation of Rendle et al. (RecSys 2022)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import sparse

from classic.data.histories import Histories
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import Recommender
from classic.threads import side_by_side

_NUMBERS_AT_ONCE = 2**19
"""What is multiplied at once stays in the cache."""
_POWERS = 2


@dataclass(frozen=True)
class IalsConfig:
    """`unobserved` is alpha_0, the weight of what was not met; `nu` scales regularisation by
    frequency: lambda (n + alpha_0 N)^nu."""

    dimensions: int = 32
    epochs: int = 12
    unobserved: float = 0.1
    regularisation: float = 0.02
    nu: float = 1.0
    seed: int = 0


@dataclass(eq=False)
class Ials(Recommender):
    """`factors` is float64 [n_items, d]."""

    item_ids: tuple[str, ...]
    factors: np.ndarray
    config: IalsConfig
    name: str = "ials"

    def fold_in(self, history: History) -> np.ndarray:
        return self.factors @ self.represent(history)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        factors = self.factors.astype(np.float32)
        return (project(histories.matrix, factors, self.config) @ factors.T).astype(np.float64)

    def represent(self, history: History) -> np.ndarray:
        """float64 [d]: the vector of a person, solved exactly as a training row is."""
        rows, weights = self.known(history)
        ratings = sparse.csr_matrix(
            (weights, (np.zeros(len(rows), dtype=np.int64), rows)), shape=(1, len(self.factors))
        )
        return project(ratings, self.factors, self.config)[0]

    def contributions(self, history: History) -> np.ndarray:
        """Hu et al. 2008, section 5: x = sum over the history of A^-1 w y, so the score splits."""
        rows, weights = self.known(history)
        parts = np.zeros((len(history), len(self.item_ids)))
        if not len(rows):
            return parts
        met, config = self.factors[rows], self.config
        system = config.unobserved * self.factors.T @ self.factors + met.T @ met
        system[np.diag_indices_from(system)] += _ridge(len(met), len(self.factors), config)
        pulls = np.linalg.solve(system, (met * weights[:, None]).T)
        places = [n for n, i in enumerate(history.item_ids) if i in self._rows]
        parts[places] = (self.factors @ pulls).T
        return parts


def fit_ials(interactions: Interactions, config: IalsConfig | None = None) -> Ials:
    """Alternates between users and items; every half-step is `project`, in single precision."""
    config = config or IalsConfig()
    x = interactions.matrix
    by_item = x.T.tocsr()
    rng = np.random.default_rng(config.seed)
    noise = np.empty((interactions.n_items, config.dimensions), dtype=np.float32)
    # By the order of their ids, so that the same items in another order start alike.
    noise[np.argsort(interactions.item_ids)] = rng.normal(size=noise.shape)
    items = _range_of(x, by_item, noise)
    for _ in range(config.epochs):
        users = project(x, items, config)
        items = project(by_item, users, config)
    return Ials(interactions.item_ids, items.astype(np.float64), config)


def _range_of(x: sparse.csr_matrix, by_item: sparse.csr_matrix, noise: np.ndarray) -> np.ndarray:
    """float32 [n_items, d]: an orthonormal basis of most of what X'X reaches (Halko, Martinsson &
    Tropp, SIAM Review 2011, algorithm 4.4). Two epochs from there come near six from noise."""
    basis = noise
    for _ in range(_POWERS):
        basis, _ = np.linalg.qr(by_item @ (x @ basis))
    # Fewer items than dimensions leave the others unused.
    return np.pad(basis, ((0, 0), (0, noise.shape[1] - basis.shape[1])))


def project(
    ratings: sparse.csr_matrix,
    fixed: np.ndarray,
    config: IalsConfig,
    expected: np.ndarray | None = None,
    tie: float = 0.0,
) -> np.ndarray:
    """[n_rows, d] in the precision of `fixed`, [n, d]: for each row the vector that minimises the
    loss with the other side fixed. One function for training rows and for people who come later. A
    row is also pulled to what is `expected` of it ([n_rows, d], zeros when left out), `tie` times
    the square of how far it is; a row that met nothing is just that.

    Each row solves (alpha_0 Y'Y + sum over the met of y y' + lambda (n + alpha_0 N)^nu I) x =
    sum over the met of w y, N the number of rows of Y.
    """
    shape = (ratings.shape[0], fixed.shape[1])
    solved = np.zeros(shape, fixed.dtype) if expected is None else expected.astype(fixed.dtype)
    everybody = config.unobserved * (fixed.T @ fixed)
    # What a short row is filled up with adds nothing.
    y = np.concatenate([fixed, np.zeros((1, shape[1]), fixed.dtype)])
    blocks = _alike(np.diff(ratings.indptr), _NUMBERS_AT_ONCE // shape[1])

    def solve(numbers: np.ndarray) -> None:
        for rows in (blocks[number] for number in numbers):
            places, weights = _filled(ratings, rows)
            met = np.take(y, places, axis=0)  # [b, l, d]
            system = met.transpose(0, 2, 1) @ met + everybody
            n_met = (places < len(fixed)).sum(axis=1)
            diagonal = np.einsum("bii->bi", system)
            diagonal += (tie + _ridge(n_met, len(fixed), config))[:, None]
            wanted = (weights.astype(fixed.dtype)[:, None, :] @ met)[:, 0] + tie * solved[rows]
            # torch's, which lets the other threads go on.
            half = torch.linalg.cholesky(torch.from_numpy(system))
            found = torch.cholesky_solve(torch.from_numpy(wanted)[..., None], half)
            solved[rows] = found[..., 0].numpy()

    side_by_side(solve, np.arange(len(blocks)))
    return solved


def _alike(lengths: np.ndarray, entries_at_once: int) -> list[np.ndarray]:
    """Blocks of int64 rows that met about equally much, those that met nothing left out."""
    order = np.argsort(lengths, kind="stable")[np.count_nonzero(lengths == 0) :]
    blocks = []
    while len(order):
        cut = max(0, len(order) - max(1, entries_at_once // int(lengths[order[-1]])))
        blocks.append(order[cut:])
        order = order[:cut]
    return blocks


def _filled(ratings: sparse.csr_matrix, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int64 [b, l], float [b, l]): what each row met, filled up with the number of columns, and
    by how much, filled up with zeros."""
    lengths = np.diff(ratings.indptr)[rows, None]
    place = np.arange(lengths.max())
    inside = place < lengths
    entries = np.where(inside, ratings.indptr[rows, None] + place, 0)
    met = np.where(inside, ratings.indices[entries], ratings.shape[1])
    return met, np.where(inside, ratings.data[entries], 0.0)


def _ridge(n_met: Any, n_fixed: int, config: IalsConfig) -> Any:
    """lambda (n + alpha_0 N)^nu, of a number or of many."""
    return config.regularisation * (n_met + config.unobserved * n_fixed) ** config.nu
