"""The nouns of the dialogue: what is remembered, what is shown, and what a turn leaves behind."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from pydantic import Field

from llmrec.understanding.schema import Critique, Frozen, Intent, Scope, Slots, Understanding

PreferenceKind = Literal[
    "item",
    "genre",
    "person",
    "mood",
    "keyword",
    "language",
    "country",
    "year_min",
    "year_max",
    "runtime_max",
    "audience_max",
]
Feedback = Literal["liked", "disliked", "seen", "not_tonight"]
EvidenceKind = Literal["neighbour", "model", "content", "field", "words", "text", "popularity"]


def new_id() -> str:
    """A fresh id for a turn, a session or a preference."""
    return uuid4().hex


class Preference(Frozen):
    """Something a person wishes, and the words or the click that said so.

    `polarity`: +1 wanted or liked, -1 not, 0 seen without an opinion. `rating` in stars when one
    was given. `scope` `now` ends with the session, `always` stays. `private` marks imported
    ratings, which never leave the machine.
    """

    preference_id: str = Field(default_factory=new_id)
    kind: PreferenceKind
    value: str
    polarity: Literal[1, 0, -1] = 1
    scope: Scope = "now"
    rating: float | None = None
    utterance: str = ""
    private: bool = False
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Evidence(Frozen):
    """A fact behind a suggestion, with the source it can be checked against.

    `refers_to` names what the fact rests on: the liked item's id, `field=value` of the catalogue,
    or the preference id; `share` is what it adds to the item's score.
    """

    id: str
    kind: EvidenceKind
    text: str
    item_id: str
    refers_to: str
    share: float = 0.0


class Suggestion(Frozen):
    """One item of a reply: its place, its score split by source, its evidence."""

    item_id: str
    title: str
    year: int | None
    score: float
    rank: int
    sources: dict[str, float] = {}
    evidence: tuple[Evidence, ...] = ()


class CandidateSet(Frozen):
    """A named list on the bus: "B = A minus horror". Immutable; a new wish makes a new set."""

    name: str
    note: str
    item_ids: tuple[str, ...]
    tool: str = ""


class TraceStep(Frozen):
    """One step of a turn: what was called with what, how many went in and came out, how long."""

    step: str
    tool: str | None = None
    args: dict[str, object] = {}
    n_in: int | None = None
    n_out: int | None = None
    ms: float = 0.0


class LlmUsage(Frozen):
    """What the language model was asked for in this turn."""

    model: str | None = None
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class DialogueState(Frozen):
    """Everything the next turn needs to know, preferences aside. Replaced whole, never changed.

    `wish` is the free text of the request in force, `anchors` what it should be similar to,
    `critiques` the moves asked for since; `sets` is the candidate bus, newest last, whose last
    list the cards show; `asked` names the questions already asked; `pending` is the question
    that waits for an answer; `topic` is the one item that was spoken of last, what "it" means.
    """

    wish: str = ""
    anchors: tuple[str, ...] = ()
    critiques: tuple[Critique, ...] = ()
    reference: tuple[str, ...] = ()
    shown: tuple[Suggestion, ...] = ()
    sets: tuple[CandidateSet, ...] = ()
    hidden: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    pending: "Question | None" = None
    topic: str | None = None
    k: int = 6
    diversity: float = Field(default=0.2, ge=0.0, le=1.0)
    retriever: str | None = None

    def at(self, places: Sequence[int]) -> tuple[str, ...]:
        """The items at 1-based places of the list, those that it does not have left out."""
        return tuple(self.shown[n - 1].item_id for n in places if 0 < n <= len(self.shown))


class Question(Frozen):
    """A question put to the person: which film was meant, or what the catalogue splits by best.

    `offers` are item ids or values to pick from; `about` says what an answer would settle.
    """

    about: str
    text: str
    offers: tuple[str, ...] = ()
    role: str = ""
    """The item slot that an answer fills (`liked`, `anchors`...), for "which Heat?"."""


class Plan(Frozen):
    """The tool calls of one turn, assembled by code and therefore always valid."""

    calls: tuple["ToolCall", ...] = ()
    question: Question | None = None


class ToolCall(Frozen):
    """A tool by name with typed arguments."""

    tool: str
    args: dict[str, object] = {}


class Turn(Frozen):
    """One exchange, as stored and as `ask --json` prints it (`model_dump` minus the state)."""

    turn_id: str = Field(default_factory=new_id)
    kind: Literal["talk", "feedback"] = "talk"
    text: str
    reply: str
    mode: str
    intent: Intent
    slots: Slots = Slots()
    understanding: Understanding | None = None
    items: tuple[Suggestion, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    offers: tuple[str, ...] = ()
    """Item ids offered to pick from (a clarifying question, or the cold-start wall)."""
    trace: tuple[TraceStep, ...] = ()
    llm: LlmUsage = LlmUsage()
    fallbacks: tuple[str, ...] = ()
    ms: float = 0.0
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    state: DialogueState = DialogueState()
    learned: tuple[Preference, ...] = ()
    retired: tuple[str, ...] = ()
    """Ids of the preferences that this turn ended: forgotten, or contradicted by a later wish."""
