"""Clauses and their polarity: what a "not" or a "hated" reaches."""

import re
from dataclasses import dataclass
from itertools import pairwise

_BREAK = re.compile(
    r"[.!?;\n]+|,\s*(?:but|and|not|no|just)?\b|\b(?:but|however|though|although|except|apart from|"
    r"whatever|instead|because|while|whereas)\b"
)
_NEGATIVE = re.compile(
    r"\b(?:no|not|never|without|don'?t|dont|doesn'?t|didn'?t|didnt|can'?t stand|cant stand|cannot|"
    r"hate[ds]?|hating|dislike[ds]?|avoid|nothing|none|anything but|except|apart from|sick of|"
    r"tired of|bored (?:of|by|with)|enough of|skip|isn'?t|wasn'?t|rather not|worst|awful|terrible|"
    r"boring|overrated|disappoint\w*|meh|minus|less|sucked|sucks|"
    r"couldn'?t (?:finish|stand|get into))\b"
)
_CANCELLED = re.compile(
    r"\b(?:(?:not|wasn'?t|isn'?t|ain'?t) (?:too |so |that |half )?bad|"
    r"no,? i (?:meant?|said|want\w*)|not only|don'?t mind|doesn'?t matter|no matter|"
    r"not sure|don'?t know|dont know|"
    r"no idea|can'?t (?:get enough|wait|remember)|why not|not (?:yet )?seen|haven'?t|never seen|"
    r"nothing (?:like|beats)|no preference|no problem|not the worst|not hate)\b"
)
_POSITIVE = re.compile(
    r"\b(?:lov(?:e|ed|es|ing)|like[ds]?|liked|enjoy(?:ed|s)?|ador(?:e|ed)|favou?rites?|fan of|"
    r"great|amazing|brilliant|awesome|fantastic|masterpiece|perfect|into|good|best|obsessed|"
    r"(?:not|wasn'?t|isn'?t) (?:too |so |that |half )?bad)\b"
)
_SEEN = re.compile(
    r"\b(?:seen|saw|watched|already know|rewatched|finished)\b(?!.*\b(?:haven'?t|never)\b)"
)


@dataclass(frozen=True)
class Clause:
    """`text[start:end]` with how it feels about what it names: +1, -1, or 0 for no opinion.

    `negated_from` is the place from which a negation reaches to the end of the clause.
    """

    start: int
    end: int
    polarity: int
    seen: bool
    negated_from: int | None


def clauses(text: str) -> list[Clause]:
    """Lower-case text in clauses; "X not Y" and "loved X but hated Y" come apart."""
    cuts = [0]
    for mark in _BREAK.finditer(text):
        cuts.append(mark.start())
    cuts.append(len(text))
    edges = sorted(set(cuts))
    return [_clause(text, a, b) for a, b in pairwise(edges)]


def _clause(text: str, start: int, end: int) -> Clause:
    part = text[start:end]
    calm = _CANCELLED.sub(lambda m: "~" * len(m[0]), part)
    negative = _NEGATIVE.search(calm)
    positive = _POSITIVE.search(calm)
    negated_from = start + negative.start() if negative else None
    if negative and (not positive or positive.start() > negative.start() or _HATES.search(calm)):
        return Clause(start, end, -1, bool(_SEEN.search(part)), negated_from)
    polarity = 1 if positive else 0
    return Clause(start, end, polarity, bool(_SEEN.search(part)), negated_from)


_HATES = re.compile(r"\b(?:hate[ds]?|can'?t stand|awful|terrible|boring|worst|sucked|overrated)\b")


def clause_at(found: list[Clause], place: int) -> Clause:
    """The clause that a place stands in."""
    return next((c for c in found if c.start <= place < c.end), found[-1])


def negated(found: list[Clause], place: int) -> bool:
    """Whether a negation reaches this place."""
    clause = clause_at(found, place)
    return clause.negated_from is not None and clause.negated_from <= place
