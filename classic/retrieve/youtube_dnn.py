"""Candidate generation as YouTube does it (Covington, Adams & Sargin, RecSys 2016)."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.data.interactions import Interactions
from classic.retrieve.sequence import SequenceNet, SequenceRecommender, Watch, fit_sequence
from classic.train.loop import Say, TrainConfig, silent
from classic.train.losses import Loss, SampledSoftmax


@dataclass(frozen=True)
class YoutubeDnnConfig:
    """`layers` are the widths of the ReLU tower, whose last step is to `dimensions`. One window of
    `length` a user and epoch weighs everybody about alike, as the paper has it."""

    dimensions: int = 64
    layers: tuple[int, ...] = (256, 128)
    length: int = 100
    dropout: float = 0.1
    batch_size: int = 128
    loss: Loss = field(default_factory=lambda: SampledSoftmax(negatives=512))
    training: TrainConfig = field(default_factory=TrainConfig)


class YoutubeDnn(SequenceNet):
    """A ReLU tower over [mean of the watches, mean of the searches, example age] (section 3).

    No data set at hand has search logs: the words that the items met are tagged with stand in for
    them, `words` float [n_items, n_words] with rows that sum to 1. The age of an example is how
    far from the window's end it lies, and 0 when serving, at the very end.
    """

    words: Tensor

    def __init__(self, n_items: int, words: np.ndarray | None, config: YoutubeDnnConfig) -> None:
        d = config.dimensions
        super().__init__(n_items, d)
        tagged = np.zeros((n_items, 1)) if words is None else words
        padded = np.concatenate([tagged, np.zeros((1, tagged.shape[1]))])
        self.register_buffer("words", torch.from_numpy(padded).float())
        self.word = nn.Linear(tagged.shape[1], d, bias=False)
        self.watched = nn.Embedding(n_items + 1, d, padding_idx=n_items)
        nn.init.normal_(self.watched.weight[:n_items], std=d**-0.5)
        widths = (2 * d + 1, *config.layers)
        steps = [
            part
            for a, b in pairwise(widths)
            for part in (nn.Linear(a, b), nn.ReLU(), nn.Dropout(config.dropout))
        ]
        self.tower = nn.Sequential(*steps, nn.Linear(widths[-1], d))

    def forward(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, d]
        so_far = torch.arange(1, items.shape[1] + 1, device=items.device)[:, None]
        watches = self.watched(items).cumsum(dim=1) / so_far
        searches = functional.embedding(items, self.word(self.words)).cumsum(dim=1) / so_far
        inputs = torch.cat([watches, searches, self.age(items)], dim=2)
        out: Tensor = self.tower(inputs)
        return out

    def age(self, items: Tensor) -> Tensor:  # [b, l] -> [b, l, 1]
        """log(1 + steps to the end of the window), 0 for everybody when serving."""
        real = (items != self.n_items).float()
        to_come = real.flip(1).cumsum(dim=1).flip(1) - real
        return to_come.log1p()[:, :, None] * float(self.training)


def fit_youtube_dnn(
    interactions: Interactions,
    config: YoutubeDnnConfig | None = None,
    watch: Watch | None = None,
    say: Say = silent,
    words: np.ndarray | None = None,
) -> SequenceRecommender:
    """Each watch is predicted from those before it alone, never from those after (section 3.4)."""
    config = config or YoutubeDnnConfig()
    return fit_sequence(
        "youtube-dnn",
        interactions,
        lambda n: YoutubeDnn(n, words, config),
        config,
        config.loss,
        watch,
        say,
    )
