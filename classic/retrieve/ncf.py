"""Neural collaborative filtering: GMF, MLP and NeuMF (He et al., WWW 2017), and the plain product
they are compared with (Rendle et al., RecSys 2020)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.histories import Histories
from classic.data.interactions import Interactions
from classic.retrieve.recommender import BatchRecommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, TrainConfig, rng_of, silent, train
from classic.train.negatives import Unmet
from classic.train.processes import batches_of, own_draws

_BLOCK = 64


@dataclass(frozen=True)
class Pretraining:
    """For how many epochs GMF and MLP learn by themselves, and how fast."""

    gmf: int
    mlp: int
    learning_rate: float


@dataclass(frozen=True)
class NcfConfig:
    """`dimensions` of each product, `layers` the widths of the tower above two vectors of half its
    first; `l2` is paid by the vectors at every pair; `fold_in_steps` find a new person's vector.
    NeuMF may start from a GMF and an MLP that were `pretrained`."""

    kind: Literal["mf", "gmf", "mlp", "neumf"] = "neumf"
    dimensions: int = 64
    layers: tuple[int, ...] = (128, 64, 32)
    negatives: int = 4
    l2: float = 0.0
    dropout: float = 0.0
    batch_size: int = 1024
    fold_in_steps: int = 60
    pretrained: Pretraining | None = None
    training: TrainConfig = field(default_factory=TrainConfig)


class Ncf(nn.Module):
    """Takes people's vectors [b, w] and items' [b or 1, n, w] and gives logits [b, n]. A vector is
    that of the product, that of the tower and a bias, side by side."""

    def __init__(self, n_users: int, n_items: int, config: NcfConfig) -> None:
        super().__init__()
        self.product_width = 0 if config.kind == "mlp" else config.dimensions
        layers = () if config.kind in ("mf", "gmf") else config.layers
        self.tower_width = layers[0] // 2 if layers else 0
        width = self.product_width + self.tower_width + 1
        self.user, self.item = nn.Embedding(n_users, width), nn.Embedding(n_items, width)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=0.1 * width**-0.5 if config.kind == "mf" else 0.01)
            nn.init.zeros_(table.weight[:, -1])
        if layers:
            self.enter_user = nn.Linear(self.tower_width, layers[0])
            self.enter_item = nn.Linear(self.tower_width, layers[0], bias=False)
            steps = [
                part
                for a, b in pairwise(layers)
                for part in (nn.ReLU(), nn.Dropout(config.dropout), nn.Linear(a, b))
            ]
            self.tower = nn.Sequential(*steps, nn.ReLU(), nn.Linear(layers[-1], 1, bias=False))
        # The plain product weighs all its dimensions alike.
        self.h = nn.Parameter(torch.ones(self.product_width), requires_grad=config.kind != "mf")

    def forward(self, people: Tensor, items: Tensor) -> Tensor:  # [b, w], [b or 1, n, w] -> [b, n]
        parts = [self.product_width, self.tower_width, 1]
        p, p_tower, p_bias = torch.split(people, parts, dim=1)
        q, q_tower, q_bias = torch.split(items, parts, dim=2)
        logits = p_bias + q_bias[..., 0]
        if self.product_width:  # h . (p * q), eq. 9
            logits = logits + ((p * self.h)[:, None, :] @ q.transpose(1, 2))[:, 0]
        if self.tower_width:  # a tower over [p, q], eq. 10; NeuMF adds the two, eq. 12
            both = self.enter_user(p_tower)[:, None, :] + self.enter_item(q_tower)
            logits = logits + self.tower(both)[..., 0]
        return logits

    @torch.no_grad()
    def start_from(self, gmf: "Ncf", mlp: "Ncf") -> None:
        """The mean of what two nets say (section 3.4.1, alpha = 0.5)."""
        for own, product, tower in (
            (self.user.weight, gmf.user.weight, mlp.user.weight),
            (self.item.weight, gmf.item.weight, mlp.item.weight),
        ):
            biases = (product[:, -1:] + tower[:, -1:]) / 2
            own.copy_(torch.cat([product[:, :-1], tower[:, :-1], biases], dim=1))
        self.h.copy_(gmf.h / 2)
        self.enter_user.load_state_dict(mlp.enter_user.state_dict())
        self.enter_item.load_state_dict(mlp.enter_item.state_dict())
        self.tower.load_state_dict(mlp.tower.state_dict())
        last = self.tower[-1]
        assert isinstance(last, nn.Linear)
        last.weight.div_(2)


@dataclass(eq=False)
class NcfRecommender(BatchRecommender):
    """`epochs` is how many it took."""

    name: str
    item_ids: tuple[str, ...]
    net: Ncf
    config: NcfConfig
    epochs: int = 0

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        """A new person's vector minimises the same loss as a trained one's, over the whole
        catalogue instead of a sample, the net being fixed; it starts from everybody's mean."""
        wanted = torch.from_numpy(histories.matrix.toarray()).float()
        found = [self._scores(self._represent(block)) for block in torch.split(wanted, _BLOCK)]
        return np.concatenate(found) if found else np.zeros((0, len(self.item_ids)))

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        vectors = self.net.user.weight.detach()[torch.from_numpy(users)]
        return np.concatenate([self._scores(block) for block in torch.split(vectors, _BLOCK)])

    @torch.inference_mode()
    def _scores(self, people: Tensor) -> np.ndarray:
        return self.net(people, self.net.item.weight[None]).double().numpy()

    def _represent(self, wanted: Tensor) -> Tensor:  # [b, n_items] -> [b, w]
        liked = wanted.clamp(min=0.0)
        n_liked = liked.sum(dim=1, keepdim=True)
        others = (wanted <= 0).float()
        # As many negatives for each like as training draws, spread over all there are.
        others *= self.config.negatives * n_liked / others.sum(dim=1, keepdim=True).clamp(min=1.0)
        items = self.net.item.weight.detach()[None]
        people = self.net.user.weight.detach().mean(dim=0).repeat(len(wanted), 1)
        people.requires_grad_()
        optimizer = torch.optim.Adam([people], lr=0.1)
        for _ in range(self.config.fold_in_steps):
            logits = self.net(people, items)
            missed = liked * functional.softplus(-logits) + others * functional.softplus(logits)
            size = (1 + self.config.negatives) * n_liked * people[:, :-1].square()
            value = missed.sum() + self.config.l2 * size.sum()
            people.grad = torch.autograd.grad(value, people)[0]
            optimizer.step()
        return people.detach()


def fit_ncf(
    interactions: Interactions,
    config: NcfConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> NcfRecommender:
    """Minimises the log loss of what was met against `negatives` that were not (eq. 7), by SGD or
    Adam as `training.optimizer` says."""
    config = config or NcfConfig()
    torch.manual_seed(config.training.seed)
    net = Ncf(interactions.n_users, interactions.n_items, config)
    if config.pretrained:
        say("  first GMF and MLP")
        gmf = _part(interactions, config, "gmf", config.pretrained.gmf, say)
        net.start_from(gmf, _part(interactions, config, "mlp", config.pretrained.mlp, say))
    unmet = Unmet(interactions)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        order = rng.permutation(len(interactions))
        rng = own_draws(rng)
        for rows in batches_of(order, config.batch_size):
            users = interactions.users[rows].astype(np.int64)
            drawn = unmet.draw(users, config.negatives, rng)
            items = np.concatenate([interactions.items[rows, None], drawn], axis=1)
            yield torch.from_numpy(users), torch.from_numpy(items)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        people, items = net.user(batch[0]), net.item(batch[1])
        logits = ready(people, items)
        missed = functional.softplus(-logits[:, 0]) + functional.softplus(logits[:, 1:]).sum(dim=1)
        mine, theirs = people[:, :-1].square().sum(dim=1), items[..., :-1].square().sum(dim=(1, 2))
        return (missed + config.l2 * ((1 + config.negatives) * mine + theirs)).mean()

    def model(of: nn.Module, epochs: int = 0) -> NcfRecommender:
        assert isinstance(of, Ncf)
        return NcfRecommender(config.kind, interactions.item_ids, of, config, epochs)

    seen = (lambda kept: watch(model(kept))) if watch else None
    epochs = train(net, batches, loss, config.training, seen, say)
    return model(net, epochs)


def _part(
    interactions: Interactions, config: NcfConfig, kind: Literal["gmf", "mlp"], n: int, say: Say
) -> Ncf:
    folder = config.training.folder and config.training.folder / kind
    assert config.pretrained
    rate = config.pretrained.learning_rate
    training = replace(config.training, epochs=n, learning_rate=rate, folder=folder)
    part = replace(config, kind=kind, pretrained=None, training=training)
    return fit_ncf(interactions, part, None, say).net
