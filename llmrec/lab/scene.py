"""`Scene`: what every context builder is given, and the settings that several have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from classic.errors import BadInput
from llmrec.lab.dialogue import Line
from llmrec.lab.ground import Ground
from llmrec.lab.task import Case

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Asked:
    """What one prompt asks about: items in the order shown. `free` empties the history, or
    everything that was somebody's own, for calibration. `step` is the text that it wants written,
    nothing where it wants an answer; `written` are the texts that stand already, by name."""

    items: tuple[str, ...]
    free: Literal["", "history", "all"] = ""
    step: str = ""
    written: tuple[tuple[str, str | tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Scene:
    """Whom a prompt is about, what it asks, and how much history it has room for."""

    ground: Ground
    case: Case
    asked: Asked
    room: int

    def titles(self, ids: Sequence[str], genres: bool = False, typos: float = 0.0) -> list[str]:
        return [self.title(i, genres, typos) for i in ids]

    def title(self, item_id: str, genres: bool = False, typos: float = 0.0) -> str:
        own = self.ground.item(item_id).genres
        kinds = f" [{', '.join(own)}]" if genres and own else ""
        return self.ground.title(self.case, item_id, typos) + kinds

    def past(self, last: int) -> tuple[str, ...]:
        """The latest of the history, oldest first, as many as asked for and as fit."""
        return self.case.history[-min(last, self.room) :] if self.room else ()

    def lines(self, last: int) -> tuple[Line, ...]:
        """The latest that were said, the newest last, as many as asked for and as fit."""
        return self.case.lines[-min(last, self.room) :] if self.room else ()

    @property
    def stars(self) -> tuple[float, ...]:
        """Those of the history. Raises `BadInput` where none are known."""
        if not self.case.stars:
            raise BadInput(f"{self.ground.task.data} has no stars to show: ask with --task ratings")
        return self.case.stars


@dataclass(frozen=True)
class TypoSettings:
    """`typos` is the share of titles with a slip of the finger, drawn for each person."""

    typos: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.typos <= 1.0:
            raise BadInput(
                f"typos: {self.typos:g} is no share: write 0.1 for a tenth of the titles"
            )


@dataclass(frozen=True)
class NoSettings:
    """There is nothing to set."""
