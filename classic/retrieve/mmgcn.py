"""MMGCN: a graph for each modality, so that a taste in pictures may differ from the same person's
taste in words (Wei et al., MM 2019)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from classic.data.histories import Histories
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.graph import Edges
from classic.retrieve.recommender import BatchRecommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent, train
from classic.train.pairwise import bpr, bpr_batches


@dataclass(frozen=True)
class MmgcnConfig:
    dimensions: int = 64
    layers: int = 2
    l2: float = 1e-4
    batch_size: int = 16_384
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(learning_rate=3e-3, clip=None)
    )


class Layer(nn.Module):
    """One step of one modality: h = leaky(W1 mean of the neighbours) (eq. 3), then
    leaky(W3 h + leaky(W2 e) + id) (eq. 6, 7)."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.w1, self.w2, self.w3 = (nn.Linear(d, d, bias=bias) for bias in (False, True, False))

    def forward(self, own: Tensor, ids: Tensor, mean_of_neighbours: Tensor) -> Tensor:  # all [n, d]
        heard = functional.leaky_relu(self.w1(mean_of_neighbours))
        kept = functional.leaky_relu(self.w2(own)) + ids
        return functional.leaky_relu(self.w3(heard) + kept)


class Mmgcn(nn.Module):
    """`met` is CSR [n_users, n_items]; `modalities` are what is known of the items, by name, float
    [n_items, w]. What a person and an item are is the sum over the modalities (eq. 9)."""

    def __init__(
        self, met: sparse.csr_matrix, modalities: Mapping[str, np.ndarray], config: MmgcnConfig
    ) -> None:
        super().__init__()
        d = config.dimensions
        n_users, n_items = met.shape
        self.to_users, self.to_items = Edges(mean_of(met)), Edges(mean_of(met.T.tocsr()))
        self.user, self.item = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        tastes = {name: nn.Parameter(0.1 * torch.randn(n_users, d)) for name in modalities}
        self.taste = nn.ParameterDict(tastes)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=0.1)
        for name, known in modalities.items():
            self.register_buffer(f"known_{name}", torch.from_numpy(known).float())
        self.read = nn.ModuleDict({m: nn.Linear(k.shape[1], d) for m, k in modalities.items()})
        self.steps = nn.ModuleDict(
            {m: nn.ModuleList(Layer(d) for _ in range(config.layers)) for m in modalities}
        )
        self.modalities = tuple(modalities)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Users [n_users, d] and items [n_items, d]."""
        users, items = zip(*(self.of_modality(name) for name in self.modalities), strict=True)
        return torch.stack(users).sum(dim=0), torch.stack([i[-1] for i in items]).sum(dim=0)

    def of_modality(self, name: str) -> tuple[Tensor, list[Tensor]]:
        """Users [n_users, d], and items [n_items, d] before the first step and after each."""
        people: Tensor = self.taste[name]
        items = [self.read[name](getattr(self, f"known_{name}"))]
        for step in self._steps_of(name):
            heard = self.to_users @ items[-1], self.to_items @ people
            people = step(people, self.user.weight, heard[0])
            items.append(step(items[-1], self.item.weight, heard[1]))
        return people, items

    def _steps_of(self, name: str) -> nn.ModuleList:
        steps = self.steps[name]
        assert isinstance(steps, nn.ModuleList)
        return steps

    def newcomers(self, met: sparse.csr_matrix, items: Mapping[str, list[Tensor]]) -> Tensor:
        """[n, d]: people whose own part is everybody's mean, over the items layer by layer."""
        edges, found = Edges(mean_of(met)), []
        for name in self.modalities:
            people = self.taste[name].mean(dim=0).expand(met.shape[0], -1)
            for step, below in zip(self._steps_of(name), items[name], strict=False):
                people = step(people, self.user.weight.mean(dim=0), edges @ below)
            found.append(people)
        return torch.stack(found).sum(dim=0)


def mean_of(met: sparse.csr_matrix) -> sparse.csr_matrix:
    """float32 CSR: rows that sum to 1, or to nothing."""
    size = np.maximum(np.asarray(np.abs(met).sum(axis=1)).ravel(), 1e-9)
    return sparse.csr_matrix(sparse.diags(1.0 / size) @ met, dtype=np.float32)


@dataclass(eq=False)
class MmgcnRecommender(BatchRecommender):
    item_ids: tuple[str, ...]
    net: Mmgcn
    epochs: int = 0
    name: str = "mmgcn"

    @cached_property
    def _layers(self) -> dict[str, list[Tensor]]:
        """What every item passes on, which no newcomer changes."""
        with torch.inference_mode():
            return {name: self.net.of_modality(name)[1] for name in self.net.modalities}

    @cached_property
    def _trained(self) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            users, items = self.net()
        return users.numpy(), items.numpy()

    @torch.inference_mode()
    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        people = self.net.newcomers(histories.matrix, self._layers).numpy()
        return np.asarray(people @ self._trained[1].T, dtype=np.float64)

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        return np.asarray(self._trained[0][users] @ self._trained[1].T, dtype=np.float64)


def fit_mmgcn(
    interactions: Interactions,
    modalities: Mapping[str, np.ndarray],
    config: MmgcnConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> MmgcnRecommender:
    """Minimises BPR and l2 of the vectors of the batch (eq. 11). Raises `BadInput` when nothing is
    known of the items."""
    config = config or MmgcnConfig()
    if not modalities:
        raise BadInput("mmgcn reads what items are, and nothing is known of these")
    torch.manual_seed(config.training.seed)
    net = Mmgcn(interactions.matrix, modalities, config)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        users, items = ready()
        u, i, j = batch
        met, unmet = ((users[u] * items[k]).sum(dim=1) for k in (i, j))
        own = net.user.weight[u], net.item.weight[i], net.item.weight[j]
        size = sum(part.square().sum() for part in own) / len(u)
        return bpr(met, unmet) + config.l2 * size

    def model(of: nn.Module, epochs: int = 0) -> MmgcnRecommender:
        assert isinstance(of, Mmgcn)
        return MmgcnRecommender(interactions.item_ids, of, epochs)

    seen = (lambda kept: watch(model(kept))) if watch else None
    batches = bpr_batches(interactions, config.batch_size)
    return model(net, train(net, batches, loss, config.training, seen, say))
