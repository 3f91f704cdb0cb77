"""Does a sentence mean the film, or only use its words? Weighed from what stands around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmrec.linking.normal import Token, fold

THRESHOLD = 2.0
_VERBS = (
    r"loved?|loves|loving|during|watch(?:ed|ing)?|re-?watch(?:ed|ing)?|saw|seen|enjoyed|"
    r"hated?|adored?|finished|"
    r"prefer|recommend|rate|streamed|caught|cried (?:at|during)|fell asleep (?:during|in)|"
    r"obsessed with|thoughts on|fan of|remember|tried|put on|started|directed|stars? in|wrote|made"
)
_FILM_VERB = re.compile(rf"\b(?:{_VERBS})\s+(?:the\s+|only\s+|just\s+)?$", re.IGNORECASE)
_LIKE = re.compile(
    r"\b(?:(?:something|anything|stuff|one|ones|films?|movies?|more|a lot|bit|just|much|"
    r"nothing|is it|"
    r"exactly|kinda|feels?|else)\s+like|similar to|in the vein of|vibes? of|style of|close to|than|"
    r"compared? (?:to|with)|called|titled|named|movie|film)\s+$",
    re.IGNORECASE,
)
_IN_A_LIST = re.compile(r"(?:[,;/&+]|\band|\bor|\bvs\.?)\s*$", re.IGNORECASE)
_JUDGED = re.compile(
    r"^(?:['’]s\b|\s*(?:=|(?:is(?!,)|was|made|makes|feels|felt|has|had|deserves|holds|broke|"
    r"scared|wrecked|blew|ruined|"
    r"hits|hit|rocks|rules|sucks|sucked|bored|changed|deserved)\b))",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"^\s*(?:$|[,.!?;:/&+)(=-]|(?:and|or|but|again|last|yesterday|tonight|with|by|so|too|because|"
    r"the other|in|any|for|movie|film|next|yet|first|twice|vibes?|please|pls|on)\b)",
    re.IGNORECASE,
)
_GRAMMAR = re.compile(
    r"\b(?:a|an|my|your|his|her|their|our|this|that|these|those|some|any|no|every|each|of|in|"
    r"into|onto|"
    r"at|to|for|from|get|got|be|been|so|very|too|really|quite|huge|great|big|little|not|"
    r"it's|its|i'm|we|i|you|they|he|she|by|on|with|about|please|will|can|would|could|should)\s+$",
    re.IGNORECASE,
)
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)


Kind = Literal["rare", "phrase", "ordinary", "function", "name"]
"""What the words are when they name no film: rare ones, a phrase that people could use, ordinary
ones, the little words that hold sentences together, or a person's or a place's name."""
_KINDS: dict[Kind, float] = {
    "rare": 2.2,
    "phrase": 1.8,
    "ordinary": 0.0,
    "function": -1.2,
    "name": 0.3,
}


@dataclass(frozen=True)
class Span:
    """Words of a text that could be a name, with their tokens."""

    text: str
    left: int
    right: int
    words: Sequence[Token]

    @property
    def said(self) -> str:
        return self.text[self.left : self.right]

    @property
    def before(self) -> str:
        return self.text[: self.left]

    @property
    def after(self) -> str:
        return self.text[self.right :]


def meant(span: Span, companions: Sequence[str], kind: Kind) -> bool:
    """Whether these words name a film here. `companions` are folded names of its people: one of
    them in the same text is strong evidence."""
    if not span.before.strip(" \"'“¿¡") and not span.after.strip(" \"'”.!?"):
        return True
    return _weight(span, companions, kind) >= THRESHOLD


def _weight(span: Span, companions: Sequence[str], kind: Kind) -> float:
    said = fold(span.text)
    weight = _KINDS[kind] + {1: 0.0, 2: 0.9, 3: 1.6}.get(len(span.words), 3.5)
    if any(re.search(rf"\b{re.escape(name)}\b", said) for name in companions):
        weight += 3.0
    weight += _capitals(span) if kind != "name" else 0.0
    opens = not span.before.strip() or span.before.rstrip().endswith((".", "!", "?", "\n"))
    ends = bool(_ENDS.match(span.after) or _JUDGED.match(span.after))
    if _FILM_VERB.search(span.before):
        weight += 2.4 if ends else 0.8
    elif _LIKE.search(span.before):
        weight += 2.4 if ends else 0.5
    elif _IN_A_LIST.search(span.before):
        weight += 0.7
    elif _GRAMMAR.search(span.before):
        weight -= 1.5
    elif _THE.search(span.before):
        weight -= 1.0
    if _JUDGED.match(span.after):
        weight += 2.0 if opens else 0.8
    elif opens and re.match(r"\s*,\s*(?:the|that|with|not)\b", span.after):
        weight += 1.5
    elif not ends:
        weight -= 0.8
    return weight


def _capitals(span: Span) -> float:
    """A capital says much inside a sentence, little at its start, nothing among capitals."""
    letters = [c for c in span.text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) > 0.6 * len(letters):
        return 0.0
    words = [w for w in span.words if w.form not in ("the", "a", "an", "of", "in", "and")]
    large = sum(1 for w in words if w.raw[:1].isupper() or w.raw[:1].isdigit())
    if large < len(words):
        return 0.0
    opens = not span.before.strip() or span.before.rstrip().endswith((".", "!", "?"))
    if opens:
        return 0.9 if len(words) > 1 else 0.6
    return 2.2
