"""The context of an utterance from what was said before it, when only the words are at hand."""

from collections.abc import Sequence
from typing import Protocol

from llmrec.understanding.reader import Context
from llmrec.understanding.schema import Mention


class Links(Protocol):
    """Whoever finds catalogue titles in a text."""

    def link(self, text: str, *, known: Sequence[str] = ()) -> tuple[Mention, ...]: ...


def context_of(utterances: Sequence[str], linker: Links) -> Context:
    """`utterances` alternate user, system, user...; the items that the last system utterance names
    are the list in view, in the order named; a single one is what is spoken of."""
    said = tuple(utterances)
    systems = said[1::2]
    named = [m.item_id for m in linker.link(systems[-1])] if systems else []
    shown = tuple(dict.fromkeys(i for i in named if i))
    return Context(said, shown, topic=shown[0] if len(shown) == 1 else None)
