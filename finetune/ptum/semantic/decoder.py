"""A decoder that reads a history as digits and writes the next item's, and the beam over the trie
that keeps it to items there are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from classic.data.histories import Histories
from classic.retrieve.attention import Block
from classic.retrieve.recommender import BatchRecommender
from finetune.ptum.semantic.ids import SemanticIds

_PEOPLE = 64


@dataclass(frozen=True)
class DecoderConfig:
    """The latest `length` items are read; `beams` ids are kept at every digit."""

    dimensions: int = 128
    blocks: int = 4
    heads: int = 4
    length: int = 20
    dropout: float = 0.2
    beams: int = 50


class Decoder(nn.Module):
    """At each digit float [d], what is compared with the digits that may come next (causal, norms
    before). A digit is the sum of its own vector, its place in the id and its item's place."""

    codes: Tensor

    def __init__(self, ids: SemanticIds, config: DecoderConfig) -> None:
        super().__init__()
        d = config.dimensions
        self.config, self.places = config, ids.places
        # A row more for where a sequence has ended.
        self.digits = nn.ModuleList(nn.Embedding(size + 1, d) for size in ids.sizes)
        self.place, self.item = nn.Embedding(ids.places, d), nn.Embedding(config.length + 1, d)
        for table in (*self.digits, self.place, self.item):
            nn.init.normal_(table.weight, std=d**-0.5)
        self.blocks = nn.ModuleList(
            Block(d, config.heads, config.dropout) for _ in range(config.blocks)
        )
        self.norm, self.drop = nn.LayerNorm(d), nn.Dropout(config.dropout)
        self.n_items = len(ids.digits)
        codes = np.concatenate([ids.digits, [ids.sizes]])
        self.register_buffer("codes", torch.from_numpy(codes), persistent=False)

    def embedded(self, digits: Tensor, items: Tensor) -> Tensor:
        """float [..., n, d] of int64 [..., n] first digits of ids, n at most the places, of the
        items at the places `items`, int64 that go with [..., 1]."""
        n = digits.shape[-1]
        parts = [table(digits[..., j]) for j, table in enumerate(list(self.digits)[:n])]
        told = torch.stack(parts, dim=-2) + self.place.weight[:n]
        return told + self.item(items)

    def read(self, x: Tensor, unseen: Tensor) -> Tensor:
        x = self.drop(x)
        for block in self.blocks:
            x = block(x, unseen)
        hidden: Tensor = self.norm(x)
        return hidden

    def logits(self, hidden: Tensor, place: int) -> Tensor:
        """[..., size]: over the digits of a place."""
        table = self.digits[place]
        assert isinstance(table, nn.Embedding)
        return hidden @ table.weight[:-1].T

    def ids_of(self, items: Tensor) -> Tensor:
        """int64 [..., places]: the digits of items; `n_items` is the end of a sequence."""
        return self.codes[items]

    def sequence(self, items: Tensor) -> Tensor:
        """float [b, m places, d] of int64 [b, m] items."""
        where = torch.arange(items.shape[1], device=items.device)[:, None]
        return self.embedded(self.ids_of(items), where).flatten(1, 2)


def loss_of(net: Decoder, window: Tensor) -> Tensor:
    """The mean of -log p of every digit after the first item, and of the first item's after its
    first digit; `window` is int64 [b, m] items, `n_items` past the end."""
    x = net.sequence(window)[:, :-1]
    unseen = x.new_full((x.shape[1],) * 2, -torch.inf).triu(1)
    hidden = net.read(x, unseen)
    ids, there = net.ids_of(window), window < net.n_items
    total, n = hidden.new_zeros(()), 0
    for place in range(net.places):
        first = place - 1 if place else net.places - 1
        said = hidden[:, first :: net.places]  # [b, m or m - 1, d]
        known, real = (part if place else part[:, 1:] for part in (ids[:, :, place], there))
        logits = net.logits(said[real], place).float()
        total = total + functional.cross_entropy(logits, known[real], reduction="sum")
        n += int(real.sum())
    return total / max(n, 1)


@dataclass(eq=False)
class SemanticRecommender(BatchRecommender):
    """An item's score is the log-probability of its digits; items that no beam came to have minus
    infinity."""

    name: str
    item_ids: tuple[str, ...]
    net: Decoder
    ids: SemanticIds

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        found = np.full((len(histories), len(self.item_ids)), -np.inf)
        items, scores = self.written(histories)
        people, place = np.nonzero(items >= 0)
        found[people, items[people, place]] = scores[people, place]
        return found

    def recommend_rows(
        self,
        histories: Histories,
        k: int = 10,
        out: sparse.csr_matrix | None = None,
        users: np.ndarray | None = None,
    ) -> np.ndarray:
        """As `Recommender.recommend_rows`, without a score for every item."""
        hidden = sparse.csr_matrix(histories.matrix if out is None else out)
        found = np.full((len(histories), k), -1, dtype=np.int64)
        for person, items in enumerate(self.written(histories)[0]):
            met = hidden.indices[hidden.indptr[person] : hidden.indptr[person + 1]]
            best = items[(items >= 0) & ~np.isin(items, met)][:k]
            found[person, : len(best)] = best
        return found

    @torch.inference_mode()
    def written(self, histories: Histories) -> tuple[np.ndarray, np.ndarray]:
        """int64 [n, beams] items, the likeliest first, -1 where there are no more, and their
        float64 log-probabilities. Of who did nothing nothing is written."""
        parts = [
            self._beams(histories.block(a, min(a + _PEOPLE, len(histories))))
            for a in range(0, len(histories), _PEOPLE)
        ]
        items, scores = (torch.cat(own).cpu().numpy() for own in zip(*parts, strict=True))
        items[histories.lengths == 0] = -1
        return items, scores.astype(np.float64)

    def _beams(self, people: Histories) -> tuple[Tensor, Tensor]:
        length = self.net.config.length
        device = self.net.place.weight.device
        read = torch.from_numpy(np.minimum(people.lengths, length).clip(min=1)).to(device)
        latest = people.latest(length, len(self.item_ids))[:, : int(read.max())]
        history = self.net.sequence(torch.from_numpy(latest).to(device))
        b = len(read)
        score = torch.zeros(b, 1, device=device)
        node = torch.zeros(b, 1, dtype=torch.int64, device=device)
        digits = torch.zeros(b, 1, 0, dtype=torch.int64, device=device)
        for place, child in enumerate(self._trie(device)):
            hidden = self._after(history, read, digits)  # [b, beams, d]
            said = score[:, :, None] + self.net.logits(hidden, place).float().log_softmax(-1)
            said = said.masked_fill(child[node] < 0, -torch.inf).flatten(1)
            score, best = said.topk(min(self.net.config.beams, said.shape[1]), dim=1)
            beam, digit = best // child.shape[1], best % child.shape[1]
            node = child[node.gather(1, beam), digit]
            kept = digits.gather(1, beam[:, :, None].expand(-1, -1, place))
            digits = torch.cat([kept, digit[:, :, None]], dim=2)
            # A beam that leads nowhere stays so: its score is minus infinity for good.
            node = node.clamp(min=0)
        return node.masked_fill(score.isinf(), -1), score

    def _after(self, history: Tensor, read: Tensor, digits: Tensor) -> Tensor:
        """float [b, beams, d]: what is said after each beam's digits. All beams of a person stand
        behind their history in one sequence, in which each sees the history and itself."""
        beams, n = digits.shape[1:]
        end = read[:, None] * self.net.places  # [b, 1]
        x, own = history, history.shape[1]
        if n:
            tails = self.net.embedded(digits, read[:, None, None])  # [b, beams, n, d]
            x = torch.cat([history, tails.flatten(1, 2)], dim=1)
        place = torch.arange(x.shape[1], device=x.device)
        tail, beam = place >= own, (place - own).div(max(n, 1), rounding_mode="floor")
        sees = (place <= place[:, None]) & (~tail | (beam == beam[:, None]))  # [query, key]
        met = (place < end)[:, None, :]  # [b, 1, key]
        seen = sees & (~tail[:, None] | tail | met)
        unseen = torch.zeros(seen.shape, device=x.device).masked_fill(~seen, -torch.inf)
        hidden = self.net.read(x, unseen.repeat_interleave(self.net.config.heads, dim=0))
        if not n:
            return hidden.gather(1, (end - 1)[:, :, None].expand(-1, -1, hidden.shape[2]))
        return hidden[:, own:].reshape(len(read), beams, n, -1)[:, :, -1]

    def _trie(self, device: torch.device) -> Iterator[Tensor]:
        return (torch.from_numpy(child).to(device) for child in self.ids.trie)
