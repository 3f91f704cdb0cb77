"""Collaborative deep learning: an autoencoder of what items are, tied to their factors (Wang, Wang
& Yeung, KDD 2015)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.ials import Ials, IalsConfig, project
from classic.train.loop import Say, TrainConfig, silent, train
from classic.train.processes import own_part

_BATCH = 128
"""Items."""


@dataclass(frozen=True)
class CdlConfig:
    """`noise` is the share of an item's content that is hidden from the encoder, `tie` lambda_v,
    what pulls an item's factors to its code, `rebuild` lambda_n; `rounds` alternate the two."""

    factors: IalsConfig = field(default_factory=IalsConfig)
    hidden: int = 200
    noise: float = 0.3
    tie: float = 10.0
    rebuild: float = 1.0
    rounds: int = 5
    training: TrainConfig = field(default_factory=lambda: TrainConfig(epochs=20))


class ContentAutoencoder(nn.Module):
    """Content -> hidden -> code [d] -> hidden -> content."""

    def __init__(self, width: int, d: int, config: CdlConfig) -> None:
        super().__init__()
        self.noise = nn.Dropout(config.noise)
        self.encode = nn.Sequential(
            nn.Linear(width, config.hidden), nn.Tanh(), nn.Linear(config.hidden, d)
        )
        self.decode = nn.Sequential(
            nn.Linear(d, config.hidden), nn.Tanh(), nn.Linear(config.hidden, width)
        )

    def forward(self, content: Tensor) -> tuple[Tensor, Tensor]:  # [b, w] -> [b, d], [b, w]
        code = self.encode(self.noise(content))
        return code, self.decode(code)


def fit_cdl(
    interactions: Interactions,
    content: np.ndarray | None,
    config: CdlConfig | None = None,
    say: Say = silent,
) -> Ials:
    """Minimises the weighted squared error of iALS plus tie |v - code|^2 plus rebuild |x - x'|^2
    (eq. 4), one side at a time. `content` is float [n_items, w]. An item that nobody met is left
    with its code alone, so it can be recommended. Raises `BadInput` when nothing is known."""
    config = config or CdlConfig()
    if content is None:
        raise BadInput("cdl reads what items are, and nothing is known of these")
    torch.manual_seed(config.training.seed)
    x, d = interactions.matrix.astype(np.float64), config.factors.dimensions
    net = ContentAutoencoder(content.shape[1], d, config)
    told = torch.from_numpy(content).float()
    items = np.random.default_rng(config.factors.seed).normal(0.0, 0.1 / d**0.5, (len(content), d))
    items[np.argsort(interactions.item_ids)] = items.copy()
    for number in range(config.rounds):
        users = project(x, items, config.factors)
        codes = _codes(net, told) if number else np.zeros_like(items)
        items = project(x.T.tocsr(), users, config.factors, codes, config.tie)
        _learn(net, told, torch.from_numpy(items).float(), config, say)
        say(f"  round {number + 1} of {config.rounds}")
    users, codes = project(x, items, config.factors), _codes(net, told)
    items = project(x.T.tocsr(), users, config.factors, codes, config.tie)
    return Ials(interactions.item_ids, items, config.factors, "cdl")


@torch.inference_mode()
def _codes(net: ContentAutoencoder, told: Tensor) -> np.ndarray:
    net.eval()
    codes: np.ndarray = net(told)[0].double().numpy()
    return codes


def _learn(
    net: ContentAutoencoder, told: Tensor, factors: Tensor, config: CdlConfig, say: Say
) -> None:
    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(len(told), generator=generator)
        for rows in map(own_part, torch.split(order, _BATCH)):
            yield told[rows], factors[rows]

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        code, rebuilt = ready(batch[0])
        apart = (code - batch[1]).square().sum(dim=1)
        lost = (rebuilt - batch[0]).square().sum(dim=1)
        return (config.tie * apart + config.rebuild * lost).mean()

    train(net, batches, loss, config.training)
