"""Opening a catalogue by name, with everything the tools need over it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from classic.data.datasets import Loaded, load, names
from classic.errors import BadInput
from classic.pipeline import PIPELINES, assemble
from classic.retrieve.content import Content
from classic.retrieve.text_encoder import encode, encoder_available, vectors_of
from classic.signal import Signal, find_signal
from llmrec.behaviour.people import PTUM, People
from llmrec.linking import Linker
from llmrec.tools.toolbox import Toolbox
from llmrec.understanding.rules import RulesReader

if TYPE_CHECKING:
    from classic.retrieve.recommender import Recommender
    from classic.source import Source

__all__ = ["PTUM", "Opened", "names", "open_data"]


@dataclass(frozen=True, eq=False)
class Ground:
    """What every way to recommend from a data set stands on, made once."""

    name: str
    loaded: Loaded

    @cached_property
    def content(self) -> Content:
        return Content.of(self.loaded.catalog, vectors_of(self.loaded.catalog))

    @cached_property
    def signal(self) -> Signal:
        return find_signal(self.loaded.catalog, self.loaded.interactions)

    @cached_property
    def people(self) -> People:
        return People(self.name, self.loaded)

    @cached_property
    def linker(self) -> Linker:
        return Linker(self.loaded.catalog)

    @cached_property
    def rules(self) -> RulesReader:
        return RulesReader(self.loaded.catalog)


@dataclass(frozen=True, eq=False)
class Opened:
    """A catalogue with its toolbox, its linker and the reader that needs no model."""

    box: Toolbox
    ground: Ground

    @property
    def linker(self) -> Linker:
        return self.ground.linker

    @property
    def rules(self) -> RulesReader:
        return self.ground.rules


@lru_cache(maxsize=16)
def open_data(name: str, retriever: str = "hybrid", rerank: str = "mmr") -> Opened:
    """The data set of that name, recommended from by one of `PIPELINES` or by any model, its lists
    put in order by one of `RERANKERS`. Raises `BadInput` when there is none, or when the model is
    not trained on it."""
    ground = _ground(name)
    model = None if retriever in PIPELINES else _model(name, retriever, ground)
    catalog = ground.loaded.catalog
    pipeline = assemble(retriever, catalog, ground.content, ground.signal, model, rerank)
    reads = encode if encoder_available() else None
    return Opened(Toolbox(catalog, pipeline, reads, ground.people), ground)


@lru_cache(maxsize=4)
def _ground(name: str) -> Ground:
    return Ground(name, load(name))


def source_of(name: str) -> "Source":
    """What models learn from. Raises `BadInput` for a data set without interactions."""
    from classic.source import Source

    loaded = _ground(name).loaded
    if loaded.interactions is None:
        raise BadInput(
            f"models learn from interactions, and {name} has none: "
            "llmrec data get ml-latest-small, then give --data ml-latest-small"
        )
    return Source(loaded.interactions, loaded.catalog, vectors_of)


def _model(data: str, name: str, ground: Ground) -> "Recommender":
    from classic.models import MODELS
    from classic.trained import open_trained

    if name == PTUM:
        return ground.people.model
    if name not in MODELS:
        known = ", ".join(dict.fromkeys((*PIPELINES, *MODELS, PTUM)))
        raise BadInput(f"no pipeline or model {name!r}; there are: {known}")

    return open_trained(data, name, lambda: source_of(data))
