"""What a tool gives back: candidates by id for the bus, facts for the explanation, one sentence."""

from dataclasses import dataclass, field

from classic.candidates import Candidates
from llmrec.dialogue.nouns import Evidence, Preference, TraceStep


@dataclass(frozen=True)
class ToolResult:
    """`note` is a sentence of counts and facts that a language model may read; ids stay here.

    `emptied_by` names the limit that left nothing, `relaxed` the limits that were lifted so that
    something is left; `predicted` is a rating in stars.
    """

    note: str
    candidates: Candidates = field(default_factory=Candidates)
    items: tuple[str, ...] = ()
    facts: tuple[Evidence, ...] = ()
    n_in: int | None = None
    emptied_by: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    predicted: float | None = None
    learned: tuple[Preference, ...] = ()
    retired: tuple[str, ...] = ()
    steps: tuple[TraceStep, ...] = ()
