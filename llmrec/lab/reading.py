"""What an answer says of the items asked about, and what is wrong with it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classic.text import fold
from llmrec.lab.grounding import Grounding

ERRORS = ("not_in_candidates", "from_history", "duplicate", "missing", "unparsable", "too_long")
"""RecLM-eval's vocabulary (Lian et al. 2024), counted in items but for the last two, which count
whole answers: of one that says nothing, and of a prompt that does not fit the model."""

_MARK = re.compile(r"^[\s\-*•>#]*(?:\(?\d{1,3}[.):\]]\s*)?(?:\*\*)?")
_LETTER = re.compile(r"^\(?([A-Z])\)?(?:[.:)\-]\s*(.*)|\s*)$")
_YEAR = re.compile(r"\s*\(\d{4}\)")
_WORD = re.compile(r"\S+")
_QUOTES = " \t\"'“”‘’`*_.,;:"


@dataclass(frozen=True)
class Reading:
    """`scores` by item, higher the better; an item the answer does not speak of is not in them.
    `text` is what was written where a text was asked for."""

    scores: Mapping[str, float] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    text: str = ""


def unreadable(kind: str = "unparsable") -> Reading:
    return Reading({}, {kind: 1})


@dataclass(frozen=True)
class Shown:
    """What a prompt showed: the ids and titles asked about, by letter, and the titles of the
    history; `grounding` is what free text is read by. `names` are the titles without the typos
    that they were shown with."""

    items: tuple[str, ...]
    titles: tuple[str, ...]
    history: tuple[str, ...] = ()
    grounding: Grounding | None = None
    names: tuple[str, ...] = ()


def read_text(raw: object, tokens: int) -> Reading:
    """A written text as later prompts show it. One by a server that minds no limit is cut after
    so many words, none of which is less than a token; halves of a character that no file and no
    server would take are put together or replaced."""
    text = str(raw).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    words = list(_WORD.finditer(text))[:tokens]
    if not words:
        return unreadable()
    return Reading(text=text[: words[-1].end()])


def read_explanation(text: object, shown: Shown) -> Reading:
    """A text about the one item shown, whole."""
    told = read_text(text, len(str(text)))
    return Reading({shown.items[0]: 1.0}, {}, told.text) if told.text else told


def read_list(text: str, shown: Shown) -> Reading:
    """An answer with an item a line, the best first: a title, a letter, or both, numbered or not.
    Nothing is guessed: a line that is no title that was shown counts as an error."""
    lines = [line for line in map(_bare, text.splitlines()) if line]
    return _ranked([_named(line, shown) for line in lines], lines, shown)


def read_letters(letters: Sequence[object], shown: Shown) -> Reading:
    """A JSON list of letters, the best first."""
    told = [str(letter).strip() for letter in letters]
    return _ranked([_by_letter(letter, shown) for letter in told], told, shown)


def read_grounded(text: str, shown: Shown) -> Reading:
    """What a text names comes first, in its order, and the other items by how like it they are. A
    title that was not shown counts as an error, as a text does that names nothing, and an item that
    nothing scores is missing."""
    assert shown.grounding is not None
    catalog = shown.grounding.catalog
    lines = [line for line in map(_bare, text.splitlines()) if line]
    named = shown.grounding.named(lines, shown.items)
    errors, order = Counter[str](), list[str]()
    for ids in named:
        item = next((i for i in ids if i in shown.items), None)
        if item is None:
            past = any(catalog[i].label in shown.history for i in ids)
            errors["from_history" if past else "not_in_candidates"] += 1
        elif item in order:
            errors["duplicate"] += 1
        else:
            order.append(item)
    if not named:
        errors["not_in_candidates"] += 1
    scores = shown.grounding.likeness(text, [i for ids in named for i in ids], shown.items)
    scores |= {item: 1.0 + len(order) - rank for rank, item in enumerate(order)}
    if not scores:
        return unreadable()
    if missing := len(shown.items) - len(scores):
        errors["missing"] = missing
    return Reading(scores, dict(errors))


def _ranked(named: Sequence[int | None], told: Sequence[str], shown: Shown) -> Reading:
    """Items by the place where they are named first."""
    errors = Counter[str]()
    past = {_plain(title) for title in shown.history}
    order: list[int] = []
    for place, line in zip(named, told, strict=True):
        if place is None:
            errors["from_history" if _plain(line) in past else "not_in_candidates"] += 1
        elif place in order:
            errors["duplicate"] += 1
        else:
            order.append(place)
    if not order:
        return unreadable()
    if missing := len(shown.items) - len(order):
        errors["missing"] = missing
    scores = {shown.items[place]: float(-rank) for rank, place in enumerate(order)}
    return Reading(scores, dict(errors))


def _named(line: str, shown: Shown) -> int | None:
    """The place of the item that a line names."""
    if (whole := _by_title(line, shown)) is not None:
        return whole
    lettered = _LETTER.match(line)
    if not lettered:
        return None
    title = lettered[2]
    return _by_title(title, shown) if title else _by_letter(lettered[1], shown)


def _by_title(text: str, shown: Shown) -> int | None:
    """By the title as it was shown or, where a typo was mended, as it is."""
    told = _plain(text)
    for titles in (shown.titles, shown.names):
        plain = [_plain(title) for title in titles]
        if told in plain:
            return plain.index(told)
    return None


def _by_letter(letter: str, shown: Shown) -> int | None:
    place = ord(letter) - ord("A") if len(letter) == 1 else -1
    return place if 0 <= place < len(shown.items) else None


def _bare(line: str) -> str:
    """Without a list's mark, its number and what surrounds a title."""
    return _MARK.sub("", line).strip(_QUOTES)


def _plain(title: str) -> str:
    """As titles are compared: without the year, case, accents and punctuation."""
    return " ".join(re.findall(r"\w+", fold(_YEAR.sub("", title))))
