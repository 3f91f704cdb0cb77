"""What a turn says of items, named or by place in the list: liked, disliked, seen, to be like."""

import re
from collections.abc import Sequence

from llmrec.understanding.clauses import Clause
from llmrec.understanding.intent import asks_fact, asks_similar, compares
from llmrec.understanding.lexicon import ORDINALS
from llmrec.understanding.reading import Reading

_REFERS = re.compile(
    r"(?:\b(?:number|no\.?|nr\.?|#|the|that|option|film|movie|pick|why|seen|saw|watched|liked?|"
    r"loved|hated|more like|about|like|compare|and|or|,|&)\s*|^\s*)#?(\d{1,2})\b(?!\s*(?:stars?|"
    r"hours?|h\b|min|years?|/|out of|films?|movies?|s\b|'s\b|%|more|of))"
)
_ORDINAL = re.compile(r"\bthe (" + "|".join(ORDINALS) + r")(?: (?:one|film|movie))?\b")
_NOT_THIS = re.compile(
    r"\b(?:not|isn'?t|except|besides|other than|apart from|anything but)\s+"
    r"(?:~+(?:\s*,\s*|\s+)(?:or|and|nor)?\s*)*$"
)
"""Before a title that is not wanted on the list, which is no opinion on it."""
_LIKE = re.compile(
    r"(?:similar to|more like|else like|"
    r"(?<!i )(?<!i'd )(?<!you )(?<!didn't )(?<!really )\blike\b|"
    r"vibe of|style of|vein of|close to|lines of|as (?:good|fun|tense|dark|\w+) as|than)\W*"
    r"(?:[~\w\s,&]{0,60})$"
)
_NOT_LIKED = re.compile(r"\b(?:don'?t|didn'?t|not) (?:really )?like\W*$")
_NOTHING_LIKE = re.compile(r"\bnothing like\W*$")
_ITS_MANNER = re.compile(r"~+['’s]* (?:vibes?|energy|style)\b")
_OF_IT = re.compile(
    r"\b(?:(loved|liked|enjoyed|adored) (?:it|that|them)|(hated|disliked|didn'?t like) "
    r"(?:it|that|them)|it was (?:great|amazing|brilliant|good|fun|(boring|awful|terrible|bad)))\b"
)
"""What is said of a film in the clause after the one that names it."""


def read_roles(reading: Reading, shown: Sequence[str]) -> None:
    """The role of every clear mention, and of places in the list that is in view."""
    pointed = _pointed(reading.text, len(shown))
    if pointed:
        reading.slots["refers_to"] = pointed
    named = [(m.start, m.item_id) for m in reading.mentions if m.item_id]
    listed = [(_place(reading.text, n), shown[n - 1]) for n in pointed]
    fact = asks_fact(reading.text) or compares(reading.text)
    for place, item_id in (*named, *listed):
        role = "anchors" if fact else _role(reading.text, place, reading.clause_at(place))
        if role == "anchors" or item_id not in reading.slots.get("anchors", []):
            reading.add(role, item_id)


def _role(text: str, place: int, clause: Clause) -> str:
    before = text[clause.start : place]
    if _NOT_THIS.search(text[:place]):
        return "seen"
    if _LIKE.search(before) and not _NOT_LIKED.search(before):
        return "disliked" if _NOTHING_LIKE.search(before) else "anchors"
    if _ITS_MANNER.match(text[place:]):
        return "anchors"
    if clause.polarity < 0 and clause.negated_from is not None:
        return "disliked"
    if clause.polarity > 0:
        return "liked"
    if clause.seen:
        return _opinion_after(text[clause.end :])
    return "anchors" if asks_similar(text) else "liked"


def _opinion_after(text: str) -> str:
    """Of a film that was only said to be seen: "..., loved it"."""
    said = _OF_IT.search(text)
    if said is None:
        return "seen"
    return "disliked" if said[2] or said[3] else "liked"


def _pointed(text: str, n_shown: int) -> list[int]:
    """1-based places of the list that the text points at."""
    if not n_shown:
        return []
    found = [int(m[1]) for m in _REFERS.finditer(text)]
    for match in _ORDINAL.finditer(text):
        place = ORDINALS[match[1]]
        found.append(n_shown if place < 0 else place)
    return list(dict.fromkeys(n for n in found if 1 <= n <= n_shown))


def _place(text: str, number: int) -> int:
    """Where the text names a place of the list."""
    if match := re.search(rf"\b{number}\b", text):
        return match.start()
    for word, place in ORDINALS.items():
        if place in (number, -1) and (at := text.find(f"the {word}")) >= 0:
            return at
    return 0
