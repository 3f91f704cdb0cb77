"""Opening a catalogue by name, with everything the tools need over it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from classic.data.catalog import Catalog
from classic.data.datasets import load, names
from classic.errors import BadInput
from classic.pipeline import PIPELINES, build_pipeline
from classic.retrieve.text_encoder import encode, encoder_available, vectors_of
from llmrec.linking import Linker
from llmrec.tools.toolbox import Toolbox
from llmrec.understanding.rules import RulesReader

if TYPE_CHECKING:
    from classic.models import Source
    from classic.retrieve.recommender import Recommender

__all__ = ["Opened", "names", "open_data"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A catalogue with its toolbox, its linker and the reader that needs no model."""

    box: Toolbox

    @cached_property
    def linker(self) -> Linker:
        return Linker(self.box.catalog)

    @cached_property
    def rules(self) -> RulesReader:
        return RulesReader(self.box.catalog)


@lru_cache(maxsize=8)
def open_data(name: str, pipeline: str = "hybrid") -> Opened:
    """The data set of that name, recommending by one of `PIPELINES` or by any model. Raises
    `BadInput` when there is none, or when the model is not trained on it."""
    loaded = load(name)
    model = None if pipeline in PIPELINES else _model(name, pipeline)
    built = build_pipeline(
        pipeline,
        loaded.catalog,
        loaded.interactions,
        _vectors,
        model,
    )
    box = Toolbox(loaded.catalog, built, encode if encoder_available() else None)
    return Opened(box)


def source_of(name: str) -> "Source":
    """What models learn from. Raises `BadInput` for a data set without interactions."""
    from classic.models import Source

    loaded = load(name)
    if loaded.interactions is None:
        raise BadInput(
            f"models learn from interactions, and {name} has none: "
            "llmrec data get ml-latest-small, then give --data ml-latest-small"
        )
    return Source(loaded.interactions, loaded.catalog, _vectors)


def _vectors(catalog: Catalog) -> np.ndarray | None:
    return vectors_of(catalog) if encoder_available() else None


def _model(data: str, name: str) -> "Recommender":
    from classic.models import MODELS
    from classic.trained import open_trained

    if name not in MODELS:
        known = ", ".join(dict.fromkeys((*PIPELINES, *MODELS)))
        raise BadInput(f"no pipeline or model {name!r}; there are: {known}")

    return open_trained(data, name, lambda: source_of(data))
