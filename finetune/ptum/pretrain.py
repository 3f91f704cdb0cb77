"""Pre-training: both objectives on everybody's behaviour, stopped by people who are kept apart."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from classic.errors import BadInput
from classic.train.loop import Draw, Say, TrainConfig, rng_of, silent, train, undrawn
from classic.train.processes import own_draws, own_part
from finetune.ptum.objectives import (
    Against,
    Cut,
    Masked,
    ObjectiveConfig,
    cut,
    masked,
    masked_loss,
    next_loss,
)
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import LIKED, Behaviours, Sequences

_MOMENTS = 8
"""Of each person by whom training stops."""
_LEAST = 2
"""Behaviours of those who can be learned from: one to read and one to foretell."""


@dataclass(frozen=True)
class PretrainConfig:
    """`kept_apart` is the share of the people by whom training stops: what they did next, at a few
    moments, is to be foretold among all items. `batch_size` is in people; each is in a batch twice,
    once for each objective."""

    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    batch_size: int = 128
    kept_apart: float = 0.05
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            200,
            learning_rate=2e-3,
            weight_decay=0.01,
            averaging=0.995,
            look_every=2,
            patience=10,
            minutes=60,
            half_precision=True,
        )
    )


def pretrained(
    sequences: Sequences,
    config: PretrainConfig,
    text: np.ndarray | None = None,
    say: Say = silent,
    draw: Draw = undrawn,
    start: BehaviourEncoder | None = None,
) -> tuple[BehaviourEncoder, int]:
    """The encoder, and the number of epochs that made it. `text` is float32 [n_items, w]; the
    weights are first those of `start`, or drawn. Raises `BadInput` where too little was done."""
    able = np.flatnonzero(sequences.lengths >= _LEAST)
    if len(able) < 2:
        raise BadInput("pre-training needs two people with two behaviours")
    rng = np.random.default_rng(config.training.seed)
    able = rng.permutation(able)
    apart = max(1, round(config.kept_apart * len(able)))
    watched, learned = sequences.take(able[:apart]), sequences.take(np.sort(able[apart:]))
    asked = questions(watched, config.objective.liked, rng)
    torch.manual_seed(config.training.seed)
    net = BehaviourEncoder(sequences.n_items, config.encoder, text)
    if start is not None:
        net.load_state_dict(start.state_dict())
    against = Against(config.objective, learned)

    def loss(of: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        assert isinstance(of, BehaviourEncoder)
        return both(of, *unpacked(batch), config.objective, against)

    def watch(of: nn.Module) -> float:
        assert isinstance(of, BehaviourEncoder)
        return foretold(of, *asked)

    epochs = train(
        net,
        lambda generator: batches(learned, config, generator),
        loss,
        config.training,
        watch,
        say,
        draw,
    )
    return net, epochs


def both(
    net: BehaviourEncoder, hidden: Masked, moment: Cut, config: ObjectiveConfig, against: Against
) -> Tensor:
    """L = masked L_MBP + next L_NBP."""
    items = net.items()
    total = items.new_zeros(())
    if config.masked:
        read = net(hidden.behaviours, items)
        total = total + config.masked * masked_loss(net, read, items, hidden.wanted, against)
    if config.next:
        read = net(moment.behaviours, items)
        total = total + config.next * next_loss(net, read, items, moment.wanted, against)
    return total


def batches(
    sequences: Sequences, config: PretrainConfig, generator: torch.Generator
) -> Iterator[tuple[Tensor, ...]]:
    """One epoch: everybody once for each objective, at other places and moments than before. People
    who did about as much stand together, so that little of a batch is padding."""
    rng, length = rng_of(generator), config.encoder.length
    own = own_draws(rng)
    read = np.minimum(sequences.lengths, length)
    order = np.argsort(read + rng.uniform(0, length / 10, len(read)))
    parts = np.array_split(order, max(1, round(len(order) / config.batch_size)))
    for number in rng.permutation(len(parts)):
        people = own_part(parts[number])
        seen = sequences.take(people).latest(length)
        hidden = masked(seen, sequences.n_items, config.objective, own)
        moment = cut(sequences, people, config.encoder.ahead, length, own, config.objective.liked)
        yield (*hidden.behaviours, hidden.wanted, *moment.behaviours, moment.wanted)


def unpacked(batch: tuple[Tensor, ...]) -> tuple[Masked, Cut]:
    """What `batches` packed."""
    return Masked(Behaviours(*batch[:3]), batch[3]), Cut(Behaviours(*batch[4:7]), batch[7])


def questions(
    people: Sequences, liked: bool, rng: np.random.Generator
) -> tuple[Sequences, np.ndarray]:
    """What was done until a moment, a few moments of each of the people, and int64 what came next,
    all of it likes where that is asked for."""
    places = np.arange(len(people.items))
    owner = np.repeat(np.arange(len(people)), people.lengths)
    able = places > people.bounds[owner]
    if liked:
        able &= people.actions == LIKED
    asked = rng.permutation(places[able])
    # Of everybody the first few of what was mixed.
    asked = asked[np.argsort(owner[asked], kind="stable")]
    of = owner[asked]
    asked = asked[np.arange(len(asked)) - np.searchsorted(of, of) < _MOMENTS]
    whose = owner[asked]
    return people.until(whose, asked - people.bounds[whose]), people.items[asked]


def foretold(net: BehaviourEncoder, before: Sequences, wanted: np.ndarray) -> float:
    """The mean of 1 / the rank of what was wanted, among all items that had not been met."""
    told = Ptum.of(net, tuple(map(str, range(before.n_items)))).scores(before)
    rows = np.arange(len(before))
    own = told[rows, wanted]
    told[np.repeat(rows, before.lengths), before.items] = -np.inf
    return float(np.mean(1.0 / (1 + (told > own[:, None]).sum(axis=1))))
