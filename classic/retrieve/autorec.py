"""AutoRec: an autoencoder of an item's stars by user, or of a user's by item (Sedhain et al., WWW
2015). What is not rated enters as the item's (the user's) own mean, which is 0 here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.rating import NetRatings, ProductNet, columns_of, fit_ratings
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent
from classic.train.processes import own_part


@dataclass(frozen=True)
class AutoRecConfig:
    """`l2` is lambda of eq. 3; `batch_size` in rows; `fold_in_l2` the ridge of a new person."""

    by: Literal["item", "user"] = "item"
    hidden: int = 500
    l2: float = 0.001
    dropout: float = 0.0
    batch_size: int = 64
    fold_in_l2: float = 30.0
    training: TrainConfig = field(default_factory=TrainConfig)


class AutoRec(ProductNet):
    """h(r) = W sigmoid(V r + mu) + b (eq. 1), around the mean of each row."""

    rows: Tensor
    rated: Tensor
    means: Tensor

    def __init__(self, ratings: Interactions, config: AutoRecConfig) -> None:
        super().__init__()
        self.by = config.by
        users, items, _, stars = columns_of(ratings)
        owner, other = (items, users) if config.by == "item" else (users, items)
        n_users, n_items = ratings.n_users, ratings.n_items
        shape = (n_items, n_users) if config.by == "item" else (n_users, n_items)
        total = torch.zeros(shape[0]).index_add_(0, owner, stars)
        # Means shrunk by 5 ratings of the average, so that a row with none has one.
        means = (total + 5.0 * stars.mean()) / (torch.bincount(owner, minlength=shape[0]) + 5.0)
        rows = torch.zeros(shape).index_put_((owner, other), stars - means[owner])
        rated = torch.zeros(shape, dtype=torch.bool).index_put_((owner, other), torch.tensor(True))
        self.register_buffer("rows", rows)
        self.register_buffer("rated", rated)
        self.register_buffer("means", means)
        self.encode = nn.Linear(shape[1], config.hidden)
        self.decode = nn.Linear(config.hidden, shape[1])
        self.drop = nn.Dropout(config.dropout)

    def code(self, rows: Tensor) -> Tensor:  # [b, n] -> [b, hidden]
        return torch.sigmoid(self.encode(rows))

    def rebuilt(self, rows: Tensor) -> Tensor:  # [b, n] -> [b, n]
        out: Tensor = self.decode(self.drop(self.code(rows)))
        return out

    def forward(self, users: Tensor, items: Tensor, days: Tensor) -> Tensor:  # [b] -> [b]
        owner, other = (items, users) if self.by == "item" else (users, items)
        wanted, places = torch.unique(owner, return_inverse=True)
        return self.rebuilt(self.rows[wanted])[places, other] + self.means[owner]

    def items(self) -> tuple[Tensor, Tensor]:
        """By item, the hidden codes are the factors and a new person is one more row of W. By
        user, they are the rows of W, and what everybody gives is what an empty history gives."""
        if self.by == "item":
            codes = self.code(self.rows)
            return self.means + self.decode(codes).mean(dim=1), codes
        nobody = self.rebuilt(torch.zeros(1, self.rows.shape[1]))[0]
        return self.means.mean() + nobody, self.decode.weight


def fit_autorec(
    ratings: Interactions,
    config: AutoRecConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> NetRatings:
    """Minimises the squared error at what was rated plus l2 |W, V|^2 (eq. 3)."""
    config = config or AutoRecConfig()
    if ratings.ratings is None or not len(ratings):
        raise BadInput("this model learns from ratings, and the data has none")
    owners = np.unique(ratings.items if config.by == "item" else ratings.users).astype(np.int64)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        order = torch.from_numpy(owners)[torch.randperm(len(owners), generator=generator)]
        yield from ((own_part(rows),) for rows in torch.split(order, config.batch_size))

    def loss(net: AutoRec, batch: tuple[Tensor, ...]) -> Tensor:
        rows, rated = net.rows[batch[0]], net.rated[batch[0]]
        errors = ((net.rebuilt(rows) - rows) * rated).square().sum()
        weights = net.encode.weight.square().sum() + net.decode.weight.square().sum()
        return (errors + config.l2 * len(rows) * weights) / len(rows)

    return fit_ratings(
        f"{config.by}-autorec",
        ratings,
        lambda: AutoRec(ratings, config),
        batches,
        loss,
        config.fold_in_l2,
        config.training,
        watch,
        say,
    )
