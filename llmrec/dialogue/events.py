"""What a turn emits while it runs: cards arrive first, prose after."""

from dataclasses import dataclass

from llmrec.dialogue.nouns import Suggestion, TraceStep, Turn


@dataclass(frozen=True)
class Step:
    """A step of the turn has ended."""

    trace: TraceStep


@dataclass(frozen=True)
class Cards:
    """The suggestions are known; the prose about them is still to come."""

    items: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Prose:
    """A verified piece of the reply. Pieces concatenate to `Turn.reply`."""

    text: str


@dataclass(frozen=True)
class Done:
    """The turn is finished and stored."""

    turn: Turn


Event = Step | Cards | Prose | Done
