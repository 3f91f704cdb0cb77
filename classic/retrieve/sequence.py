"""What sequence models share: windows of histories to learn from, and folding a history in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from classic.data.histories import Histories, histories_of
from classic.data.interactions import History, Interactions
from classic.retrieve.recommender import BatchRecommender, Recommender
from classic.train.loop import Say, TrainConfig, rng_of, silent, train
from classic.train.losses import AnyLoss
from classic.train.processes import own_part

_BLOCK = 512
Watch = Callable[[Recommender], float]
"""What validation says of a model; higher is better."""


class SequenceNet(nn.Module):
    """A net whose `forward` takes int64 [b, l] items, `n_items` where a sequence has ended, and
    gives float [b, l, d]: at place t what may come after it, to be compared with `items()`."""

    def __init__(self, n_items: int, dimensions: int) -> None:
        super().__init__()
        self.n_items = n_items
        self.item = nn.Embedding(n_items + 1, dimensions, padding_idx=n_items)
        nn.init.normal_(self.item.weight[:n_items], std=dimensions**-0.5)

    def items(self) -> Tensor:
        """float [n_items, d]."""
        return self.item.weight[: self.n_items]


@dataclass(eq=False)
class SequenceRecommender(BatchRecommender):
    """Scores are products of what the net says after the last item with every item. `epochs` is
    how many it took."""

    name: str
    item_ids: tuple[str, ...]
    net: SequenceNet
    length: int
    epochs: int = 0

    @property
    @torch.inference_mode()
    def factors(self) -> np.ndarray:
        """float32 [n_items, d]."""
        return self.net.items().cpu().numpy()

    @torch.inference_mode()
    def represent(self, history: History) -> np.ndarray:
        """float32 [d]: what is compared with `factors`."""
        return self._after(self._batch([history]).liked)[0].cpu().numpy()

    @torch.inference_mode()
    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        # A sequence model reads what was liked; it has no word for what was not.
        histories = histories.liked
        items = self.net.items()
        found = np.zeros((len(histories), len(self.item_ids)))
        for a in range(0, len(histories), _BLOCK):
            block = histories.block(a, min(a + _BLOCK, len(histories)))
            found[a : a + len(block)] = (self._after(block) @ items.T).cpu().numpy()
        return found

    def _after(self, liked: Histories) -> Tensor:
        """float [n, d]: what the net says after the last item of each, zeros without one."""
        device = next(self.net.parameters()).device
        last = torch.from_numpy(np.minimum(liked.lengths, self.length)).to(device)
        windows = torch.from_numpy(liked.latest(self.length, len(self.item_ids))).to(device)
        hidden: Tensor = self.net(windows)[torch.arange(len(last), device=device), last - 1]
        return hidden * (last > 0)[:, None]


def windows(
    histories: Histories, length: int, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch: of every history a random window of at most `length` steps, as int64
    [b, <=length] items and the items that came next, padded with `n_items`. Histories of like
    length stand together, so that little of a batch is padding."""
    rng = rng_of(generator)
    taken = np.minimum(histories.lengths, length + 1)
    spare = histories.lengths - taken
    first = histories.bounds[:-1] + rng.integers(0, spare + 1)
    able = rng.permutation(np.flatnonzero(taken >= 2))
    able = able[np.argsort(taken[able] + rng.uniform(0, length / 10, len(able)))]
    batches = np.array_split(able, max(1, round(len(able) / batch_size)))
    for number in rng.permutation(len(batches)):
        people = own_part(batches[number])
        places = np.arange(taken[people].max())[None, :]
        inside = places < taken[people, None]
        rows = np.where(inside, first[people, None] + places, 0)
        drawn = torch.from_numpy(np.where(inside, histories.items[rows], histories.n_items))
        yield drawn[:, :-1], drawn[:, 1:]


class SequenceConfig(Protocol):
    """`length` is how many items are read, `batch_size` in users."""

    @property
    def length(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def training(self) -> TrainConfig: ...


def fit_sequence(
    name: str,
    interactions: Interactions,
    build: Callable[[int], SequenceNet],
    config: SequenceConfig,
    loss_of: AnyLoss,
    watch: Watch | None = None,
    say: Say = silent,
) -> SequenceRecommender:
    """Trains the net that `build(n_items)` makes on every user's sequence."""
    torch.manual_seed(config.training.seed)
    n_items = interactions.n_items
    histories = histories_of(interactions)
    net = build(n_items)

    def model(of: nn.Module, epochs: int = 0) -> SequenceRecommender:
        assert isinstance(of, SequenceNet)
        return SequenceRecommender(name, interactions.item_ids, of, config.length, epochs)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        given, following = batch
        real = following != n_items
        return loss_of(ready(given).float()[real], net.items(), following[real])

    epochs = train(
        net,
        lambda generator: windows(histories, config.length, config.batch_size, generator),
        loss,
        config.training,
        (lambda kept: watch(model(kept))) if watch else None,
        say,
    )
    return model(net, epochs)
