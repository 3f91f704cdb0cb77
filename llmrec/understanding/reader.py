"""`Reader`: whoever turns an utterance into an `Understanding` (rules, or a language model)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from llmrec.understanding.schema import Mention, Understanding


@dataclass(frozen=True)
class Context:
    """What was said and shown before: `utterances` oldest first, alternating user and system;
    `shown` the item ids of the last list, in order; `pending` the item ids of an open question;
    `topic` the one item that was spoken of last, if it was one.
    """

    utterances: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    topic: str | None = None


class Reader(Protocol):
    """Never raises on any text; what it cannot read it leaves out."""

    def read(self, text: str, mentions: Sequence[Mention], context: Context) -> Understanding: ...
