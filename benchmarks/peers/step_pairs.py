"""What races in `steps`: nets and losses of ours, made equal to those of torch-rechub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.retrieve.gru import Gru, GruConfig
from classic.retrieve.sasrec import SasRec, SasRecConfig
from classic.retrieve.sequence import SequenceNet
from classic.retrieve.two_tower import TwoTower, TwoTowerConfig
from classic.train.losses import AnyLoss, GBce

NEGATIVES = 3
"""Of the two-tower and the GRU: those of torch-rechub's examples."""


@dataclass(frozen=True)
class Shape:
    """What both sides are given; dropout is 0, as they put it in different places. `windows`, each
    of at most `length` targets, make a step of ours."""

    windows: int
    dimensions: int = 64
    hidden: int = 128
    layers: int = 2
    blocks: int = 2
    heads: int = 2
    length: int = 50
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Cosine:
    """A loss over the cosines of what it is given."""

    loss: AnyLoss

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        return self.loss(functional.normalize(hidden, dim=1), functional.normalize(items), wanted)


@dataclass(frozen=True)
class OwnNegatives:
    """Softmax among the wanted item and a few of its own, drawn evenly for every place, itself not
    kept out; with one of them it is BPR (Rendle et al., UAI 2009)."""

    negatives: int

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        drawn = torch.randint(len(items), (len(wanted), self.negatives), device=items.device)
        candidates = functional.embedding(torch.cat([wanted[:, None], drawn], dim=1), items)
        logits = (candidates * hidden[:, None, :]).sum(dim=2)
        return functional.cross_entropy(logits, torch.zeros_like(wanted))


def bare_gru(n_items: int, config: GruConfig) -> Gru:
    """Without biases."""
    net = Gru(n_items, config)
    d = config.dimensions
    net.cell = nn.GRU(d, d, config.layers, batch_first=True, bias=False)
    return net


def narrow_sasrec(n_items: int, config: SasRecConfig) -> SasRec:
    """Its feed-forward d wide, as in the paper, and not 4 d."""
    net = SasRec(n_items, config)
    d = config.dimensions
    for block in net.blocks:
        block.ffn = nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d))
    return net


@dataclass(frozen=True)
class Pair:
    """Our net and its configuration as close to torch-rechub's as they get, `windows` to a step.
    `rows_per_target` is how many rows a target takes them, `None` where a row of theirs is a
    window, as ours is; `same` is the loss of both sides, `unlike` what differs between them."""

    net: Callable[[int, Any], SequenceNet]
    config: Callable[[Shape, dict[str, Any]], Any]
    loss: AnyLoss
    windows: int
    rows_per_target: int | None
    same: str
    unlike: str


PAIRS: Mapping[str, Pair] = {
    "two-tower": Pair(
        lambda n_items, config: TwoTower(n_items, None, config),
        lambda shape, common: TwoTowerConfig(hidden=shape.hidden, anonymous=0.0, **common),
        GBce(negatives=NEGATIVES, calibration=0.0, shared=1),
        windows=20,
        rows_per_target=1 + NEGATIVES,
        same="binary cross-entropy of the cosine, the wanted item and three drawn evenly",
        unlike="Theirs: DSSM, point-wise, without the batch norms and last activations of its "
        "towers, which ours lack; a row for each negative, drawn once, and a loss by row, told "
        "here times four. Ours: a negative that is the wanted item is taken out; negatives drawn "
        "at each step; the places of a window share a batch.",
    ),
    "gru": Pair(
        bare_gru,
        lambda shape, common: GruConfig(layers=shape.layers, **common),
        Cosine(OwnNegatives(NEGATIVES)),
        windows=20,
        rows_per_target=1,
        same="softmax of cosines among the wanted item and three drawn evenly, temperature 1",
        unlike="Theirs: GRU4Rec, list-wise, mended (the released one sums its scores over the "
        "candidates instead of the dimensions), with a linear layer for its MLP and one number, 0, "
        "for the field of the person that it wants; negatives drawn once. Ours: no biases in the "
        "GRU, as theirs; negatives drawn at each step; the places of a window share a batch.",
    ),
    "sasrec": Pair(
        narrow_sasrec,
        lambda shape, common: SasRecConfig(blocks=shape.blocks, heads=shape.heads, **common),
        OwnNegatives(1),
        windows=128,
        rows_per_target=None,
        same="-log sigmoid(wanted - other) at every place, one other drawn evenly for each",
        unlike="Theirs: pair-wise, mended (MatchTrainer cannot train the released one: scores laid "
        "out in one row, without the places of padding); embeddings times the root of d; norms "
        "of the query and of a block's halves; negatives drawn once. Ours: norms before the "
        "halves; a feed-forward as narrow as theirs, with ReLU; negatives drawn at each step; "
        "windows of like length stand together.",
    ),
}
