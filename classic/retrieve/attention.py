"""The transformer block that sequence models share: norms before, and no dropout of attention."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """x + Attention(norm x), then x + FFN(norm x)."""

    def __init__(self, d: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_ffn = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.ffn = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, unseen: Tensor) -> Tensor:  # [b, l, d] -> [b, l, d]
        """`unseen` is minus infinity where a place does not see another, 0 where it does: [l, l],
        or [b h, 1, l] where all places of a sequence see the same."""
        b, n, d = x.shape
        parts = self.qkv(self.before_attention(x)).view(b, n, 3, self.heads, d // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each [b, h, l, d / h]
        # Scale and mask in the product itself: l x l numbers are the slow part of a short sequence.
        likeness = torch.baddbmm(
            unseen.to(q.dtype), q.flatten(0, 1), k.flatten(0, 1).mT, alpha=(d // self.heads) ** -0.5
        ).view(b, self.heads, n, n)
        seen = likeness.softmax(dim=3).to(v.dtype) @ v
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(b, n, d)))
        return x + self.drop(self.ffn(self.before_ffn(x)))
