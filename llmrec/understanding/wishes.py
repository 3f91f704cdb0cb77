"""What a turn wishes, in words: comparisons, people, who watches, genres, moods, origin, subject.

In this order: each takes its own words out of the text, so that the Bond of "James Bond" is read
once, and as one thing.
"""

import re

from classic.data.catalog import Catalog
from llmrec.understanding import lexicon
from llmrec.understanding.intent import asks_similar
from llmrec.understanding.keywords import Keywords
from llmrec.understanding.oneself import COUNTRIES
from llmrec.understanding.people import People
from llmrec.understanding.reading import Place, Reading, blanked
from llmrec.understanding.schema import CritiqueAttribute
from llmrec.understanding.table import Table

_GENRES = Table(lexicon.GENRE_WORDS)
_MOODS = Table(lexicon.MOOD_WORDS)
_CRITIQUES = Table(lexicon.CRITIQUE_WORDS)
_AUDIENCES = Table(lexicon.AUDIENCE_WORDS)
_NOT_AS = re.compile(rf"\b(?:not (?:as|so)|less) ({'|'.join(lexicon.COMPARED)}) (?:as|than)\b")
_COMPARES = re.compile(
    r"(?:^\W*|[.!?,;]\s*|\b(?:something|anything|wants?|but|and)\s+)"
    r"(?:(?:something|anything|a bit|a little|much|way) )?(?:\w+er|more|less)\b"
)
_NO_SUBTITLES = re.compile(r"\b(?:no|without|nothing with|hate) subtitles\b")
SPOKEN = {
    language: re.compile(rf"\b(?:in|speak\w*) {word}\b|\b{word}[- ](?:language|speaking)\b")
    for word, language in lexicon.LANGUAGE_WORDS.items()
}
_KNOWN_WELL = re.compile(r"\bseen (?:most|all|everything|nearly all|enough)(?: of| by| from)?\W+$")
_NOT_BY = re.compile(r"[^.!?]*\bnot (?:actually )?(?:by|with) (?:him|her|them)\b")
"""Whose films are known already, and whose manner is wanted without them."""
_FOR = re.compile(r"\bfor (?:the |a )?$")
"""An occasion, which no "not" before it reaches: "not gory, for Halloween"."""
_TOO_MANY = re.compile(r"\b(?:those|these|they)(?:'re| are) all (?:\w+ )?$")
"""A complaint: "those are all superhero films"."""
_TOPICS = re.compile(rf"\b(?:{lexicon.TOPICS})\b")
_COMPANY = re.compile(
    r"\b(?:with|w|w/|for|and) (?:my|our|the|some|a few|his|her) (?:\w+ ){0,2}?"
    r"(?:family|friends?|kids?|child(?:ren)?|sons?|daughters?|mother|father|mum|mom|dad|parents|brothers?|sisters?|wife|"
    r"husband|girlfriend|boyfriend|partner|grand\w+|niece|nephew|dog|cat|date)\b"
)
_REFUSED_MOODS: dict[str, tuple[CritiqueAttribute, int]] = {
    "violent": ("violence", -1),
    "dark": ("lightness", 1),
    "sad": ("lightness", 1),
}
"""What "nothing violent" asks for."""
_FOR_THE_YOUNG = ("Children", "Family")


class Wishes:
    """Built once per catalogue, whose people, genres and keywords it knows."""

    def __init__(self, catalog: Catalog) -> None:
        self.people, self.keywords = People(catalog), Keywords(catalog)
        own = {re.escape(g.lower()): (g,) for item in catalog for g in item.genres}
        self.genres = (_GENRES, Table(own)) if own else (_GENRES,)

    def read(self, reading: Reading) -> None:
        _comparisons(reading)
        self._people(reading)
        free = reading.free
        self._genres(reading)
        read_audience(reading, free)
        _moods(reading)
        _origin(reading)

    def read_subject(self, reading: Reading) -> None:
        """What it should be about: keywords among the words that nothing else has claimed, who it
        is watched with left aside, and the topics that stand for a genre as well."""
        topics = [m.span() for m in _TOPICS.finditer(reading.text)]
        claimed = [c for c in reading.claimed if not any(_within(t, c) for t in topics)]
        company = [m.span() for m in _COMPANY.finditer(reading.text)]
        found = self.keywords.find(blanked(reading.text, [*claimed, *company]))
        wanted = {
            keyword
            for keyword, at, _ in found
            if _FOR.search(reading.text[:at])
            or not (reading.negated(at) or _TOO_MANY.search(reading.text[:at]))
        }
        for keyword, _, _ in found:
            reading.add("keywords" if keyword in wanted else "not_keywords", keyword)

    def _people(self, reading: Reading) -> None:
        free = reading.free
        names = [(a, b) for keyword, a, b in self.keywords.find(free) if " " in keyword]
        for person, a, b in self.people.find(reading.free_as_written, reading.claimed):
            if any(_within((a, b), name) and name != (a, b) for name in names):
                continue
            known, without = _KNOWN_WELL.search(reading.text[:a]), _NOT_BY.match(reading.text[b:])
            refused = reading.negated(a) or known or without
            reading.add("not_people" if refused else "people", person)
            reading.claim([(a, b)])

    def _genres(self, reading: Reading) -> None:
        for table in self.genres:
            for genres, a, b in table.find(reading.free):
                for genre in genres:
                    reading.add("not_genres" if reading.negated(a) else "genres", genre)
                reading.claim([(a, b)])


def _comparisons(reading: Reading) -> None:
    """Steps away from a list in view, a named film, or what is usual."""
    for match in _NOT_AS.finditer(reading.text):
        attribute, direction = lexicon.COMPARED[match[1]]
        reading.critique(attribute, -direction)
        reading.claim([match.span()])
    free = reading.free
    likened = bool(reading.mentions) and asks_similar(free)
    if reading.listed or likened or _COMPARES.search(free):
        for (attribute, direction), a, b in _CRITIQUES.find(free):
            reading.critique(attribute, direction)
            reading.claim([(a, b)])


_RATED = re.compile(r"\bpg\b|\brated\b|\bg[- ]rated")


def read_audience(reading: Reading, free: str) -> None:
    """Read beside the genres, not behind them: "for the family" says both. A rating that is named
    says more than for whom it is."""
    found = _AUDIENCES.find(free)
    named = [one for one in found if _RATED.search(free[one[1] : one[2]])]
    for audience, a, b in named or found:
        bounded = free[a:b].startswith(("above", "over", "than"))  # "nothing above PG"
        if reading.negated(a) and audience != "PG-13" and not bounded:
            for genre in _FOR_THE_YOUNG:
                reading.add("not_genres", genre)
        elif reading.slots.get("audience_max") not in ("G", "PG"):
            reading.slots["audience_max"] = audience
        reading.claim([(a, b)])


def _moods(reading: Reading) -> None:
    for mood, a, b in _MOODS.find(reading.free):
        if not reading.negated(a):
            reading.add("moods", mood)
        elif mood in _REFUSED_MOODS:
            reading.critique(*_REFUSED_MOODS[mood])
        elif mood in ("scary", "disturbing"):
            reading.add("not_genres", "Horror")
        reading.claim([(a, b)])


def _origin(reading: Reading) -> None:
    """Countries and languages; who names a language means it, not the country."""
    if match := _NO_SUBTITLES.search(reading.text):
        reading.add("languages", "English")
        reading.claim([match.span()])
    free = reading.free
    for country, a, b in COUNTRIES.find(free):
        reading.add("not_countries" if reading.negated(a) else "countries", country)
        reading.claim([(a, b)])
    for language, pattern in SPOKEN.items():
        if match := pattern.search(free):
            reading.add("languages", language)
            reading.slots.pop("countries", None)
            reading.claim([match.span()])


def _within(inner: Place, outer: Place) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
