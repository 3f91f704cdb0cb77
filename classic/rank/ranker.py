"""What every ranker shares: logits from a batch, a loss, and being fitted."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.rank.embedded import Embedded
from classic.rank.examples import Batch, Examples, Learnable
from classic.train.loop import Say, TrainConfig, silent, train

_BLOCK = 4096
Told = TypeVar("Told", bound=Learnable)
Watch = Callable[["Ranker"], float]
"""What validation says of a ranker; higher is better."""


class Ranker(nn.Module, ABC):
    """`forward` gives logits [b, labels]. `l2` weighs the vectors that a batch looked up. What does
    not read behaviour is given none."""

    reads_behaviour: ClassVar[bool] = False
    l2: float = 0.0
    embedded: Embedded

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor: ...

    def loss(self, batch: Batch) -> Tensor:
        missed = log_loss(self(batch), batch)
        return missed + self.l2 * self.embedded.size(batch) if self.l2 else missed

    def read(self, examples: Told) -> Told:
        """What it looks at of them."""
        return examples if self.reads_behaviour else examples.without_behaviour()

    @torch.inference_mode()
    def logits(self, examples: Examples) -> np.ndarray:
        """float64 [n, labels], as the net stands; dropout is for the trainer to turn off."""
        if not len(examples):
            return np.zeros((0, self.embedded.layout.labels))
        examples, device = self.read(examples), next(self.parameters()).device
        blocks = np.array_split(np.arange(len(examples)), -(-len(examples) // _BLOCK))
        batches = (Batch(*(part.to(device) for part in examples.batch(b))) for b in blocks)
        found = [self(batch).double().cpu().numpy() for batch in batches]
        return np.concatenate(found)


def log_loss(logits: Tensor, batch: Batch) -> Tensor:
    """The mean over the examples, by their weights, and over the labels; of logits to be added to
    what was said before."""
    whole = logits + batch.offsets[:, None]
    weights = batch.weights[:, None]
    return functional.binary_cross_entropy_with_logits(whole, batch.labels, weights)


@dataclass(frozen=True)
class FitConfig:
    """`batch_size` is in examples."""

    batch_size: int = 1024
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            30, learning_rate=0.01, clip=None, patience=2, warm_up_steps=0, plateau=0.1
        )
    )


def fit_ranker(
    examples: Learnable,
    build: Callable[[], Ranker],
    config: FitConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
) -> tuple[Ranker, int]:
    """Trains what `build()` makes, an epoch being all examples in a new order, and tells the number
    of epochs that made it. They may be more than memory holds: a `Stream`."""
    config = config or FitConfig()
    torch.manual_seed(config.training.seed)
    net = build()
    read = net.read(examples)

    def seen(kept: nn.Module) -> float:
        assert watch and isinstance(kept, Ranker)
        return watch(kept)

    def loss(ready: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        assert isinstance(ready, Ranker)
        return ready.loss(Batch(*batch))

    epochs = train(
        net,
        lambda generator: read.batches(generator, config.batch_size),
        loss,
        config.training,
        seen if watch else None,
        say,
    )
    return net, epochs
