"""Item2Vec: items that the same people met lie close together (Barkan & Koenigstein, MLSP 2016)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.histories import Histories, histories_of
from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.retrieve.recommender import Recommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, rng_of, silent, train
from classic.train.processes import own_draws, own_part


@dataclass(frozen=True)
class Item2VecConfig:
    """`window` is how far apart two items of a history may stand, `None` anywhere in it (the choice
    of the paper: a history is a set). Of every interaction `pairs` others are drawn, fewer of
    frequent items by `subsample`, rho of eq. 4; negatives come by counts to the power of
    `smoothing`, and `shared` pairs have the same ones: looking vectors up costs more than
    multiplying them.
    """

    dimensions: int = 64
    window: int | None = None
    negatives: int = 15
    pairs: int = 10
    subsample: float = 1e-3
    smoothing: float = 0.75
    shared: int = 64
    batch_size: int = 8192
    training: TrainConfig = field(default_factory=lambda: TrainConfig(20, learning_rate=5e-3))


class Item2Vec(nn.Module):
    """log sigmoid(u_i . v_j) + sum over the negatives of log sigmoid(-u_i . v_k) (eq. 3)."""

    def __init__(self, n_items: int, dimensions: int) -> None:
        super().__init__()
        self.u, self.v = nn.Embedding(n_items, dimensions), nn.Embedding(n_items, dimensions)
        nn.init.normal_(self.u.weight, std=dimensions**-0.5)
        nn.init.zeros_(self.v.weight)

    def forward(self, items: Tensor, others: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """int64 [b], [b] and [g, n], n negatives for each b / g pairs, to [b] and [b, n]."""
        u = self.u(items)
        near = (u * self.v(others)).sum(dim=1)
        far = u.view(len(drawn), -1, u.shape[1]) @ self.v(drawn).mT
        return near, far.flatten(0, 1)


@dataclass(eq=False)
class Item2VecRecommender(Recommender):
    """`vectors` is float64 [n_items, d] with unit rows; a score is the sum of the cosines with
    what was liked."""

    item_ids: tuple[str, ...]
    vectors: np.ndarray
    epochs: int = 0
    name: str = "item2vec"

    @property
    def factors(self) -> np.ndarray:
        """float64 [n_items, d]."""
        return self.vectors

    def represent(self, history: History) -> np.ndarray:
        """float64 [d]: the vectors of what was met, by how much it was liked."""
        rows, weights = self.known(history)
        return weights @ self.vectors[rows]

    def fold_in(self, history: History) -> np.ndarray:
        return self.vectors @ self.represent(history)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return np.asarray((histories.matrix @ self.vectors) @ self.vectors.T)

    def contributions(self, history: History) -> np.ndarray:
        rows, weights = self.known(history)
        parts = np.zeros((len(history), len(self.item_ids)))
        places = [n for n, i in enumerate(history.item_ids) if i in self._rows]
        parts[places] = (self.vectors[rows] * weights[:, None]) @ self.vectors.T
        return parts


def fit_item2vec(
    interactions: Interactions,
    config: Item2VecConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> Item2VecRecommender:
    """An epoch draws, for every interaction that is kept, `pairs` others of the same history."""
    config = config or Item2VecConfig()
    if not len(interactions):
        raise BadInput("there are no interactions to learn from")
    torch.manual_seed(config.training.seed)
    net = Item2Vec(interactions.n_items, config.dimensions)
    histories = histories_of(interactions)
    share = np.bincount(histories.items, minlength=interactions.n_items) / len(histories.items)
    noise = share**config.smoothing / (share**config.smoothing).sum()
    # Frequent items are passed over more often (eq. 4).
    kept = np.minimum(np.sqrt(config.subsample / np.maximum(share, 1e-12)), 1.0)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        items, others = _pairs(histories, kept, config, rng)
        groups = _groups(rng.permutation(len(items)), config.shared)
        n_batches = max(1, round(len(items) / config.batch_size))
        together = np.array_split(groups, n_batches)
        rng = own_draws(rng)
        for rows in map(own_part, filter(len, together)):
            drawn = rng.choice(len(noise), (len(rows), config.negatives), p=noise)
            pairs = items[rows].ravel(), others[rows].ravel(), drawn
            yield tuple(map(torch.from_numpy, pairs))

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        near, far = ready(*batch)
        return (functional.softplus(-near) + functional.softplus(far).sum(dim=1)).mean()

    def model(of: nn.Module, epochs: int = 0) -> Item2VecRecommender:
        assert isinstance(of, Item2Vec)
        vectors = functional.normalize(of.u.weight.detach().double(), dim=1).numpy()
        # An item that nobody met has no place among the others.
        return Item2VecRecommender(interactions.item_ids, vectors * (share > 0)[:, None], epochs)

    seen = (lambda kept: watch(model(kept))) if watch else None
    return model(net, train(net, batches, loss, config.training, seen, say))


def _groups(order: np.ndarray, size: int) -> np.ndarray:
    """int64 [g, size], the few that are over left for another epoch; one group of few."""
    size = max(1, min(size, len(order)))
    return order[: len(order) // size * size].reshape(-1, size)


def _pairs(
    histories: Histories, kept: np.ndarray, config: Item2VecConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """int64 [n] twice: items and others of the same history, within the window."""
    owner = np.repeat(np.arange(len(histories)), histories.lengths)
    chosen = np.flatnonzero(rng.random(len(histories.items)) < kept[histories.items])
    here = np.repeat(chosen, config.pairs)
    first, end = histories.bounds[owner[here]], histories.bounds[owner[here] + 1]
    if config.window is not None:
        first, end = np.maximum(first, here - config.window), np.minimum(end, here + config.window)
    there = rng.integers(first, end)
    apart = there != here
    return histories.items[here[apart]], histories.items[there[apart]]
