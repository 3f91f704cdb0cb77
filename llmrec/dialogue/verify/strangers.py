"""People, quotations and other names in a sentence that nothing carries."""

import re
from collections.abc import Iterator
from importlib.resources import files

from llmrec.dialogue.verify.facts import Facts, fields, plain, written
from llmrec.dialogue.verify.names import forms_of
from llmrec.dialogue.verify.sentence import Sentence
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import fold

_QUOTED = re.compile(r"[“\"*_]([^“”\"*_]{2,80})[”\"*_]")
_CAPITALS = re.compile(r"\b[A-Z][\w'’.-]*(?:\s+[A-Z][\w'’.-]*)*")
_AS_A_NAME = re.compile(
    r"(?:['’]s)?\s+(?:is|was|has|had|would|could|might|will|came|comes|belongs|and|plays?|stars?|"
    r"directed|made|wrote|[A-Z])|,\s+(?:with|by|from|which|who|starring)\b"
)
_ATTRIBUTE = re.compile(
    r"\s+(?:films?|movies?|entr(?:y|ies)|series|ones?|story|stories|sequels?)\b"
)
"""After "The Bond": what kind of thing, so that the name only tells which."""
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
    theirs |= set(sentence.owners) & {forms_of(p) for i in facts.background for p in i.people}
    for _, person in sentence.people:
        if person not in theirs and " ".join(person) not in spoken:
            yield f"person {' '.join(person)}"
    folded = "\n".join((*map(fields, sentence.about), facts.reasons(sentence.about)))
    for match in _QUOTED.finditer(sentence.rest):
        if fold(match[1]) not in f"{folded}\n{facts.words_said}":
            yield f"quotation {match[1]}"
    reasons = plain(" \n ".join(e.text for e in facts.evidence))
    known = "\n".join((*map(written, facts.background), reasons))
    for match in _CAPITALS.finditer(sentence.rest):
        if not _carried(match, sentence.rest, known, facts.words_said):
            yield f"name {match[0]}"


def _carried(match: re.Match[str], text: str, known: str, said: str) -> bool:
    """Whether a run of capitals is a name in what is known, or in the person's words. The first
    word of a sentence has a capital anyway, so it may also be any ordinary word."""
    words = [_bare(w) for w in match[0].split()]
    if _phrase(words, known, said):
        return True
    if text[: match.start()].strip(" “\"'*(:"):
        return False
    first = fold(words[0])
    if len(words) > 1:
        alone = first != "the" or re.search(rf"(?m)^{re.escape(' '.join(words[1:]))}$", known)
        alone = alone or _ATTRIBUTE.match(text[match.end() :])
        return first in _OPENING and bool(alone) and _phrase(words[1:], known, said)
    return first in _OPENING or not _AS_A_NAME.match(text[match.end() :])


def _phrase(words: list[str], known: str, said: str) -> bool:
    left = [w for w in words if fold(w) not in _FREE]
    phrase = rf"(?<!\w){re.escape(' '.join(left))}(?:s|es)?(?!\w)"
    return not left or bool(re.search(phrase, known) or re.search(fold(phrase), said))


def _bare(word: str) -> str:
    """A word without punctuation and without a possessive s."""
    return plain(re.sub(r"['’]s$|-(?:free|like|style|era|esque)$", "", word.strip(".,;:!?")))
