"""Drawing what a user has not met, for losses that compare it with what was."""

import numpy as np

from classic.data.interactions import Interactions
from classic.errors import BadInput

_TRIES = 20


class Unmet:
    """Items drawn evenly from those that a user has not met in the interactions."""

    def __init__(self, interactions: Interactions) -> None:
        if not len(interactions):
            raise BadInput("there are no interactions to learn from")
        self.n_items = interactions.n_items
        # One number for each pair, sorted: looking a million up takes a tenth of a second.
        pairs = interactions.users.astype(np.int64) * self.n_items + interactions.items
        self._met = np.unique(pairs)

    def draw(self, users: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """int64 [len(users), n]. Who has met (almost) everything gets what was drawn last."""
        drawn = rng.integers(0, self.n_items, (len(users), n))
        for _ in range(_TRIES):
            again = self._is_met(users[:, None] * self.n_items + drawn)
            if not again.any():
                break
            drawn[again] = rng.integers(0, self.n_items, int(again.sum()))
        return drawn

    def _is_met(self, pairs: np.ndarray) -> np.ndarray:
        at = np.searchsorted(self._met, pairs)
        return self._met[np.minimum(at, len(self._met) - 1)] == pairs
