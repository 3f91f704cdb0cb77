"""What a way of measuring is: something to train on, and metrics per user of what was trained."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol as Shape

import numpy as np

from classic.data.catalog import UNKNOWN, Catalog
from classic.data.interactions import Interactions
from classic.data.places import find_folder
from classic.retrieve.recommender import Recommender
from classic.retrieve.text_encoder import vectors_of
from classic.source import Source


class Protocol(Shape):
    """`label` tells the protocol in the names of its metrics, as in `ndcg@10/full`."""

    @property
    def train(self) -> Interactions: ...

    @property
    def label(self) -> str: ...

    def metrics(self, model: Any, k: int = 10) -> dict[str, np.ndarray]:
        """Per user (or per test rating), float64, by name."""
        ...


@dataclass(frozen=True)
class OfFiles:
    """What is measured on the `files` of a data set."""

    about: str
    data: str
    files: tuple[str, ...]

    def folder(self) -> Path | None:
        """Where any of the files is."""
        return next((f for name in self.files if (f := find_folder(self.data, name))), None)


class FirstShown:
    """A table whose rows are chosen and compared by the first metric of the `shown` ones."""

    shown: tuple[str, ...]

    @property
    def choose_by(self) -> str:
        return self.shown[0]


@dataclass(frozen=True)
class Trial:
    """`inside` are hold-outs carved from training, to choose on; `report` is asked once. All of
    `report` share what they train on. `catalog` tells what the items are, where that is known."""

    inside: tuple[Protocol, ...]
    report: tuple[Protocol, ...]
    catalog: Catalog = UNKNOWN

    @property
    def train(self) -> Interactions:
        return self.report[0].train

    def source(self, train: Interactions) -> Source:
        """What a model learns from: those interactions, and what is known of the items."""
        return Source(train, self.catalog, vectors_of)

    def reported(self, model: Recommender, k: int) -> dict[str, np.ndarray]:
        return {
            name: values
            for protocol in self.report
            for name, values in protocol.metrics(model, k).items()
        }


Say = Callable[[str], None]
