"""BPR: what was met before what was not (Rendle et al., UAI 2009)."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from classic.data.interactions import Interactions
from classic.train.loop import Batches, rng_of
from classic.train.negatives import Unmet
from classic.train.processes import batches_of, own_draws


def bpr_batches(interactions: Interactions, batch_size: int) -> Batches:
    """Every interaction once an epoch: users, items met, items not met, each int64 [b]."""
    unmet = Unmet(interactions)

    def draw(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        order = rng.permutation(len(interactions))
        rng = own_draws(rng)
        for rows in batches_of(order, batch_size):
            users = interactions.users[rows].astype(np.int64)
            others = unmet.draw(users, 1, rng)[:, 0]
            parts = (users, interactions.items[rows].astype(np.int64), others)
            yield tuple(torch.from_numpy(part) for part in parts)

    return draw


def bpr(met: Tensor, unmet: Tensor) -> Tensor:
    """-log sigmoid of the difference of the scores [b], on average."""
    return functional.softplus(unmet - met).mean()
