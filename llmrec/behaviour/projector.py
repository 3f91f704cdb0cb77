"""From what an encoder says of a person to what a language model reads: a small net between them,
as the mapping of CoLLM (Zhang et al., TKDE 2025) and the projector of LLaRA (Liao et al., SIGIR
2024) are."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Projector(nn.Module):
    """n vectors RMSNorm(W2 gelu(W1 x + b1) + b2), as loud as words are; x is a person's profile,
    each of its halves brought to mean 0 and deviation 1."""

    def __init__(self, profile: int, tokens: int, width: int, loudness: float = 1.0) -> None:
        """`profile` numbers tell of a person; `width` is that of the model's words, `loudness` the
        root of their mean square."""
        super().__init__()
        self.tokens = tokens
        self.inner = nn.Linear(profile, width)
        self.outer = nn.Linear(width, tokens * width)
        self.norm = nn.RMSNorm(width)
        nn.init.constant_(self.norm.weight, loudness)

    def forward(self, profiles: Tensor) -> Tensor:  # [b, 2 d] -> [b, n, width]
        halves = profiles.reshape(len(profiles), 2, -1)  # where they are going, what they met
        x = functional.layer_norm(halves, halves.shape[2:]).flatten(1)
        z = self.outer(functional.gelu(self.inner(x)))
        # In mixed precision the layers before give halves, which its weights are not.
        told: Tensor = self.norm(z.reshape(len(z), self.tokens, -1).to(self.norm.weight.dtype))
        return told

    @classmethod
    def like(cls, weights: dict[str, Tensor]) -> "Projector":
        """That of these weights. Raises `KeyError` and `RuntimeError` where they are of another
        net."""
        width, profile = weights["inner.weight"].shape
        made = cls(profile, len(weights["outer.bias"]) // width, width)
        made.load_state_dict(weights)
        return made


def loudness_of(words: Tensor) -> float:
    """The root mean square of float [n_words, width]."""
    return float(torch.sqrt(words.detach().float().square().mean()))
