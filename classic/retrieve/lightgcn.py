"""LightGCN: vectors of people and items smoothed over their graph (He et al., SIGIR 2020)."""

from dataclasses import dataclass, field

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn

from classic.data.histories import Histories
from classic.data.interactions import Interactions
from classic.retrieve.graph import Edges, neighbourhood
from classic.retrieve.recommender import BatchRecommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, silent, train
from classic.train.pairwise import bpr, bpr_batches


@dataclass(frozen=True)
class LightGcnConfig:
    """`l2` is paid by the vectors below the graph; `batch_size` in interactions: every batch
    walks the whole graph, so it is large."""

    dimensions: int = 64
    layers: int = 3
    l2: float = 1e-4
    batch_size: int = 16_384
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(learning_rate=0.01, clip=None)
    )


class LightGcn(nn.Module):
    """E(k+1) = D^-1/2 A D^-1/2 E(k) (eq. 7), both sides of the graph apart: `graph` is the half of
    it that leads from items to users, float CSR [n_users, n_items]."""

    def __init__(self, graph: sparse.csr_matrix, config: LightGcnConfig) -> None:
        super().__init__()
        self.layers = config.layers
        self.to_users, self.to_items = Edges(graph), Edges(graph.T.tocsr())
        n_users, n_items = graph.shape
        self.user = nn.Embedding(n_users, config.dimensions)
        self.item = nn.Embedding(n_items, config.dimensions)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Users [layers + 1, n_users, d] and items [layers + 1, n_items, d], layer by layer."""
        users, items = [self.user.weight], [self.item.weight]
        for _ in range(self.layers):
            below = users[-1], items[-1]
            users.append(self.to_users @ below[1])
            items.append(self.to_items @ below[0])
        return torch.stack(users), torch.stack(items)


@dataclass(eq=False)
class GraphRecommender(BatchRecommender):
    """`users` float32 [n_users, d] and `items` [n_items, d] as the graph left them; `below`
    [n_items, d] is what an item passes on to a person who met it, and `nobody` [d] is what somebody
    without a history starts from. `degrees` float64 [n_items] are how many met each item."""

    name: str
    item_ids: tuple[str, ...]
    users: np.ndarray
    items: np.ndarray
    below: np.ndarray
    nobody: np.ndarray
    degrees: np.ndarray
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        """One more node of the graph, whose edges nobody else feels."""
        people = self.nobody + neighbourhood(histories.matrix, self.degrees) @ self.below
        return np.asarray(people @ self.items.T, dtype=np.float64)

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        return np.asarray(self.users[users] @ self.items.T, dtype=np.float64)


def fit_lightgcn(
    interactions: Interactions,
    config: LightGcnConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> GraphRecommender:
    """Minimises BPR and l2 |E(0)|^2 of the batch (eq. 15)."""
    config = config or LightGcnConfig()
    torch.manual_seed(config.training.seed)
    x = interactions.matrix.astype(np.float64)
    degrees = np.asarray(x.sum(axis=0)).ravel()
    net = LightGcn(neighbourhood(x, degrees), config)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        users, items = (layers.mean(dim=0) for layers in ready())
        u, i, j = batch
        below = net.user.weight[u], net.item.weight[i], net.item.weight[j]
        size = sum(part.square().sum() for part in below) / len(u)
        met, unmet = ((users[u] * items[k]).sum(dim=1) for k in (i, j))
        return bpr(met, unmet) + config.l2 * size

    @torch.inference_mode()
    def model(of: nn.Module, epochs: int = 0) -> GraphRecommender:
        users, items = of()
        share = 1.0 / len(users)
        return GraphRecommender(
            "lightgcn",
            interactions.item_ids,
            users.mean(dim=0).numpy(),
            items.mean(dim=0).numpy(),
            (items[:-1].sum(dim=0) * share).numpy(),
            (users[0].mean(dim=0) * share).numpy(),
            degrees,
            epochs,
        )

    seen = (lambda kept: watch(model(kept))) if watch else None
    batches = bpr_batches(interactions, config.batch_size)
    epochs = train(net, batches, loss, config.training, seen, say)
    return model(net, epochs)
