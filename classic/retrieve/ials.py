"""iALS: implicit matrix factorization by alternating least squares (Hu, Koren & Volinsky, ICDM
2008), with the frequency-scaled regularisation of Rendle et al. (RecSys 2022)."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from classic.data.histories import Histories
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import Recommender


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
        return project(histories.matrix, self.factors, self.config) @ self.factors.T

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
        everybody = self.factors.T @ self.factors
        system = _system(everybody, len(self.factors), self.factors[rows], self.config)
        pulls = np.linalg.solve(system, (self.factors[rows] * weights[:, None]).T)
        places = [n for n, i in enumerate(history.item_ids) if i in self._rows]
        parts[places] = (self.factors @ pulls).T
        return parts


def fit_ials(interactions: Interactions, config: IalsConfig | None = None) -> Ials:
    """Alternates between users and items; every half-step is `project`."""
    config = config or IalsConfig()
    rng = np.random.default_rng(config.seed)
    x = interactions.matrix.astype(np.float64)
    scale = 0.1 / np.sqrt(config.dimensions)
    items = np.empty((interactions.n_items, config.dimensions))
    # By the order of their ids, so that the same items in another order start alike.
    items[np.argsort(interactions.item_ids)] = rng.normal(0.0, scale, items.shape)
    for _ in range(config.epochs):
        users = project(x, items, config)
        items = project(x.T.tocsr(), users, config)
    return Ials(interactions.item_ids, items, config)


def project(
    ratings: sparse.csr_matrix,
    fixed: np.ndarray,
    config: IalsConfig,
    expected: np.ndarray | None = None,
    tie: float = 0.0,
) -> np.ndarray:
    """float64 [n_rows, d]: for each row the vector that minimises the loss with the other side
    fixed. One function for training rows and for people who come later. A row is also pulled to
    what is `expected` of it ([n_rows, d], zeros when left out), `tie` times the square of how far
    it is; a row that met nothing is just that."""
    solved = np.zeros((ratings.shape[0], fixed.shape[1])) if expected is None else expected.copy()
    everybody = fixed.T @ fixed
    for row in range(ratings.shape[0]):
        span = slice(ratings.indptr[row], ratings.indptr[row + 1])
        met = fixed[ratings.indices[span]]
        if len(met):
            wanted = met.T @ ratings.data[span] + tie * solved[row]
            system = _system(everybody, len(fixed), met, config)
            system[np.diag_indices_from(system)] += tie
            solved[row] = linalg.solve(system, wanted, assume_a="pos", check_finite=False)
    return solved


def _system(everybody: np.ndarray, n_fixed: int, met: np.ndarray, config: IalsConfig) -> np.ndarray:
    """alpha_0 Y'Y + sum over the met of y y' + lambda (n + alpha_0 N)^nu I, with Y'Y given."""
    weight = (len(met) + config.unobserved * n_fixed) ** config.nu
    system = config.unobserved * everybody + met.T @ met
    system[np.diag_indices_from(system)] += config.regularisation * weight
    return np.asarray(system)
