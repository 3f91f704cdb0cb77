"""PTUM's two objectives (Wu et al. 2020): masked behaviour prediction and next-K behaviours
prediction, each against negatives."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from classic.errors import BadInput
from classic.train.losses import FullSoftmax, SampledSoftmax
from llmrec.behaviour.encoder import BehaviourEncoder, Read
from llmrec.behaviour.sequences import HIDDEN_ACTION, HIDDEN_GAP, LIKED, Behaviours, Sequences

NOTHING = -1
"""Where there is nothing to be foretold."""
_HIDDEN, _ANOTHER = 0.8, 0.1
"""Of the chosen items, the share that is hidden and the share that another one stands for; the rest
stays (Devlin et al. 2019)."""


@dataclass(frozen=True)
class ObjectiveConfig:
    """`share` of the behaviours are chosen to be guessed, one at least; or exactly `count` of
    them, where that is not 0. `guessed_from` is the person with the place (`person`, as PTUM does)
    or what the net says at the place (`place`). `masked` and `next` weigh the two losses.
    `negatives`: `all` items, or so many that a batch shares, or `drawn`, PTUM's four of random
    behaviours of random people for each. With `liked` only likes are foretold, of all that came
    next."""

    share: float = 0.15
    count: int = 0
    guessed_from: Literal["person", "place"] = "place"
    masked: float = 1.0
    next: float = 1.0
    negatives: Literal["all", "shared", "drawn"] = "all"
    shared: int = 128
    drawn: int = 4
    liked: bool = False


@dataclass(frozen=True)
class Masked:
    """`behaviours` with some hidden, and int64 [b, l] what was there, `NOTHING` elsewhere."""

    behaviours: Behaviours
    wanted: Tensor


def masked(
    batch: Behaviours, n_items: int, config: ObjectiveConfig, rng: np.random.Generator
) -> Masked:
    """How an item was found and when tell of it, so they are hidden with it, whatever stands for
    the item itself."""
    items = batch.items.numpy()
    inside = items != n_items
    sizes = np.rint(config.share * inside.sum(axis=1))
    sizes = np.maximum(np.full_like(sizes, config.count) if config.count else sizes, 1)
    dice = np.where(inside, rng.random(items.shape), 2.0)
    # The place of each among the dice of its row: the lowest are chosen.
    order = dice.argsort(axis=1).argsort(axis=1)
    chosen = inside & (order < sizes[:, None])
    fate = rng.random(items.shape)
    another = rng.integers(0, n_items, items.shape)
    shown = np.select(
        [chosen & (fate < _HIDDEN), chosen & (fate < _HIDDEN + _ANOTHER)],
        [n_items + 1, another],
        items,
    )
    told = np.where(chosen, items, NOTHING)
    hidden = torch.from_numpy(chosen)
    behaviours = Behaviours(
        torch.from_numpy(shown),
        batch.actions.masked_fill(hidden, HIDDEN_ACTION),
        batch.gaps.masked_fill(hidden, HIDDEN_GAP),
    )
    return Masked(behaviours, torch.from_numpy(told))


@dataclass(frozen=True)
class Cut:
    """What came before a moment, and int64 [b, K] what came after, the next first, `NOTHING` past
    the end."""

    behaviours: Behaviours
    wanted: Tensor


def cut(
    sequences: Sequences,
    people: np.ndarray,
    ahead: int,
    length: int,
    rng: np.random.Generator,
    liked: bool = False,
) -> Cut:
    """Each of the people, who did two things at least, at a random moment: one thing came before
    it at least, and one after. What came after and was not `liked` is not foretold, where that is
    asked for."""
    n = sequences.lengths[people]
    moment = 1 + (rng.random(len(people)) * (n - 1)).astype(np.int64)
    places = moment[:, None] + np.arange(ahead)
    rows = sequences.bounds[people][:, None] + np.minimum(places, n[:, None] - 1)
    told = places < n[:, None]
    if liked:
        told &= sequences.actions[rows] == LIKED
    wanted = np.where(told, sequences.items[rows], NOTHING)
    before = sequences.until(people, moment).latest(length)
    return Cut(before, torch.from_numpy(wanted))


def masked_loss(
    net: BehaviourEncoder, read: Read, items: Tensor, wanted: Tensor, against: "Against"
) -> Tensor:
    """L_MBP: the mean of -log p over the places to be guessed."""
    there = wanted != NOTHING
    z = read.steps
    if against.config.guessed_from == "person":
        ago = read.inside.sum(dim=1, keepdim=True) - 1
        ago = (ago - torch.arange(wanted.shape[1], device=wanted.device)).clamp(min=0)
        z = read.person[:, None, :] + net.place(ago)
    return against(net.pointed(z[there]), functional.normalize(items, dim=1), wanted[there])


def next_loss(
    net: BehaviourEncoder, read: Read, items: Tensor, wanted: Tensor, against: "Against"
) -> Tensor:
    """L_NBP: the mean of -log p over what came k-th next, k = 1..K."""
    there = wanted != NOTHING
    z = net.ahead(read.person)[there]
    return against(net.pointed(z), functional.normalize(items, dim=1), wanted[there])


class Against:
    """The softmax of an objective; negatives are of `sequences`."""

    def __init__(self, config: ObjectiveConfig, sequences: Sequences) -> None:
        """Raises `BadInput` where all that was done is one thing."""
        if len(np.unique(sequences.items)) < 2:
            raise BadInput("there is nothing to tell apart: pre-training needs two items")
        self.config = config
        somebody = sequences.lengths > 0
        self.first = torch.from_numpy(sequences.bounds[:-1][somebody])
        self.lengths = torch.from_numpy(sequences.lengths[somebody])
        self.met = torch.from_numpy(sequences.items)

    def __call__(self, z: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        """The mean over float [n, d] places; items are float [n_items, d], wanted int64 [n]."""
        if self.config.negatives == "all":
            return FullSoftmax()(z, items, wanted)
        if self.config.negatives == "shared":
            return SampledSoftmax(self.config.shared)(z, items, wanted)
        candidates = torch.cat([wanted[:, None], self.others(wanted)], dim=1)  # [n, 1 + P]
        logits = (items[candidates] @ z[:, :, None])[:, :, 0]
        return functional.cross_entropy(logits.float(), torch.zeros_like(wanted))

    def others(self, wanted: Tensor) -> Tensor:
        """int64 [n, P]: random behaviours of random people, never what is wanted."""
        shape = (len(wanted), self.config.drawn)
        found = self._draw(shape).to(wanted.device)
        while bool((same := found == wanted[:, None]).any()):
            found = torch.where(same, self._draw(shape).to(wanted.device), found)
        return found

    def _draw(self, shape: tuple[int, ...]) -> Tensor:
        people = torch.randint(len(self.first), shape)
        places = (torch.rand(shape) * self.lengths[people]).long()
        return self.met[self.first[people] + places]
