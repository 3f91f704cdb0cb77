"""DeepFM: a factorization machine and a deep net over the same raw input and the same vectors (Guo
et al., IJCAI 2017)."""

from dataclasses import dataclass

from torch import Tensor

from classic.rank.embedded import Embedded, tower
from classic.rank.examples import Batch
from classic.rank.features import Layout
from classic.rank.fm import pairwise
from classic.rank.logistic import Linear
from classic.rank.ranker import Ranker


@dataclass(frozen=True)
class DeepFmConfig:
    dimensions: int = 16
    hidden: tuple[int, ...] = (128, 64)
    dropout: float = 0.2
    l2: float = 1e-4


class DeepFm(Ranker):
    """y_FM(x) + y_DNN(x), where z_0 = [e_1, ..., e_f]; the sigmoid is the loss's."""

    def __init__(self, layout: Layout, config: DeepFmConfig) -> None:
        super().__init__()
        self.linear, self.l2 = Linear(layout), config.l2
        self.embedded = Embedded(layout, config.dimensions)
        widths = (layout.fields * config.dimensions, *config.hidden)
        self.deep = tower(widths, config.dropout, layout.labels)

    def forward(self, batch: Batch) -> Tensor:  # [b, 1]
        e = self.embedded(batch)  # [b, fields, k]
        logits: Tensor = self.linear(batch) + pairwise(e) + self.deep(e.flatten(1))
        return logits
