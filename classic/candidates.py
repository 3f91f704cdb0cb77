"""`Candidates`: an ordered list of item ids with scores and where each score came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classic.errors import BadInput


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items best first. `sources[j]` splits `scores[j]` into its additive parts by name.

    `scores` is float64 [n], not increasing unless a re-ranker chose the order.
    """

    item_ids: tuple[str, ...] = ()
    scores: np.ndarray = field(default_factory=lambda: np.empty(0))
    sources: tuple[Mapping[str, float], ...] = ()

    def __post_init__(self) -> None:
        if not len(self.item_ids) == len(self.scores) == len(self.sources):
            raise BadInput("candidates need one score and one source map for each item")
        if len(set(self.item_ids)) != len(self.item_ids):
            raise BadInput("candidates name an item twice")

    def __len__(self) -> int:
        return len(self.item_ids)

    def take(self, order: Sequence[int] | np.ndarray) -> "Candidates":
        """The candidates at these places, in this order."""
        return Candidates(
            tuple(self.item_ids[j] for j in order),
            self.scores[np.asarray(order, dtype=np.int64)],
            tuple(self.sources[j] for j in order),
        )
