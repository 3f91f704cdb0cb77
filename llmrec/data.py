"""Opening a catalogue by name, with everything the tools need over it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from classic.data.datasets import load, names
from classic.pipeline import build_pipeline
from classic.retrieve.text_encoder import encode, encoder_available, vectors_of
from llmrec.linking import Linker
from llmrec.tools.toolbox import Toolbox
from llmrec.understanding.rules import RulesReader

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


@lru_cache(maxsize=4)
def open_data(name: str, pipeline: str = "hybrid") -> Opened:
    """The data set of that name. Raises `BadInput` when there is none."""
    loaded = load(name)
    vectors = vectors_of if encoder_available() else (lambda _: None)
    built = build_pipeline(pipeline, loaded.catalog, loaded.interactions, vectors)
    box = Toolbox(loaded.catalog, built, encode if encoder_available() else None)
    return Opened(box)
