"""SASRec: self-attention over what came before (Kang & McAuley, ICDM 2018), with norms before the
blocks and a loss over the whole catalogue."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.retrieve.attention import Block
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import FullSoftmax, Loss


@dataclass(frozen=True)
class SasRecConfig:
    dimensions: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 100
    dropout: float = 0.2
    batch_size: int = 128
    loss: Loss = field(default_factory=FullSoftmax)
    training: TrainConfig = field(default_factory=TrainConfig)


class SasRec(SequenceNet):
    def __init__(self, n_items: int, config: SasRecConfig) -> None:
        d = config.dimensions
        super().__init__(n_items, d)
        self.place = nn.Embedding(config.length, d)
        self.blocks = nn.ModuleList(
            Block(d, config.heads, config.dropout) for _ in range(config.blocks)
        )
        self.norm, self.drop = nn.LayerNorm(d), nn.Dropout(config.dropout)
        nn.init.normal_(self.place.weight, std=d**-0.5)

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        x = self.item(items) + self.place.weight[: items.shape[1]]
        x, later = self.drop(x), x.new_full((items.shape[1],) * 2, -torch.inf).triu(1)
        for block in self.blocks:
            x = block(x, later)
        return self.norm(x)


def fit_sasrec(
    interactions: Interactions,
    config: SasRecConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> SequenceRecommender:
    config = config or SasRecConfig()
    return fit_sequence(
        "sasrec", interactions, lambda n: SasRec(n, config), config, config.loss, watch, say
    )
