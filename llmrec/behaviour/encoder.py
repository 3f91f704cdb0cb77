"""PTUM's user encoder (Wu et al., Findings of EMNLP 2020): a transformer that reads a sequence of
behaviours in both directions, and one vector of it by attention."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.retrieve.attention import Block
from llmrec.behaviour.sequences import ACTIONS, GAPS, Behaviours

Size = Literal["S", "M", "L"]


@dataclass(frozen=True)
class EncoderConfig:
    """The latest `length` behaviours are read; `ahead` is K, how many next ones can be foretold.
    `no_item` is how often an item's own vector is left out in training, so that its text learns to
    speak for it. `temperature` divides the cosines."""

    dimensions: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 100
    ahead: int = 2
    dropout: float = 0.2
    no_item: float = 0.1
    temperature: float = 0.05


SIZES: dict[Size, EncoderConfig] = {
    "S": EncoderConfig(),
    "M": EncoderConfig(128, 2, 4),
    "L": EncoderConfig(256, 4, 8),
}


class Read(NamedTuple):
    """`steps` float [b, l, d], what each place says; `person` float [b, d], the whole, as it leads
    to what is next; `met` float [b, d], the mean of the items, which tells better who somebody is;
    `inside` bool [b, l], before the end."""

    steps: Tensor
    person: Tensor
    met: Tensor
    inside: Tensor

    @property
    def profile(self) -> Tensor:
        """float [b, 2 d], for whatever is to be told of people."""
        return torch.cat([self.person, self.met], dim=1)


class BehaviourEncoder(nn.Module):
    """e_t = g(v_t) + E_act[a_t] + E_pos[t] + E_gap[dt], where g(v) = E_id[v] + W x(v) and x(v) is a
    vector of the item's text; u = sum of alpha_t h_t over what a transformer makes of them. Places
    are counted from the latest."""

    text: Tensor

    def __init__(self, n_items: int, config: EncoderConfig, text: np.ndarray | None = None) -> None:
        """`text` is float32 [n_items, w], of unit length; without it ids alone are read."""
        super().__init__()
        d = config.dimensions
        self.n_items, self.config = n_items, config
        words = np.zeros((n_items, 0), dtype=np.float32) if text is None else text
        self.register_buffer("text", torch.from_numpy(words), persistent=False)
        self.item = nn.Embedding(n_items, d)
        self.words = nn.Linear(words.shape[1], d, bias=False)
        self.hidden = nn.Parameter(torch.randn(d) * d**-0.5)
        self.action, self.gap = nn.Embedding(ACTIONS, d), nn.Embedding(GAPS, d)
        self.place = nn.Embedding(config.length, d)
        self.next = nn.Parameter(torch.zeros(config.ahead, d))
        for table in (self.item, self.action, self.gap, self.place):
            nn.init.normal_(table.weight, std=d**-0.5)
        self.blocks = nn.ModuleList(
            Block(d, config.heads, config.dropout) for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(d)
        self.drop = nn.Dropout(config.dropout)
        self.query, self.voice = nn.Linear(d, d), nn.Linear(d, 1, bias=False)

    def items(self) -> Tensor:
        """g(v), float [n_items, d]. In training some items have no vector of their own."""
        own = self.item.weight
        if self.training and self.config.no_item and self.text.shape[1]:
            kept = torch.rand(len(own), 1, device=own.device) >= self.config.no_item
            own = own * kept
        return own + self.words(self.text)

    def forward(self, batch: Behaviours, items: Tensor) -> Read:
        """`items` are those of `items()`, so that one step makes them once."""
        inside = batch.items != self.n_items  # [b, l]
        after = items.new_zeros(1, items.shape[1])
        known = torch.cat([items, after, self.hidden[None]])  # [n_items + 2, d]
        ago = inside.sum(dim=1, keepdim=True) - 1 - torch.arange(inside.shape[1]).to(inside.device)
        own = functional.embedding(batch.items, known)
        e = own + self.place(ago.clamp(min=0))
        e = e + self.action(batch.actions) + self.gap(batch.gaps)
        # Who did nothing reads the end of nothing, for attention over no place is no number.
        read = inside | ~inside.any(dim=1, keepdim=True)
        unseen = torch.zeros(read.shape, device=e.device).masked_fill(~read, -torch.inf)
        unseen = unseen.repeat_interleave(self.config.heads, dim=0)[:, None]  # [b h, 1, l]
        steps = self.drop(e)
        for block in self.blocks:
            steps = block(steps, unseen)
        steps = self.norm(steps)
        loud = self.voice(torch.tanh(self.query(steps)))[:, :, 0].masked_fill(~read, -torch.inf)
        person = (loud.softmax(dim=1)[:, None, :] @ steps)[:, 0]
        met = (own * inside[:, :, None]).sum(dim=1) / inside.sum(dim=1, keepdim=True).clamp(min=1)
        return Read(steps, person, met, inside)

    def ahead(self, person: Tensor) -> Tensor:
        """float [b, K, d]: what is compared with items for the k-th next behaviour, k from 1."""
        return person[:, None, :] + self.next

    def logits(self, z: Tensor, items: Tensor) -> Tensor:
        """[..., n_items]: the cosines of float [..., d] with all items, over the temperature."""
        return self.pointed(z) @ functional.normalize(items, dim=-1).T

    def pointed(self, z: Tensor) -> Tensor:
        """float [..., d]: of unit length, over the temperature."""
        return functional.normalize(z, dim=-1) / self.config.temperature
