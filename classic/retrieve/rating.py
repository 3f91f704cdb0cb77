"""What models of stars share: a prediction for each pair, and a person who comes later."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.retrieve.recommender import Recommender
from classic.train.loop import Say, TrainConfig, train
from classic.train.processes import own_part

_AT_ONCE = 65_536


class RatingRecommender(Recommender, ABC):
    """A recommender by stars. In a history, a weight of 1 is a star above what everybody gives."""

    @abstractmethod
    def predict(self, pairs: Interactions) -> np.ndarray:
        """float64 [n]: stars of training users for items, inside the scale."""


class RatingNet(nn.Module):
    """A net whose `forward` takes users, items (int64 [b]) and days (float [b]) and gives stars
    float [b]."""

    @abstractmethod
    def newcomer(self, rows: Tensor, weights: Tensor, l2: float) -> Tensor:
        """float [n_items]: what somebody gives who gave the items `rows` so many stars more than
        everybody does."""


class ProductNet(RatingNet):
    """In its view of items, `items()`, a score is a product with a person's vector."""

    @abstractmethod
    def items(self) -> tuple[Tensor, Tensor]:
        """(what everybody gives float [n_items], factors [n_items, d])."""

    @torch.inference_mode()
    def newcomer(self, rows: Tensor, weights: Tensor, l2: float) -> Tensor:
        """The vector of a new person is a ridge regression of their weights on the factors."""
        base, factors = (part.double() for part in self.items())
        met = factors[rows]
        system = met.T @ met + l2 * torch.eye(factors.shape[1], dtype=torch.float64)
        return base + factors @ torch.linalg.solve(system, met.T @ weights)


@dataclass(eq=False)
class NetRatings(RatingRecommender):
    """`stars` are the lowest and the highest there are; `l2` is the ridge of a fold-in,
    `epochs` how many it took."""

    name: str
    item_ids: tuple[str, ...]
    net: RatingNet
    stars: tuple[float, float]
    l2: float
    epochs: int = 0

    @torch.inference_mode()
    def predict(self, pairs: Interactions) -> np.ndarray:
        users, items, days, _ = columns_of(pairs)
        found = [
            self.net(users[a : a + _AT_ONCE], items[a : a + _AT_ONCE], days[a : a + _AT_ONCE])
            for a in range(0, len(users), _AT_ONCE)
        ]
        return np.clip(torch.cat(found).double().numpy(), *self.stars)

    def fold_in(self, history: History) -> np.ndarray:
        rows, weights = map(torch.from_numpy, self.known(history))
        return np.asarray(self.net.newcomer(rows, weights, self.l2).double().numpy())


def columns_of(pairs: Interactions) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Users, items (int64), days and stars (float32); zeros for what is not known."""
    zeros = np.zeros(len(pairs))
    times = zeros if pairs.timestamps is None else pairs.timestamps / 86_400.0
    stars = zeros if pairs.ratings is None else pairs.ratings
    return (
        torch.from_numpy(pairs.users.astype(np.int64)),
        torch.from_numpy(pairs.items.astype(np.int64)),
        torch.from_numpy(np.asarray(times, dtype=np.float32)),
        torch.from_numpy(np.asarray(stars, dtype=np.float32)),
    )


def rating_batches(
    ratings: Interactions, batch_size: int
) -> Callable[[torch.Generator], Iterator[tuple[Tensor, ...]]]:
    """Every rating once an epoch, in a new order. Raises `BadInput` where nothing is rated."""
    if ratings.ratings is None or not len(ratings):
        raise BadInput("this model learns from ratings, and the data has none")
    columns = columns_of(ratings)

    def draw(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(len(ratings), generator=generator)
        for rows in map(own_part, torch.split(order, batch_size)):
            yield tuple(column[rows] for column in columns)

    return draw


def fit_ratings(
    name: str,
    ratings: Interactions,
    build: Callable[[], Any],
    batches: Callable[[torch.Generator], Iterator[tuple[Tensor, ...]]],
    loss: Callable[[Any, tuple[Tensor, ...]], Tensor],
    l2: float,
    training: TrainConfig,
    watch: Callable[[Recommender], float] | None,
    say: Say,
) -> NetRatings:
    """Trains the net that `build()` makes."""
    torch.manual_seed(training.seed)
    net = build()
    assert ratings.ratings is not None
    stars = (float(ratings.ratings.min()), float(ratings.ratings.max()))

    def model(of: Any, epochs: int = 0) -> NetRatings:
        return NetRatings(name, ratings.item_ids, of, stars, l2, epochs)

    seen = (lambda kept: watch(model(kept))) if watch else None
    epochs = train(net, batches, lambda ready, batch: loss(ready, batch), training, seen, say)
    return model(net, epochs)
