"""SASRec: self-attention over what came before (Kang & McAuley, ICDM 2018), with norms before the
blocks and a loss over the whole catalogue."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
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


class Block(nn.Module):
    """x + Attention(norm x), then x + FFN(norm x); a place sees itself and what came before."""

    def __init__(self, d: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before_attention, self.before_ffn = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.ffn = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:  # [b, l, d] -> [b, l, d]
        b, n, d = x.shape
        parts = self.qkv(self.before_attention(x)).view(b, n, 3, self.heads, d // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each [b, h, l, d / h]
        later = q.new_full((n, n), -torch.inf).triu(1)
        # Scale and mask in the product itself: l x l numbers are the slow part of a short sequence.
        likeness = torch.baddbmm(
            later, q.flatten(0, 1), k.flatten(0, 1).mT, alpha=(d // self.heads) ** -0.5
        ).view(b, self.heads, n, n)
        seen = likeness.softmax(dim=3).to(v.dtype) @ v
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(b, n, d)))
        return x + self.drop(self.ffn(self.before_ffn(x)))


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
        x = self.drop(x)
        for block in self.blocks:
            x = block(x)
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
