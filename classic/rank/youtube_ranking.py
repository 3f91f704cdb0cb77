"""YouTube's ranking network: what was watched longer weighs more (Covington et al., RecSys 2016,
section 4)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from classic.rank.embedded import Embedded, tower
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.ranker import Ranker


@dataclass(frozen=True)
class YoutubeRankingConfig:
    dimensions: int = 16
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.2
    l2: float = 1e-4


class YoutubeRanking(Ranker):
    """A tower over the fields, the mean of what was watched before, and of each number x also x^2
    and sqrt x, of its standardised size. Where positives weigh the time they were watched for, as
    examples can, the odds e^(w x + b) are about the time to expect (section 4.2)."""

    reads_behaviour = True

    def __init__(self, layout: Layout, config: YoutubeRankingConfig) -> None:
        super().__init__()
        self.l2 = config.l2
        self.embedded = Embedded(layout, config.dimensions)
        watched = config.dimensions * len(layout.candidate)
        width = layout.fields * config.dimensions + watched + 2 * layout.numbers
        self.deep = tower((width, *config.hidden), config.dropout, layout.labels)

    def forward(self, batch: Batch) -> Tensor:  # [b, t]
        e, inside = self.embedded.behaviours(batch)  # [b, l, c k], [b, l]
        before = e.sum(dim=1) / inside.sum(dim=1, keepdim=True).clamp(min=1)
        x = batch.numbers
        powers = [x.square(), x.sign() * x.abs().sqrt()]
        logits: Tensor = self.deep(
            torch.cat([self.embedded(batch).flatten(1), before, *powers], dim=1)
        )
        return logits
