"""`Draft`: a turn in the making, as it passes from node to node; `Parts`: what the nodes use."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Annotated, TypedDict

from llmrec.dialogue.nouns import (
    DialogueState,
    Evidence,
    Plan,
    Preference,
    Suggestion,
    ToolCall,
    TraceStep,
)
from llmrec.dialogue.verify import Verified
from llmrec.llm.protocol import LanguageModel, Usage
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Toolbox
from llmrec.understanding.reader import Reader
from llmrec.understanding.schema import Mention, Understanding
from llmrec.understanding.transcript import Links

Verify = Callable[[str, Sequence[str], Sequence[Evidence], Sequence[str]], Verified]
"""(reply, item ids, evidence, what the person said) -> verified reply."""


@dataclass(frozen=True)
class Parts:
    """What a turn is made with. `model` is `None` in `rules` mode; `teller` is a model that was
    tuned to say why a title is on the list."""

    box: Toolbox
    linker: Links
    reader: Reader
    verify: Verify
    model: LanguageModel | None = None
    teller: LanguageModel | None = None
    usage: Usage = field(default_factory=Usage)
    stop: threading.Event = field(default_factory=threading.Event)


class Draft(TypedDict, total=False):
    """Each key is written by one node; `trace`, `notes` and `fallbacks` grow.

    `notes` are sentences that the reply has to carry whatever else it says: what was relaxed, what
    is not known, which earlier wish gave way.
    """

    text: str
    utterances: tuple[str, ...]
    state: DialogueState
    preferences: tuple[Preference, ...]
    mentions: tuple[Mention, ...]
    understanding: Understanding
    learned: tuple[Preference, ...]
    retired: tuple[str, ...]
    plan: Plan
    done: tuple[tuple[ToolCall, ToolResult], ...]
    items: tuple[Suggestion, ...]
    evidence: tuple[Evidence, ...]
    reply: str
    notes: Annotated[list[str], add]
    trace: Annotated[list[TraceStep], add]
    fallbacks: Annotated[list[str], add]
