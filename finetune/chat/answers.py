"""What a row's pieces say, told of the marks that the linker and the lexicon made of its text."""

import re
from collections.abc import Sequence

from finetune.chat.fill import ITEMS, Piece
from llmrec.linking.normal import tokens
from llmrec.understanding.clauses import clauses, negated
from llmrec.understanding.form import FORGET, Answer, Form
from llmrec.understanding.qualities import step_before
from llmrec.understanding.spans import Span

_WISHING = ("recommend", "refine", "similar", "remember", FORGET)
_WORDS = ("genre", "quality", "country", "language")
"""What the words of a phrasing itself can be, beside what its places are filled with."""
_LONGEST_TITLE, _MOST_WORDS = 6, 40
"""Words of a title without a mark, and those among which one is looked for."""
_NEVER_IN_A_TITLE = (". ", "? ", "\n", '"', "\\")
_REFUSED = re.compile(r"\b(?:no|not|without)\s+$")


def runs_of_words(text: str) -> list[str]:
    """What of a text can be a title that has no mark."""
    words = tokens(text)[:_MOST_WORDS]
    runs: dict[str, None] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _LONGEST_TITLE, len(words))):
            run = text[words[first].start : words[last].end]
            if not any(mark in run for mark in _NEVER_IN_A_TITLE):
                runs[run] = None
    return list(runs)


def answer_of(aim: str, form: Form, pieces: Sequence[Piece]) -> Answer | None:
    """What the pieces say, told of the marks; nothing where a known film has no mark and no other
    place is left for it."""
    placed, at = [], 0
    for piece in pieces:
        placed.append((at, at + len(piece.text), piece))
        at += len(piece.text)
    parts = tuple(_part(aim, form, span, placed) for span in form.spans)
    named = {
        (start, end)
        for (start, end, piece) in placed
        for span, part in zip(form.spans, parts, strict=True)
        if part != "none" and piece.part and span.start < end and start < span.end
    }
    lost = [
        (start, end, piece)
        for start, end, piece in placed
        if piece.part in ITEMS and (start, end) not in named
    ]
    others = [form.text[start:end] for start, end, piece in lost if piece.title or _is_id(piece)]
    if len(lost) != len(others) or len(others) > 1:
        return None
    other = others[0] if others else ""
    return Answer(aim, parts, other) if other in ("", *runs_of_words(form.text)) else None


def _part(aim: str, form: Form, span: Span, placed: Sequence[tuple[int, int, Piece]]) -> str:
    """The part of one mark."""
    said = [p for a, b, p in placed if a < span.end and span.start < b]
    piece = next((p for p in said if p.part), None)
    if piece is None:
        return _of_the_phrasing(aim, form, span) if span.kind in _WORDS else "none"
    if span.kind == "title":
        return "title" if piece.title else "none"
    if span.kind == "film":
        meant = not piece.title and set(piece.values) & set(span.values)
        return piece.part if meant and piece.part in ITEMS else "none"
    if span.kind in ("place", "it"):
        same = span.kind == "it" or piece.values == span.values
        pointing = not piece.title and piece.part in ITEMS
        return piece.part if same and pointing and not _is_id(piece) else "none"
    if aim not in _WISHING or piece.part in ITEMS:
        return "none"
    return _wished(span, piece.part)


def _is_id(piece: Piece) -> bool:
    return any(not value.isdigit() for value in piece.values)


def _wished(span: Span, part: str) -> str:
    if span.kind == "quality":
        return {"not": "less"}.get(part, part)
    return {"less": "not", "more": "want"}.get(part, part)


def _of_the_phrasing(aim: str, form: Form, span: Span) -> str:
    """What a word of the phrasing itself says: wanted where wishes are spoken of, unless a "not"
    or a "too" stands before it."""
    if aim not in _WISHING:
        return "none"
    lower = form.text.lower()
    before = lower[: span.start]
    if span.kind == "quality":
        return step_before(before) or ("less" if _REFUSED.search(before) else "want")
    return "not" if negated(clauses(lower), span.start) else "want"
