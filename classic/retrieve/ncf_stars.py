"""Neural collaborative filtering of stars: NeuMF (He et al., WWW 2017) under a squared error."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from classic.data.interactions import Interactions
from classic.retrieve.ncf import Ncf, NcfConfig
from classic.retrieve.rating import NetRatings, RatingNet, fit_ratings, rating_batches
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent


@dataclass(frozen=True)
class NcfStarsConfig:
    """`layers` are the widths of the tower; `l2` is paid by the vectors at every rating, and
    `fold_in_steps` find a new person's."""

    dimensions: int = 32
    layers: tuple[int, ...] = (64, 32, 16)
    l2: float = 0.05
    dropout: float = 0.0
    batch_size: int = 256
    fold_in_steps: int = 60
    training: TrainConfig = field(default_factory=TrainConfig)


class NcfStars(RatingNet):
    """r = mu + NeuMF(u, i), whose biases are those of the person and of the item."""

    def __init__(self, n_users: int, n_items: int, mean: float, config: NcfStarsConfig) -> None:
        super().__init__()
        self.mean, self.steps = mean, config.fold_in_steps
        shape = NcfConfig("neumf", config.dimensions, config.layers, dropout=config.dropout)
        self.ncf = Ncf(n_users, n_items, shape)

    def forward(self, users: Tensor, items: Tensor, days: Tensor) -> Tensor:  # [b] -> [b]
        return self._of(self.ncf.user(users), self.ncf.item(items)[:, None])[:, 0]

    def _of(self, people: Tensor, items: Tensor) -> Tensor:  # [b, w], [b or 1, n, w] -> [b, n]
        stars: Tensor = self.mean + self.ncf(people, items)
        return stars

    def size(self, users: Tensor, items: Tensor) -> Tensor:
        """float [b]: |p|^2 + |q|^2, biases with them."""
        both = (self.ncf.user(users), self.ncf.item(items))
        return torch.stack([part.square().sum(dim=1) for part in both]).sum(dim=0)

    def newcomer(self, rows: Tensor, weights: Tensor, l2: float) -> Tensor:
        """Their vector minimises the loss of training on what they gave, the net being fixed; it
        starts from everybody's mean."""
        items = self.ncf.item.weight.detach()[None]
        person = self.ncf.user.weight.detach().mean(dim=0, keepdim=True)
        with torch.no_grad():
            wanted = self._of(person, items)[:, rows] + weights.float()
        person = person.clone().requires_grad_()
        optimizer = torch.optim.Adam([person], lr=0.05)
        for _ in range(self.steps if len(rows) else 0):
            missed = (wanted - self._of(person, items[:, rows])).square().sum()
            value = missed + l2 * len(rows) * person.square().sum()
            person.grad = torch.autograd.grad(value, person)[0]
            optimizer.step()
        return self._of(person, items)[0].detach()


def fit_ncf_stars(
    ratings: Interactions,
    config: NcfStarsConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> NetRatings:
    """Minimises the squared error plus `l2` times the size of both vectors."""
    config = config or NcfStarsConfig()
    batches = rating_batches(ratings, config.batch_size)
    assert ratings.ratings is not None
    mean = float(ratings.ratings.mean())

    def loss(net: NcfStars, batch: tuple[Tensor, ...]) -> Tensor:
        users, items, days, stars = batch
        errors = (stars - net(users, items, days)).square()
        return (errors + config.l2 * net.size(users, items)).sum()

    return fit_ratings(
        "ncf-stars",
        ratings,
        lambda: NcfStars(ratings.n_users, ratings.n_items, mean, config),
        batches,
        loss,
        config.l2,
        config.training,
        watch,
        say,
    )
