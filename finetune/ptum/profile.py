"""What the encoder's word for a person is worth when something is to be told of them from few
labels: the arms that pre-training is judged by, each a head on the person's vector."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.errors import BadInput
from classic.train.loop import Say, TrainConfig, rng_of, silent, train
from classic.train.processes import batches_of
from llmrec.behaviour.encoder import BehaviourEncoder
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Behaviours, Sequences

Arm = Literal["scratch", "linear", "mlp", "fine-tuned", "fixed-items"]
"""The same net without pre-training; one layer, or two, on pre-trained vectors that stay; all of
the pre-trained net moved; and all but its item vectors."""
ARMS: tuple[Arm, ...] = get_args(Arm)
Told = Callable[[Sequences], np.ndarray]
"""float64 [n, classes]: the logits of people."""
_AT_ONCE = 512


@dataclass(frozen=True)
class ProfileConfig:
    """`hidden` are the units of the two-layer head. A share `kept_apart` of the labels stops
    training: no more are asked for than there are. `heads` is how a head alone is trained."""

    hidden: int = 200
    batch_size: int = 64
    kept_apart: float = 0.2
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(60, learning_rate=1e-3, warm_up_steps=0, patience=6)
    )
    heads: TrainConfig = field(
        default_factory=lambda: TrainConfig(300, learning_rate=3e-3, warm_up_steps=0, patience=20)
    )


@dataclass(frozen=True, eq=False)
class Labelled:
    """People and the int64 class of each, of so many."""

    people: Sequences
    labels: np.ndarray
    classes: int

    def take(self, rows: np.ndarray) -> "Labelled":
        return Labelled(self.people.take(rows), self.labels[rows], self.classes)

    def parted(self, share: float, seed: int) -> tuple["Labelled", "Labelled"]:
        """Those to learn from, and a share to stop by. Raises `BadInput` where there is but one."""
        if len(self.labels) < 2:
            raise BadInput(f"{len(self.labels)} labels are too few: one to learn from, one to stop")
        order = np.random.default_rng(seed).permutation(len(self.labels))
        apart = max(1, round(share * len(order)))
        return self.take(order[apart:]), self.take(order[:apart])


def fitted(
    arm: Arm,
    encoder: BehaviourEncoder,
    data: Labelled,
    config: ProfileConfig,
    say: Say = silent,
) -> Told:
    """`encoder` is a pre-trained one, but for `scratch`; it is moved, unless the arm leaves it as
    it is. Raises `BadInput` with fewer than two labels."""
    if arm in ("linear", "mlp"):
        return probed(arm == "mlp", encoder, data, config, say)
    encoder.item.requires_grad_(arm != "fixed-items")
    return tuned(encoder, data, config, say)


def probed(
    two_layers: bool, encoder: BehaviourEncoder, data: Labelled, config: ProfileConfig, say: Say
) -> Told:
    """A head on vectors that stay, each number brought to mean 0 and deviation 1."""
    torch.manual_seed(config.heads.seed)
    learned, watched = data.parted(config.kept_apart, config.heads.seed)
    model = Ptum.of(encoder.eval(), ())
    x = model.profiles(learned.people)
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6

    def read(people: Sequences) -> Tensor:
        return torch.from_numpy((model.profiles(people) - mean) / deviation)

    d = x.shape[1]
    head: nn.Module = nn.Linear(d, data.classes)
    if two_layers:
        above = nn.Linear(config.hidden, data.classes)
        head = nn.Sequential(nn.Linear(d, config.hidden), nn.ReLU(), above)
    inputs, labels = read(learned.people), torch.from_numpy(learned.labels)
    asked = read(watched.people)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(len(labels), generator=generator).numpy()
        for rows in batches_of(order, config.batch_size):
            yield inputs[rows], labels[rows]

    def loss(net: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        return functional.cross_entropy(net(batch[0]), batch[1])

    @torch.inference_mode()
    def watch(net: nn.Module) -> float:
        return -missed(net(asked).numpy(), watched.labels)

    train(head, batches, loss, config.heads, watch, say)

    @torch.inference_mode()
    def told(people: Sequences) -> np.ndarray:
        return np.asarray(head(read(people)).double().numpy())

    return told


class Profile(nn.Module):
    """A layer of logits on a person's profile."""

    def __init__(self, encoder: BehaviourEncoder, classes: int) -> None:
        super().__init__()
        self.encoder, self.head = encoder, nn.Linear(2 * encoder.config.dimensions, classes)

    def forward(self, batch: Behaviours) -> Tensor:  # [b, classes]
        logits: Tensor = self.head(self.encoder(batch, self.encoder.items()).profile)
        return logits

    @torch.inference_mode()
    def told(self, people: Sequences) -> np.ndarray:
        """float64 [n, classes]."""
        parts = np.array_split(np.arange(len(people)), max(1, -(-len(people) // _AT_ONCE)))
        length = self.encoder.config.length
        found = [self(people.take(rows).latest(length)) for rows in parts]
        return np.asarray(torch.cat(found).double().cpu().numpy())


def tuned(encoder: BehaviourEncoder, data: Labelled, config: ProfileConfig, say: Say) -> Told:
    """The whole net, what of it may be moved."""
    torch.manual_seed(config.training.seed)
    learned, watched = data.parted(config.kept_apart, config.training.seed)
    net, length = Profile(encoder, data.classes), encoder.config.length

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        # People who did about as much stand together, so that little of a batch is padding.
        read = np.minimum(learned.people.lengths, length)
        order = np.argsort(read + rng.uniform(0, length / 4, len(read)))
        parts = np.array_split(order, max(1, round(len(order) / config.batch_size)))
        for number in rng.permutation(len(parts)):
            rows = parts[number]
            yield *learned.people.take(rows).latest(length), torch.from_numpy(learned.labels[rows])

    def loss(of: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        return functional.cross_entropy(of(Behaviours(*batch[:3])).float(), batch[3])

    def watch(of: nn.Module) -> float:
        assert isinstance(of, Profile)
        return -missed(of.told(watched.people), watched.labels)

    train(net, batches, loss, config.training, watch, say)
    return net.eval().told


def missed(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean of -log p of int64 [n] labels."""
    z = logits - logits.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels]))


def macro_f1(told: np.ndarray, labels: np.ndarray, classes: int) -> float:
    """The mean over the classes of 2 TP / (2 TP + FP + FN), of int64 [n] classes."""
    right = np.bincount(labels[told == labels], minlength=classes)
    both = np.bincount(told, minlength=classes) + np.bincount(labels, minlength=classes)
    return float(np.mean(2 * right / np.maximum(both, 1)))
