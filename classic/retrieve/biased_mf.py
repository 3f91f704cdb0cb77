"""Biased matrix factorization of stars (Koren, Bell & Volinsky, Computer 2009)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.retrieve.rating import NetRatings, ProductNet, fit_ratings, rating_batches
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent


@dataclass(frozen=True)
class BiasedMfConfig:
    """`l2` is lambda of eq. 5, paid at every rating."""

    dimensions: int = 64
    l2: float = 0.05
    batch_size: int = 256
    training: TrainConfig = field(default_factory=TrainConfig)


class BiasedMf(ProductNet):
    """r = mu + b_i + b_u + q_i . p_u (eq. 4)."""

    def __init__(self, n_users: int, n_items: int, mean: float, dimensions: int) -> None:
        super().__init__()
        self.mean = mean
        self.p, self.q = nn.Embedding(n_users, dimensions), nn.Embedding(n_items, dimensions)
        self.b_user, self.b_item = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        for table in (self.p, self.q):
            nn.init.normal_(table.weight, std=0.1 * dimensions**-0.5)
        for table in (self.b_user, self.b_item):
            nn.init.zeros_(table.weight)

    def forward(self, users: Tensor, items: Tensor, days: Tensor) -> Tensor:  # [b] -> [b]
        biases = self.mean + self.b_user(users) + self.b_item(items)
        return biases[:, 0] + (self.p(users) * self.q(items)).sum(dim=1)

    def size(self, users: Tensor, items: Tensor) -> Tensor:
        """float [b]: b_i^2 + b_u^2 + |q_i|^2 + |p_u|^2, what lambda is multiplied with."""
        tables = ((self.p, users), (self.q, items), (self.b_user, users), (self.b_item, items))
        squares = [table(rows).square().sum(dim=1) for table, rows in tables]
        return torch.stack(squares).sum(dim=0)

    def items(self) -> tuple[Tensor, Tensor]:
        return self.mean + self.b_item.weight[:, 0], self.q.weight


def fit_biased_mf(
    ratings: Interactions,
    config: BiasedMfConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> NetRatings:
    """Minimises eq. 5 over the ratings, by SGD or Adam as `training.optimizer` says."""
    config = config or BiasedMfConfig()
    batches = rating_batches(ratings, config.batch_size)
    assert ratings.ratings is not None
    mean = float(ratings.ratings.mean())

    def loss(net: BiasedMf, batch: tuple[Tensor, ...]) -> Tensor:
        users, items, days, stars = batch
        errors = (stars - net(users, items, days)).square()
        return (errors + config.l2 * net.size(users, items)).sum()

    return fit_ratings(
        "biased-mf",
        ratings,
        lambda: BiasedMf(ratings.n_users, ratings.n_items, mean, config.dimensions),
        batches,
        loss,
        config.l2,
        config.training,
        watch,
        say,
    )
