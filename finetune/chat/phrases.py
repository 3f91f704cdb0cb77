"""Phrasings: one text file per intent, one way to say it per line.

`{a|b}` picks one, `[liked]` and its like are filled in by `fill`; a line may begin with the context
it needs: `list:` (a list is in view), `film:` (one film was spoken of) or `first:` (nothing yet).
"""

import random
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, get_args

from classic.errors import BadInput
from llmrec.understanding.form import AIMS

Needs = Literal["list", "film", "first", "any"]
_MARK = re.compile(rf"^({'|'.join(get_args(Needs))}):\s*")
_INNERMOST = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"\s{2,}")


@dataclass(frozen=True)
class Phrase:
    """One line: what it aims at (an intent, or `forget`), the context it needs, its text."""

    aim: str
    needs: Needs
    text: str

    def said(self, rng: random.Random) -> str:
        """One of its readings, its places still to be filled."""
        return one_reading(self.text, rng)


def one_reading(text: str, rng: random.Random) -> str:
    """Of each `{a|b}` one side."""
    while match := _INNERMOST.search(text):
        chosen = rng.choice(match[1].split("|"))
        text = text[: match.start()] + chosen + text[match.end() :]
    return _BLANKS.sub(" ", text).strip()


def phrases() -> tuple[Phrase, ...]:
    """Every phrasing there is. Raises `BadInput` for a line that cannot be read."""
    return tuple(phrase for aim in AIMS for phrase in _of(aim))


def _of(aim: str) -> list[Phrase]:
    lines = _lines("phrases", aim)
    return [_phrase(aim, line, n) for n, line in enumerate(lines, start=1)]


def words_of(name: str) -> list[str]:
    """The lines of `words/NAME.txt`: what the places of phrasings are filled with."""
    return _lines("words", name)


def _lines(folder: str, name: str) -> list[str]:
    text = (files("finetune.chat") / folder / f"{name}.txt").read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _phrase(aim: str, line: str, number: int) -> Phrase:
    if line.count("{") != line.count("}") or line.count("[") != line.count("]"):
        raise BadInput(f"{aim}.txt, line {number}: a bracket is not closed: {line}")
    mark = _MARK.match(line)
    needs: Needs = mark[1] if mark else "any"  # type: ignore[assignment]
    return Phrase(aim, needs, line[mark.end() :] if mark else line)
