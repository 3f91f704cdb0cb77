"""Caser: convolutions over the last few items (Tang & Wang, WSDM 2018), at every place at once.

Its user vector, which no new person has, is left out: what came before speaks for the person.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import FullSoftmax, Loss


@dataclass(frozen=True)
class CaserConfig:
    """`window` is L, the last items that are looked at; `horizontal` and `vertical` the numbers of
    filters, the horizontal ones for each height from 1 to L."""

    dimensions: int = 64
    window: int = 8
    horizontal: int = 16
    vertical: int = 8
    length: int = 100
    dropout: float = 0.3
    batch_size: int = 128
    loss: Loss = field(default_factory=FullSoftmax)
    training: TrainConfig = field(default_factory=TrainConfig)


class Caser(SequenceNet):
    """E is the image of the last L items [L, d]: horizontal filters slide over its rows and keep
    their highest value (eq. 4-6), vertical ones are weighted sums of its rows (eq. 7-8)."""

    def __init__(self, n_items: int, config: CaserConfig) -> None:
        d, n = config.dimensions, config.window
        super().__init__(n_items, d)
        self.window = n
        self.horizontal = nn.ModuleList(
            nn.Conv1d(d, config.horizontal, height) for height in range(1, n + 1)
        )
        self.vertical = nn.Linear(n, config.vertical, bias=False)
        self.out = nn.Linear(config.horizontal * n + config.vertical * d, d)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        b, length = items.shape
        before = items.new_full((b, self.window - 1), self.n_items)
        x = self.item(torch.cat([before, items], dim=1)).transpose(1, 2)  # [b, d, l + L - 1]
        seen = []
        for height, filters in enumerate(self.horizontal, start=1):
            slid = torch.relu(filters(x))  # [b, horizontal, l + L - height]
            highest = slid.unfold(2, self.window - height + 1, 1).amax(dim=3)
            seen.append(highest[:, :, :length].transpose(1, 2))  # [b, l, horizontal]
        images = x.unfold(2, self.window, 1)  # [b, d, l, L]
        summed = self.vertical(images).permute(0, 2, 1, 3).reshape(b, length, -1)
        out: Tensor = self.out(self.drop(torch.cat([*seen, summed], dim=2)))
        return out


def fit_caser(
    interactions: Interactions,
    config: CaserConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> SequenceRecommender:
    config = config or CaserConfig()
    return fit_sequence(
        "caser", interactions, lambda n: Caser(n, config), config, config.loss, watch, say
    )
