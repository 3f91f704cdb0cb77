"""The context of an utterance from what was said before it, when only the words are at hand."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from llmrec.understanding.reader import Context
from llmrec.understanding.schema import Mention

_NUMBERED = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+(?=\S)")
"""What stands before each entry of a list."""


class Links(Protocol):
    """Whoever finds catalogue titles in a text."""

    def link(self, text: str, *, known: Sequence[str] = ()) -> tuple[Mention, ...]: ...


def context_of(utterances: Sequence[str], linker: Links) -> Context:
    """`utterances` alternate user, system, user...; the items that the last system utterance names
    are the list in view, in the order named; a single one is what is spoken of."""
    said = tuple(utterances)
    systems = said[1::2]
    shown = tuple(dict.fromkeys(_named(systems[-1], linker))) if systems else ()
    return Context(said, shown, topic=shown[0] if len(shown) == 1 else None)


def _named(told: str, linker: Links) -> Iterator[str]:
    """The items of an utterance; of a numbered list the first of each entry, each read alone, so
    that no title is taken for a piece of its neighbours."""
    _, *entries = _NUMBERED.split(told)
    if len(entries) < 2:
        yield from (m.item_id for m in linker.link(told) if m.item_id)
        return
    for entry in entries:
        yield from [m.item_id for m in linker.link(entry) if m.item_id][:1]
