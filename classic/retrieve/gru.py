"""GRU4Rec (Hidasi et al., ICLR 2016) or its LSTM twin, over whole histories instead of sessions."""

from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import FullSoftmax, Loss

Cell = Literal["gru", "lstm"]


@dataclass(frozen=True)
class GruConfig:
    cell: Cell = "gru"
    dimensions: int = 128
    layers: int = 1
    length: int = 100
    dropout: float = 0.3
    batch_size: int = 128
    loss: Loss = field(default_factory=FullSoftmax)
    training: TrainConfig = field(default_factory=TrainConfig)


class Gru(SequenceNet):
    """h_t = GRU(x_t, h_(t-1)); what may come after t is a linear view of h_t."""

    def __init__(self, n_items: int, config: GruConfig) -> None:
        d = config.dimensions
        super().__init__(n_items, d)
        recurrent = nn.GRU if config.cell == "gru" else nn.LSTM
        self.cell = recurrent(d, d, config.layers, batch_first=True)
        self.out, self.drop = nn.Linear(d, d), nn.Dropout(config.dropout)

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        states, _ = self.cell(self.drop(self.item(items)))
        out: Tensor = self.out(self.drop(states))
        return out


def fit_gru(
    interactions: Interactions,
    config: GruConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> SequenceRecommender:
    config = config or GruConfig()
    return fit_sequence(
        config.cell, interactions, lambda n: Gru(n, config), config, config.loss, watch, say
    )
