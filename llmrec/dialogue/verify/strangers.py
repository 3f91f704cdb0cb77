"""People, quotations and other names in a sentence that nothing carries."""

import re
from collections.abc import Iterator
from importlib.resources import files

from llmrec.dialogue.verify.facts import Facts, fields
from llmrec.dialogue.verify.names import forms_of
from llmrec.dialogue.verify.sentence import Sentence
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import fold

_QUOTED = re.compile(r"[“\"*_]([^“”\"*_]{2,80})[”\"*_]")
_CAPITALS = re.compile(r"\b[A-Z][\w'’.-]*(?:\s+[A-Z][\w'’.-]*)*")
_AS_A_NAME = re.compile(
    r"(?:['’]s)?\s+(?:is|was|has|had|would|could|might|will|came|comes|belongs|and|plays?|stars?|"
    r"directed|made|wrote|[A-Z])"
)
_TO_THE_PERSON = re.compile(r"\b(?:you|your|asked)\b", re.IGNORECASE)
_FREE = frozenset(
    ("i", "im", "id", "ill", "ive", "oh", "ok", "english", "pg", "pg-13", "r", "g", "tv", "dvd")
)
"""Capitals that claim nothing. Audience ratings are compared where numbers are."""
_OPENING = COMMON | frozenset(
    (files("llmrec.dialogue.verify") / "opening_words.txt").read_text("utf-8").split()
)
"""Words that a sentence may begin with, whatever follows."""


def unsupported_names(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Names of people and things that the items at hand have nothing to do with."""
    theirs = {forms_of(p) for item in sentence.about for p in item.people}
    to_the_person = _TO_THE_PERSON.search(sentence.text)
    spoken = facts.words_said if to_the_person or not sentence.about else ""
    for person in sentence.people:
        if person not in theirs and " ".join(person) not in spoken:
            yield f"person {' '.join(person)}"
    known = "\n".join(map(fields, sentence.about))
    carried = f"{known}\n{facts.reasons(sentence.about)}\n{facts.words_said}"
    for match in _QUOTED.finditer(sentence.rest):
        if fold(match[1]) not in carried:
            yield f"quotation {match[1]}"
    for match in _CAPITALS.finditer(sentence.rest):
        if not _carried(match, sentence.rest, carried):
            yield f"name {match[0]}"


def _carried(match: re.Match[str], text: str, known: str) -> bool:
    """Whether a run of capitals is a phrase of what is known. The first word of a sentence has a
    capital anyway, so it may also be any ordinary word."""
    words = [_plain(w) for w in match[0].split()]
    if _phrase(words, known):
        return True
    opens = not text[: match.start()].strip(" “\"'*(:")
    if not opens:
        return False
    if len(words) > 1:
        return words[0] in _OPENING and _phrase(words[1:], known)
    return words[0] in _OPENING or not _AS_A_NAME.match(text[match.end() :])


def _phrase(words: list[str], known: str) -> bool:
    left = [w for w in words if w not in _FREE]
    if not left:
        return True
    return bool(re.search(rf"(?<!\w){re.escape(' '.join(left))}(?:s|es)?(?!\w)", known))


def _plain(word: str) -> str:
    return (
        re.sub(r"s$", "", fold(word).strip(".,;:!?"))
        if "’s" in word or "'s" in word
        else fold(word).strip(".,;:!?")
    )
