"""`Span`: words of a turn that may say something, and everything they could say.

Found liberally: whether "heat" is the film here, and whether it is liked, is for a reader to tell.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from llmrec.linking.linker import Linker
from llmrec.understanding import lexicon
from llmrec.understanding.oneself import COUNTRIES, what_one_is
from llmrec.understanding.qualities import QUALITIES
from llmrec.understanding.reader import Context
from llmrec.understanding.schema import Mention
from llmrec.understanding.wishes import SPOKEN, Wishes

Kind = Literal["title", "film", "place", "it", "person", "genre", "quality", "country", "language"]

_PLACE = re.compile(
    rf"\b(?:the )?(?P<many>first|last) (?P<count>two|three|2|3)\b(?! (?:hours|years|weeks|days))|"
    rf"\b(?:the )?(?P<ordinal>{'|'.join(lexicon.ORDINALS)})(?: (?:one|film|movie|option|pick|"
    rf"suggestion))?\b(?! (?:time|date|night|week|year|month|summer|half|hour|thing|of all))|"
    rf"(?:\b(?:number|no\.?|nr\.?|option)|#)\s*(?P<number>{lexicon.SMALL_NUMBER})\b|"
    r"(?<![\w.:/-])(?P<digit>\d)(?![\w/]|[.:]\d| ?(?:stars?|hours?|hrs?|h\b|min|years?|yrs?|out of|"
    r"films?|movies?|of them|more\b|%|-|x\b|times|kids|people|suggestions))"
)
_IT = re.compile(
    r"\b(?:it|that one|this one|that|this|that film|that movie)\b(?!['’]?s (?:all|me))"
)
_NEVER_TITLES = ("it", "up", "us", "her", "i", "saw")
"""Titles as well; but in lower case hardly ever meant as such, and said in every other turn."""
_WORDS = {word: n for n, word in enumerate(lexicon.SMALL_NUMBER.split("|")[1:], start=1)}


@dataclass(frozen=True)
class Span:
    """`text[start:end]`, what kind of thing it may be, and what it then stands for: ids of items,
    a place of the list, genres, a person, a country, a language, the word of a quality."""

    start: int
    end: int
    kind: Kind
    values: tuple[str, ...]


class Spans:
    """Built once per catalogue."""

    def __init__(self, linker: Linker, wishes: Wishes) -> None:
        self.linker, self.wishes = linker, wishes

    def find(self, text: str, mentions: Sequence[Mention], context: Context) -> tuple[Span, ...]:
        """In order of place, none inside another. `mentions`: what the linker is sure of."""
        lower = text.lower().replace("’", "'")
        lower = lower if len(lower) == len(text) else text
        sure = [_of_mention(m) for m in mentions]
        perhaps = [
            *_places(lower, len(context.shown)),
            *self._people(text),
            *self._genres(lower),
            *_qualities(lower),
            *_origins(lower),
            *_pronouns(lower, context),
            *self._films(text, context),
        ]
        perhaps.sort(key=lambda span: span.start - span.end)
        found: list[Span] = []
        taken = list(what_one_is(lower))
        for span in (*sure, *perhaps):
            if all(span.end <= start or end <= span.start for start, end in taken):
                found.append(span)
                taken.append((span.start, span.end))
        return tuple(sorted(found, key=lambda span: span.start))

    def _films(self, text: str, context: Context) -> Iterator[Span]:
        for mention in self.linker.candidates(text, known=context.shown):
            if mention.text not in _NEVER_TITLES:
                yield _of_mention(mention)

    def _people(self, text: str) -> Iterator[Span]:
        for person, start, end in self.wishes.people.find(text, []):
            yield Span(start, end, "person", (person,))

    def _genres(self, lower: str) -> Iterator[Span]:
        for table in self.wishes.genres:
            for genres, start, end in table.find(lower):
                yield Span(start, end, "genre", genres)


def _of_mention(mention: Mention) -> Span:
    kind: Kind = "film" if mention.item_ids else "title"
    return Span(mention.start, mention.end, kind, mention.item_ids)


def _qualities(lower: str) -> Iterator[Span]:
    for _, start, end in QUALITIES.find(lower):
        yield Span(start, end, "quality", (lower[start:end],))


def _origins(lower: str) -> Iterator[Span]:
    for country, start, end in COUNTRIES.find(lower):
        yield Span(start, end, "country", (country,))
    for language, pattern in SPOKEN.items():
        if match := pattern.search(lower):
            yield Span(*match.span(), "language", (language,))


def _pronouns(lower: str, context: Context) -> Iterator[Span]:
    """Where one film was spoken of."""
    if context.topic and (match := _IT.search(lower)):
        yield Span(*match.span(), "it", (context.topic,))


def _places(lower: str, n_shown: int) -> Iterator[Span]:
    for match in _PLACE.finditer(lower) if n_shown else ():
        places = [n for n in _pointed(match, n_shown) if 1 <= n <= n_shown]
        if places:
            yield Span(*match.span(), "place", tuple(map(str, places)))


def _pointed(match: re.Match[str], n_shown: int) -> list[int]:
    """1-based places."""
    if match["count"]:
        count = int(match["count"]) if match["count"].isdigit() else _WORDS[match["count"]]
        return list(range(1, count + 1) if match["many"] == "first" else range(n_shown, 0, -1))[
            :count
        ]
    if match["ordinal"]:
        place = lexicon.ORDINALS[match["ordinal"]]
        return [n_shown if place < 0 else place]
    said = match["number"] or match["digit"]
    return [int(said) if said.isdigit() else _WORDS[said]]
