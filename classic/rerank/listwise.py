"""A re-ranker that learned to look at the whole list: candidates attend to each other, the more so
the more alike they are (after PRM; Pei et al., RecSys 2019)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.query import Query
from classic.rerank.mmr import Similarity
from classic.rerank.pool import Reranker, relevance
from classic.train.loop import Batches, Say, TrainConfig, silent, train
from classic.train.processes import own_part

_FEATURES = 3
SHOWN = 10
"""The length of the lists whose variety is learned for."""
_NEVER = -1e9


@dataclass(frozen=True)
class ListwiseConfig:
    """`variety` is how much one unit of likeness in the list costs, in units of log likelihood,
    where the dial is at 1."""

    width: int = 32
    heads: int = 4
    blocks: int = 2
    variety: float = 10.0
    batch_size: int = 64
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(60, learning_rate=3e-3, averaging=0.99)
    )


@dataclass(frozen=True, eq=False)
class Slates:
    """n lists of m candidates in the order of their scores. `told` float32 [n, m, 3] are those of
    `features`, `alike` float32 [n, m, m], `inside` bool [n, m] where a list has not ended, `wanted`
    bool [n, m] what turned out to be liked."""

    told: np.ndarray
    alike: np.ndarray
    inside: np.ndarray
    wanted: np.ndarray

    def __len__(self) -> int:
        return len(self.told)


def features(scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """float32 [m, 3]: relevance in 0..1, what a place is worth, and how well known an item is."""
    place = 1.0 / np.log2(np.arange(len(scores)) + 2.0)
    return np.stack([scores, place, known], axis=1).astype(np.float32)


class Attention(nn.Module):
    """softmax(q' k / sqrt(d) + a S + b (S where the other stands above)) v, then a small tower,
    each added to what came in; S is how alike two candidates are, a and b are of each head."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.entered, self.left = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.likeness = nn.Parameter(torch.zeros(2, heads))
        self.deep = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, alike: Tensor, inside: Tensor) -> Tensor:
        """[b, m, w], [b, m, m] and bool [b, m] to [b, m, w]."""
        b, m, w = x.shape
        parts = self.entered(self.before(x)).view(b, m, 3, self.heads, w // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each [b, h, m, w / h]
        both = torch.stack([alike, alike.tril(-1)])  # [2, b, m, m]
        bias = torch.einsum("cbij,ch->bhij", both, self.likeness)
        bias = bias.masked_fill(~inside[:, None, None, :], _NEVER)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.left(mixed.transpose(1, 2).reshape(b, m, w))
        deeper: Tensor = x + self.deep(self.between(x))
        return deeper


class ListwiseNet(nn.Module):
    """What each candidate is worth beside the others, the dial in 0..1 being one of its inputs."""

    def __init__(self, config: ListwiseConfig) -> None:
        super().__init__()
        self.entered = nn.Linear(_FEATURES + 1, config.width)
        self.blocks = nn.ModuleList(
            Attention(config.width, config.heads) for _ in range(config.blocks)
        )
        self.left = nn.Linear(config.width, 1)

    def forward(self, told: Tensor, alike: Tensor, inside: Tensor, dial: Tensor) -> Tensor:
        """[b, m, 3], [b, m, m], bool [b, m] and [b] to [b, m]."""
        turned = dial[:, None, None].expand(-1, told.shape[1], 1)
        x = self.entered(torch.cat([told, turned], dim=2))
        for block in self.blocks:
            x = block(x, alike, inside)
        return self.left(x)[:, :, 0].masked_fill(~inside, _NEVER)


def list_loss(worth: Tensor, alike: Tensor, wanted: Tensor, dial: Tensor, variety: float) -> Tensor:
    """(1 - d) times the mean log loss of what was wanted, under the softmax of the list, and d
    times how alike two items of the list to show are on average, by how surely each is in it."""
    missed = -(worth.log_softmax(dim=1) * wanted).sum(dim=1) / wanted.sum(dim=1).clamp(min=1)
    # Not a constant: raising all of a list by as much is to change nothing.
    last = worth.topk(min(SHOWN, worth.shape[1]), dim=1).values[:, -1:]
    shown = torch.sigmoid(worth - last)  # [b, m]
    pairs = shown[:, :, None] * shown[:, None, :]
    pairs = pairs - torch.diag_embed(pairs.diagonal(dim1=1, dim2=2))
    likeness = (pairs * alike).sum(dim=(1, 2)) / pairs.sum(dim=(1, 2)).clamp(min=1e-6)
    return ((1.0 - dial) * missed + dial * variety * likeness).mean()


def batches(slates: Slates, size: int) -> Batches:
    """Lists with something wanted in them: told, alike, inside, wanted, and for each a dial that is
    drawn anew every time."""
    kept = np.flatnonzero(slates.wanted.any(axis=1))
    parts = [
        torch.from_numpy(part[kept])
        for part in (slates.told, slates.alike, slates.inside, slates.wanted)
    ]

    def draw(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(len(kept), generator=generator)
        for rows in torch.split(order, size):
            dial = torch.rand(len(rows), generator=generator)
            yield (*(own_part(part[rows]) for part in parts), own_part(dial))

    return draw


def fit_listwise(
    slates: Slates, config: ListwiseConfig | None = None, say: Say = silent
) -> ListwiseNet:
    config = config or ListwiseConfig()
    torch.manual_seed(config.training.seed)

    def loss(net: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        told, alike, inside, wanted, dial = batch
        worth = net(told, alike, inside, dial)
        return list_loss(worth, alike, wanted.float(), dial, config.variety)

    net = ListwiseNet(config)
    train(net, batches(slates, config.batch_size), loss, config.training, say=say)
    return net


class Listwise(Reranker):
    """Stage `rerank`: the order by what the net finds each worth, at the dial `query.diversity`."""

    def __init__(
        self, net: ListwiseNet, catalog: Catalog, similarity: Similarity, popularity: np.ndarray
    ) -> None:
        self.net, self.catalog = net.eval(), catalog
        self.similarity, self.popularity = similarity, popularity

    @torch.inference_mode()
    def picked(self, query: Query, pool: Candidates, k: int) -> np.ndarray:
        told = features(relevance(pool), self.popularity[self.catalog.rows(pool.item_ids)])
        alike = self.similarity(pool.item_ids).astype(np.float32)
        worth = self.net(
            torch.from_numpy(told)[None],
            torch.from_numpy(alike)[None],
            torch.ones(1, len(pool), dtype=torch.bool),
            torch.tensor([query.diversity], dtype=torch.float32),
        )[0].numpy()
        return np.lexsort((np.arange(len(pool)), -worth))[:k]
