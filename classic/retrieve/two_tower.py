"""Two towers, DSSM's shape (Huang et al., CIKM 2013), trained on in-batch negatives corrected for
how often they come (Yi et al., RecSys 2019)."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.interactions import Interactions
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import InBatchSoftmax


@dataclass(frozen=True)
class TwoTowerConfig:
    """`corrected` is the logQ correction; `anonymous` the share of items whose id is hidden while
    training, so that the fields of an item that nobody met yet can speak for it."""

    dimensions: int = 64
    hidden: int = 128
    length: int = 100
    dropout: float = 0.1
    temperature: float = 0.07
    corrected: bool = True
    anonymous: float = 0.1
    batch_size: int = 128
    training: TrainConfig = field(default_factory=TrainConfig)


class TwoTower(SequenceNet):
    """cos(u, v): u = MLP(mean of the items met so far), v = MLP(id + W fields). `features` is float
    [n_items, f], or `None` where items are ids alone."""

    features: Tensor

    def __init__(self, n_items: int, features: np.ndarray | None, config: TwoTowerConfig) -> None:
        d, wide = config.dimensions, config.hidden
        super().__init__(n_items, d)
        self.anonymous = config.anonymous
        known = np.zeros((n_items, 0)) if features is None else features
        padded = np.concatenate([known, np.zeros((1, known.shape[1]))])
        self.register_buffer("features", torch.from_numpy(padded).float())
        self.of_fields = nn.Linear(known.shape[1], d, bias=False) if known.shape[1] else None
        self.user_tower, self.item_tower = (
            nn.Sequential(
                nn.Linear(d, wide), nn.ReLU(), nn.Dropout(config.dropout), nn.Linear(wide, d)
            )
            for _ in range(2)
        )

    def inputs(self) -> Tensor:
        """float [n_items + 1, d]: what both towers read of each item."""
        ids = self.item.weight
        if self.of_fields is None:
            return ids
        if self.training:
            hidden = torch.rand(len(ids), 1, device=ids.device) < self.anonymous
            ids = ids.masked_fill(hidden, 0.0)
        both: Tensor = ids + self.of_fields(self.features)
        return both

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        met = functional.embedding(items, self.inputs()).cumsum(dim=1)
        so_far = torch.arange(1, items.shape[1] + 1, device=items.device)[:, None]
        return functional.normalize(self.user_tower(met / so_far), dim=2)

    def items(self) -> Tensor:
        return functional.normalize(self.item_tower(self.inputs()[: self.n_items]), dim=1)


def fit_two_tower(
    interactions: Interactions,
    config: TwoTowerConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
    features: np.ndarray | None = None,
) -> SequenceRecommender:
    """Every item is asked for from the mean of what was met before it."""
    config = config or TwoTowerConfig()
    counts = np.bincount(interactions.items, minlength=interactions.n_items)
    log_q = torch.from_numpy(np.log(np.maximum(counts, 1) / max(len(interactions), 1))).float()
    loss = InBatchSoftmax(config.temperature, log_q if config.corrected else None)

    def build(n_items: int) -> TwoTower:
        net = TwoTower(n_items, features, config)
        if features is not None:
            # An id that nothing was learned of says nothing.
            net.item.weight.data[:n_items][torch.from_numpy(counts == 0)] = 0.0
        return net

    return fit_sequence("two-tower", interactions, build, config, loss, watch, say)
