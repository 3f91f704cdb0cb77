"""`RatingFold`: stars that were held out, predicted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classic.data.benchmarks import whole_numbers
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.rating import RatingRecommender


@dataclass(frozen=True, eq=False)
class RatingFold:
    """`train` and `test` share their users and items."""

    train: Interactions
    test: Interactions
    label: str = "ratings"

    def metrics(self, model: RatingRecommender, k: int = 0) -> dict[str, np.ndarray]:
        """Per test rating, float64: the squared error, whose mean's root is RMSE, and the absolute
        error, whose mean is MAE."""
        assert self.test.ratings is not None
        errors = model.predict(self.test) - self.test.ratings
        return {f"rmse/{self.label}": errors**2, f"mae/{self.label}": np.abs(errors)}

    def validation(self, share: float = 0.1, seed: int = 0) -> "RatingFold":
        """The same question inside the training part: a random share of its ratings."""
        return leave_ratings_out(self.train, share, seed)


def leave_ratings_out(ratings: Interactions, share: float = 0.1, seed: int = 0) -> RatingFold:
    """A random share of the ratings is held out."""
    order = np.random.default_rng(seed).permutation(len(ratings))
    cut = int(share * len(order))
    return RatingFold(ratings.select(np.sort(order[cut:])), ratings.select(np.sort(order[:cut])))


def read_folds(folder: Path, names: tuple[tuple[str, str], ...]) -> list[RatingFold]:
    """Pairs of files with "user item stars seconds" lines. Raises `BadInput`."""
    tables = [(whole_numbers(folder / a), whole_numbers(folder / b)) for a, b in names]
    if any(table.shape[1] != 4 for pair in tables for table in pair):
        raise BadInput(f"{folder}: lines of user, item, stars, seconds are wanted")
    users = np.unique(np.concatenate([table[:, 0] for pair in tables for table in pair]))
    items = np.unique(np.concatenate([table[:, 1] for pair in tables for table in pair]))

    def interactions(table: np.ndarray) -> Interactions:
        return Interactions(
            np.searchsorted(users, table[:, 0]).astype(np.int32),
            np.searchsorted(items, table[:, 1]).astype(np.int32),
            tuple(map(str, users)),
            tuple(map(str, items)),
            table[:, 2].astype(np.float32),
            table[:, 3],
        )

    return [RatingFold(interactions(train), interactions(test)) for train, test in tables]
