"""A re-ranker that learned by trial: its net draws whole slates, and those that a simulated viewer
takes to more than to the others drawn of the same list become likelier (REINFORCE; Williams 1992,
with the mean of the other tries as baseline; Kool et al. 2019)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from classic.rerank.listwise import (
    SHOWN,
    ListwiseConfig,
    ListwiseNet,
    Slates,
    batches,
    fit_listwise,
)
from classic.rerank.simulator import Viewer
from classic.train.loop import Say, TrainConfig, silent, train


@dataclass(frozen=True)
class ReinforceConfig:
    """The net that learned from likes alone is where it `start`s. `tries` slates are drawn of each
    list at every step."""

    start: ListwiseConfig = field(default_factory=ListwiseConfig)
    viewer: Viewer = field(default_factory=Viewer)
    tries: int = 8
    batch_size: int = 64
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(20, learning_rate=5e-4, averaging=0.99)
    )


def drawn(worth: Tensor, tries: int, k: int) -> Tensor:
    """int64 [tries, b, k]: slates of float [b, m] candidates, one after the other without putting
    back, each by the softmax of what is left (Plackett-Luce): the k largest of worth plus Gumbel
    noise."""
    noise = -torch.empty(tries, *worth.shape, device=worth.device).exponential_().log()
    return (worth + noise).topk(k, dim=2).indices


def log_chance(worth: Tensor, slates: Tensor) -> Tensor:
    """float [s, b]: the log chance that int64 [s, b, k] slates are drawn, in their order."""
    left = worth.expand(len(slates), *worth.shape)
    total = worth.new_zeros(slates.shape[:2])
    for shown in slates.unbind(dim=2):
        total = total + left.log_softmax(dim=2).gather(2, shown[:, :, None])[:, :, 0]
        left = left.scatter(2, shown[:, :, None], -torch.inf)
    return total


def fit_reinforced(
    slates: Slates, config: ReinforceConfig | None = None, say: Say = silent
) -> ListwiseNet:
    """From lists with something wanted in them; the dial is drawn anew for each every time."""
    config = config or ReinforceConfig()
    net = fit_listwise(slates, config.start, say)
    say("  by trial")

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        told, alike, inside, wanted, dial = batch
        worth = ready(told, alike, inside, dial)
        with torch.no_grad():
            tried = drawn(worth, config.tries, min(SHOWN, worth.shape[1]))
            reward = config.viewer.reward(tried, wanted.float(), alike, dial)
            others = (reward.sum(dim=0) - reward) / (config.tries - 1)
        return -((reward - others) * log_chance(worth, tried)).mean()

    train(net, batches(slates, config.batch_size), loss, config.training, say=say)
    return net
