"""What is said of one item has to be true of that one, and what two share of both."""

import re
from collections.abc import Iterator, Sequence

from classic.data.item import Item
from llmrec.dialogue.verify.facts import Facts, fields
from llmrec.dialogue.verify.genres import genres_not_of
from llmrec.dialogue.verify.names import forms_of
from llmrec.dialogue.verify.sentence import Sentence
from llmrec.linking.normal import fold

_SHARES = re.compile(r"\b(?:shar(?:es?|ing)|has|have) (?:both )?(.{3,120}?) (?:in common )?with\b")
_PARTS = re.compile(r",|\band\b|\bas well as\b|\bboth\b")
_EMPTY = re.compile(
    r"(?:an?|the|its|their|same|genres?|themes?|mood|tone|of|directors?|cast|lead|stars?|story|"
    r"setting|keywords?|common|similar|some|many|also)"
)


_IS_IN = re.compile(
    r"\b(?:is|are|was|were|stars?|starred|appears?|appeared|plays?|played|turns up|shows up)"
    r"(?:\s+(?:both|also|all|again|too))?\s+in\s+(?:the\s+)?$"
)
_MADE = re.compile(r"\b(?:directed|made|shot|helmed)\s+(?:the\s+)?$")
_DIRECTED_BY = re.compile(r"\b(?:directed|helmed) by(?:\s+the\s+\w+)?\s+$")
_STARRING = re.compile(r"\b(?:starring|stars|starred)\s+$")
_IS_A = re.compile(r"\s+(?:\(\d{4}\)\s+)?is\s+(?:also |really |just )?an?\s+([^.,;]*?)\s+like\b")


def unsupported_roles(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Who is said to be in a film, to star in it or to have directed it, is that there."""
    for place, item_id in sentence.places:
        before = sentence.text[:place]
        item = facts.catalog[item_id]
        cast, directors = {forms_of(p) for p in item.people}, {forms_of(p) for p in item.directors}
        for pattern, theirs in ((_IS_IN, cast), (_MADE, directors)):
            for start, person in sentence.people:
                named = pattern.search(before) and start < place
                if named and not _film_between(sentence, start, place) and person not in theirs:
                    yield f"not of {item.title}: {' '.join(person)}"
    for start, person in sentence.people:
        before = sentence.text[:start]
        directed = {forms_of(d) for item in sentence.about for d in item.directors}
        acted = {forms_of(a) for item in sentence.about for a in item.cast}
        if _DIRECTED_BY.search(before) and person not in directed:
            yield f"not the director: {' '.join(person)}"
        if _STARRING.search(before) and person not in acted:
            yield f"not in the cast: {' '.join(person)}"


def _film_between(sentence: Sentence, start: int, end: int) -> bool:
    return any(start < place < end for place, _ in sentence.places)


def unsupported_kinds(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Reads "A is a war film like B": the genre has to be A's."""
    for place, item_id in sentence.places:
        item = facts.catalog[item_id]
        title_end = place + len(item.title)
        if match := _IS_A.match(sentence.text[title_end:]):
            yield from genres_not_of((item,), match[1].lower())


def unsupported_relations(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Reads "A shares X and Y with B": every part has to stand in the facts of A and of B."""
    for match in _SHARES.finditer(sentence.text):
        before = [i for place, i in sentence.places if place < match.start()]
        after = [i for place, i in sentence.places if place >= match.end(1)]
        subject = facts.catalog[before[-1]] if before else None
        if subject is None and len(sentence.subject) == 1:
            subject = facts.catalog[sentence.subject[0]]
        if subject is None or not after:
            continue
        pair = (subject, facts.catalog[after[0]])
        for part in filter(None, map(str.strip, _PARTS.split(match[1]))):
            if not _shared(part, pair):
                yield f"not shared: {part}"


def _shared(part: str, pair: Sequence[Item]) -> bool:
    words = [w for w in re.findall(r"[\w'’-]+", fold(part)) if not _EMPTY.fullmatch(w)]
    if not words:
        first, second = ({fold(d) for d in item.directors} for item in pair)
        return "director" not in part or bool(first & second)
    return all(w.removesuffix("s") in fields(item) for item in pair for w in words)
