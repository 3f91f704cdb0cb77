"""Attentive collaborative filtering: which of the items somebody met speak for them, and which of
their sides (Chen et al., SIGIR 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.histories import Histories, histories_of, spans
from classic.data.interactions import Interactions
from classic.retrieve.recommender import BatchRecommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Batches, Say, TrainConfig, rng_of, silent, train
from classic.train.negatives import Unmet
from classic.train.pairwise import bpr
from classic.train.processes import own_draws, own_part

_BLOCK = 512


@dataclass(frozen=True)
class AcfConfig:
    """`length` is how many items of a history are read, drawn anew each time it is; at once it is
    asked for so many others of its person, at most half of them. `batch_size` is in interactions.
    """

    dimensions: int = 64
    length: int = 50
    asked: int = 16
    l2: float = 1e-4
    batch_size: int = 4096
    training: TrainConfig = field(default_factory=lambda: TrainConfig(learning_rate=2e-3))


class Acf(nn.Module):
    """score = (u + sum over l of alpha(u, l) p_l) . v_i (eq. 5). Row `n_items` of the items is
    padding; `components` float [n_items, m, w] are the sides of each item, or `None`."""

    sides: Tensor

    def __init__(
        self, n_users: int, n_items: int, components: np.ndarray | None, config: AcfConfig
    ) -> None:
        super().__init__()
        d = config.dimensions
        self.n_items, self.length = n_items, config.length
        self.user, self.item = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        self.met = nn.Embedding(n_items + 1, d, padding_idx=n_items)
        for table in (self.user, self.item, self.met):
            nn.init.normal_(table.weight, std=0.1)
        self.by_user, self.by_item, self.by_met = (
            nn.Linear(d, d, bias=b) for b in (True, False, False)
        )
        self.heard = nn.Linear(d, 1, bias=False)
        known = np.zeros((n_items, 0, 0)) if components is None else components
        padded = np.concatenate([known, np.zeros((1, *known.shape[1:]))])
        self.register_buffer("sides", torch.from_numpy(padded).float())
        if components is not None:
            self.of_side = nn.Linear(components.shape[2], d, bias=False)
            self.side_by_user, self.side_by_side = nn.Linear(d, d), nn.Linear(d, d, bias=False)
            self.side_heard = nn.Linear(d, 1, bias=False)
            self.by_content = nn.Linear(d, d, bias=False)

    def forward(self, people: Tensor, history: Tensor) -> Tensor:  # [b, d], [b, l] -> [b, d]
        real = history != self.n_items
        p = self.met(history)  # [b, l, d]
        v = self.item(history.clamp(max=self.n_items - 1))
        inside = self.by_user(people)[:, None, :] + self.by_item(v) + self.by_met(p)
        if self.sides.shape[1]:
            inside = inside + self.by_content(self.content(people, history))
        says = self.heard(torch.relu(inside))[:, :, 0].masked_fill(~real, -1e9)  # eq. 6
        alpha = says.softmax(dim=1) * real  # eq. 7
        return people + (alpha[:, :, None] * p).sum(dim=1)

    def content(self, people: Tensor, history: Tensor) -> Tensor:  # [b, d], [b, l] -> [b, l, d]
        """x_l: the sides of each item, as this person looks at them (eq. 8-10)."""
        # Once by item, not by place in a history.
        known = self.of_side(self.sides)  # [n_items + 1, m, d]
        x, seen = (_rows(of, history) for of in (known, self.side_by_side(known)))  # [b, l, m, d]
        inside = self.side_by_user(people)[:, None, None, :] + seen
        beta = self.side_heard(torch.relu(inside)).softmax(dim=2)
        return (beta * x).sum(dim=2)


def _rows(of: Tensor, places: Tensor) -> Tensor:  # [n, m, d], [b, l] -> [b, l, m, d]
    """As an embedding's, whose gradient is summed faster than that of an index."""
    return functional.embedding(places, of.flatten(1)).view(*places.shape, *of.shape[1:])


@dataclass(eq=False)
class AcfRecommender(BatchRecommender):
    """A newcomer is everybody's mean and their own history; `epochs` is how many it took."""

    item_ids: tuple[str, ...]
    net: Acf
    epochs: int = 0
    name: str = "acf"

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        anybody = self.net.user.weight.detach().mean(dim=0).expand(len(histories), -1)
        return self._scores(anybody, histories)

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        return self._scores(self.net.user.weight.detach()[torch.from_numpy(users)], histories)

    @torch.inference_mode()
    def _scores(self, people: Tensor, histories: Histories) -> np.ndarray:
        read = torch.from_numpy(histories.liked.latest(self.net.length, self.net.n_items))
        blocks = zip(torch.split(people, _BLOCK), torch.split(read, _BLOCK), strict=True)
        found = [self.net(who, what) @ self.net.item.weight.T for who, what in blocks]
        return torch.cat(found).double().numpy()


def fit_acf(
    interactions: Interactions,
    config: AcfConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
    modalities: Mapping[str, np.ndarray] | None = None,
) -> AcfRecommender:
    """Minimises BPR."""
    config = config or AcfConfig()
    torch.manual_seed(config.training.seed)
    sides = _side_by_side(modalities) if modalities else None
    net = Acf(interactions.n_users, interactions.n_items, sides, config)
    batches = asked_apart(interactions, config)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        users, drawn, owner, i, j = batch
        own = net.user(users)
        people = ready(own, drawn)[owner]
        met, unmet = ((people * net.item(k)).sum(dim=1) for k in (i, j))
        parts = (own[owner], net.item(i), net.item(j))
        size = sum(part.square().sum() for part in parts) / len(owner)
        return bpr(met, unmet) + config.l2 * size

    def model(of: nn.Module, epochs: int = 0) -> AcfRecommender:
        assert isinstance(of, Acf)
        return AcfRecommender(interactions.item_ids, of, epochs)

    seen = (lambda kept: watch(model(kept))) if watch else None
    return model(net, train(net, batches, loss, config.training, seen, say))


def asked_apart(interactions: Interactions, config: AcfConfig) -> Batches:
    """Every interaction is asked for once an epoch, by a history without it: users int64 [b], what
    is read of each [b, l]; and of each item asked for, int64 [p], its owner, a row of those, itself
    and an item not met."""
    histories, unmet = histories_of(interactions.once()), Unmet(interactions)
    lengths = histories.lengths
    owners = np.repeat(np.arange(len(lengths)), lengths)
    sizes = np.clip(lengths // 2, 1, config.asked)
    parts = -(-lengths // sizes)
    users = np.repeat(np.arange(len(lengths)), parts)
    first = spans(np.zeros(len(lengths), dtype=np.int64), parts) * sizes[users]
    counts = np.minimum(sizes[users], lengths[users] - first)
    n_batches = max(1, round(len(users) * config.asked / config.batch_size))

    def draw(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        items = histories.items[np.lexsort((rng.random(len(owners)), owners))]
        batches = np.array_split(rng.permutation(len(users)), n_batches)
        rng = own_draws(rng)
        for rows in map(own_part, filter(len, batches)):
            who, a, n = users[rows], first[rows], counts[rows]
            begins, left = histories.bounds[who], lengths[who] - n
            place = rng.integers(0, np.maximum(left, 1)[:, None], (len(rows), config.length))
            place += n[:, None] * (place >= a[:, None])
            read = items[np.minimum(begins[:, None] + place, len(items) - 1)]
            read[left == 0] = interactions.n_items
            owner = np.repeat(np.arange(len(rows)), n)
            met, others = items[spans(begins + a, n)], unmet.draw(who[owner], 1, rng)[:, 0]
            yield tuple(torch.from_numpy(part) for part in (who, read, owner, met, others))

    return draw


def _side_by_side(modalities: Mapping[str, np.ndarray]) -> np.ndarray:
    """float [n_items, m, w]: each modality a side, padded with zeros to the widest."""
    width = max(known.shape[1] for known in modalities.values())
    wide = [np.pad(known, ((0, 0), (0, width - known.shape[1]))) for known in modalities.values()]
    return np.stack(wide, axis=1)
