"""Ways to tell a fact, and ways to put facts together.

`phrases/NAME.txt` begins with a fact as the chat's evidence tells it; its places in brackets are
what one fact has and another has not. Each line below tells the same, `[it]` standing for the
title. A line of `frames.txt` makes sentences of such clauses: `[names]` is one that names the
title, `[it]` and `[It]` are ones that call it "it", `[film]` is the title itself.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classic.errors import BadInput
from finetune.chat.phrases import one_reading

_PLACE = re.compile(r"\[(\w+)\]")
_FACT = "fact: "
_CLAUSES = ("names", "it", "It")


@dataclass(frozen=True)
class Form:
    """A kind of fact: `fact` is how evidence tells it, `pattern` reads one, `lines` are ways to
    tell it."""

    name: str
    fact: str
    pattern: re.Pattern[str]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A fact read by its form: what stands in its places."""

    form: Form
    values: Mapping[str, str]

    def clause(self, line: str, title: str, rng: random.Random) -> str:
        """One of the line's ways to tell the fact; the title is `title` once, then "it"."""
        text = one_reading(line, rng).replace("[it]", title, 1).replace("[it]", "it")
        return _PLACE.sub(lambda place: self.values[place[1]], text)


@dataclass(frozen=True)
class Frame:
    """Sentences that as many clauses make as it has places for."""

    text: str

    @property
    def size(self) -> int:
        """How many clauses it takes; each of its readings takes as many."""
        return len(clauses(one_reading(self.text, random.Random(0))))


def clauses(text: str) -> tuple[str, ...]:
    """The places of clauses in one reading of a frame."""
    return tuple(place for place in _PLACE.findall(text) if place in _CLAUSES)


@cache
def forms() -> tuple[Form, ...]:
    """Every kind of fact, those with most words of their own first, as they are to be tried. Raises
    `BadInput` for a file that does not begin with a fact, or whose lines have other places."""
    folder = files("finetune.explain") / "phrases"
    found = [_form(f.name.removesuffix(".txt"), f.read_text("utf-8")) for f in folder.iterdir()]
    return tuple(sorted(found, key=lambda form: (-len(_PLACE.sub("", form.fact)), form.name)))


def _form(name: str, text: str) -> Form:
    fact, *lines = filter(None, map(str.strip, text.splitlines()))
    if not fact.startswith(_FACT) or not lines:
        raise BadInput(f"phrases/{name}.txt: its first line is no fact, or no line follows it")
    fact = fact.removeprefix(_FACT)
    for line in lines:
        if stray := set(_PLACE.findall(line)) - {*_PLACE.findall(fact), "it"}:
            raise BadInput(f"phrases/{name}.txt: its fact has no {stray.pop()!r}: {line}")
    literal = _PLACE.sub("\0", fact)
    names = iter(_PLACE.findall(fact))
    pattern = re.sub(re.escape("\0"), lambda _: f"(?P<{next(names)}>.+)", re.escape(literal))
    return Form(name, fact, re.compile(pattern), tuple(lines))


@cache
def frames() -> tuple[Frame, ...]:
    """Every way to put clauses together."""
    text = (files("finetune.explain") / "frames.txt").read_text("utf-8")
    return tuple(Frame(line.strip()) for line in text.splitlines() if line.strip())


def read_fact(text: str) -> Told:
    """The form of a fact and what stands in its places. Raises `BadInput` for one that no file of
    `phrases/` tells."""
    for form in forms():
        if match := form.pattern.fullmatch(text):
            return Told(form, match.groupdict())
    raise BadInput(f"no file of finetune/explain/phrases tells this kind of fact: {text}")
