"""HSTU: sequences by pointwise attention and gates, without softmax or a feed-forward part (Zhai et
al., ICML 2024), and without their time intervals, which not every data set has."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.interactions import Interactions
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import FullSoftmax, Loss


@dataclass(frozen=True)
class HstuConfig:
    dimensions: int = 64
    blocks: int = 4
    heads: int = 2
    length: int = 100
    dropout: float = 0.2
    batch_size: int = 128
    loss: Loss = field(default_factory=FullSoftmax)
    training: TrainConfig = field(default_factory=TrainConfig)


class Block(nn.Module):
    """U, V, Q, K = silu(f1(norm x)); x + f2(norm(A V) * U) with A = silu(Q K' + distance) / l
    (eq. 1-3); `distance` is a learned number for each head and each number of steps back."""

    def __init__(self, d: int, heads: int, length: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.after = nn.LayerNorm(d), nn.LayerNorm(d)
        self.uvqk, self.out = nn.Linear(d, 4 * d), nn.Linear(d, d)
        self.distance = nn.Parameter(torch.zeros(heads, length))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:  # [b, l, d] -> [b, l, d]
        b, n, d = x.shape
        u, v, q, k = functional.silu(self.uvqk(self.before(x))).chunk(4, dim=2)
        v, q, k = (t.view(b, n, self.heads, -1).transpose(1, 2) for t in (v, q, k))
        back = torch.arange(n, device=x.device)[:, None] - torch.arange(n, device=x.device)
        likeness = q @ k.transpose(2, 3) + self.distance[:, back.clamp(min=0)].to(q.dtype)
        seen = functional.silu(likeness).masked_fill(back < 0, 0.0) @ v / self.distance.shape[1]
        seen = seen.transpose(1, 2).reshape(b, n, d)
        return x + self.drop(self.out(self.after(seen) * u))


class Hstu(SequenceNet):
    def __init__(self, n_items: int, config: HstuConfig) -> None:
        d = config.dimensions
        super().__init__(n_items, d)
        self.place = nn.Embedding(config.length, d)
        nn.init.normal_(self.place.weight, std=d**-0.5)
        self.blocks = nn.ModuleList(
            Block(d, config.heads, config.length, config.dropout) for _ in range(config.blocks)
        )
        self.norm, self.drop = nn.LayerNorm(d), nn.Dropout(config.dropout)

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        x = self.item(items) + self.place.weight[: items.shape[1]]
        x = self.drop(x)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.norm(x)
        return out


def fit_hstu(
    interactions: Interactions,
    config: HstuConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> SequenceRecommender:
    config = config or HstuConfig()
    return fit_sequence(
        "hstu", interactions, lambda n: Hstu(n, config), config, config.loss, watch, say
    )
