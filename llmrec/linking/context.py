"""Does a sentence mean the film, or only use its words? Weighed from what stands around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from llmrec.linking.normal import Token, fold

THRESHOLD = 2.0
REACH = 160
"""Characters beside a name that say whether it is one; of a long paste the rest is far away."""
_MATE = 2.0
_VERBS = (
    r"loved?|loves|loving|liked|adore|during|watch(?:ed|ing)?|re-?watch(?:ed|ing)?|saw|seen|enjoyed|"
    r"hated?|adored?|finished|"
    r"prefer|recommend|rate|streamed|caught|cried (?:at|during)|fell asleep (?:during|in)|"
    r"obsessed with|thoughts on|fan of|remember|tried|put on|started|directed|stars? in|wrote|made"
)
_STRONG = re.compile(
    r"\b(?:cried (?:at|during|through)|fell asleep (?:in|during)|(?:movie|film)(?: called)?|"
    r"only wants|only watch(?:es)?|add|rewatching|mark(?:ed)?|logged|"
    r"(?:tell me (?:more )?|talk |know |read |info |stuff )about|directed|how long (?:is|was)|"
    r"why not|what happens in|the (?:ending|plot|story|cast|director|soundtrack|score) of)\s+$",
    re.IGNORECASE,
)
"""What is said of films and of little else."""
_ASKED = re.compile(
    r"(?:^|[.!?,]|\b(?:so|and|but|how \w+|when|where|why|what(?:['’]?s)?))\s*"
    r"(?:is|was|has|did|does|are|what(?:['’]?s| is))\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_ASKED_WHAT = re.compile(
    r"^\s*(?:\?|$|(?:an?|as|any|good|scary|worth|too|ok|okay|on|suitable|based|really|similar|like|"
    r"the|about|still|win|have|funny|sad|set|filmed|shot|made|released|out|streaming|here|appropriate|"
    r"violent|rated|over|longer|better|in|"
    r"come|came|very|too|that)\b)",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:who|whose|kids?|actors?|actress|scenes?|ending|music|songs?|soundtrack|characters?|people|"
    r"played|plays|starred|was|cast|twist|role|part)\b[\w\s]{0,24}\b(?:in|of|from)\s+$",
    re.IGNORECASE,
)
_FILM_VERB = re.compile(rf"\b(?:{_VERBS})\s+(?:the\s+|only\s+|just\s+)?$", re.IGNORECASE)
_PRESENT = re.compile(
    r"\b(?:love|loves|loving|watch|watching|enjoy|hate|prefer|remember|put on|like)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"\b(?:(?:something|anything|stuff|one|ones|films?|movies?|more|a lot|bit|just|much|"
    r"nothing|is it|"
    r"exactly|kinda|feels?|else)\s+like|similar to|in the vein of|vibes? of|style of|close to|than|"
    r"as \w+ as|compared? (?:to|with)|called|titled|named|movie|film|mix(?:ture)? of|"
    r"cross between|mash-?up of|"
    r"combination of|between|either|mould of|mood of|tone of|spirit of|feel of|after|since|"
    r"thinking about|spot for|raves? about|(?:think|thought) of|talking about|sequels? to|"
    r"prequels? to|remake of|version of|first|original|another)\s+$",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(
    r"\b(?:films?|movies?|one|ones|comed(?:y|ies)|thrillers?|dramas?|horror|musicals?|westerns?)\b"
    r"[^.!]{0,30}\b(?:not|isn'?t|aren'?t|except|besides|other than|apart from)\s+$|"
    r"[,?]\s*(?:but\s+)?not\s+$",
    re.IGNORECASE,
)
"""A kind of film and what it shall not be: "a time loop movie that's not ..."."""
_MOVED = re.compile(
    r"^\s+(?:made|makes|had|has|left|got|gets|scared|broke|wrecked|creeped|blew|bored|moved|kept)\s+"
    r"(?:me|us|my|everyone)\b",
    re.IGNORECASE,
)
"""What films do to people."""
_OF_A_FILM = re.compile(
    r"^(?:['’]s)?\s+(?:rewatch|marathon|soundtrack|ending|sequels?|remake|trailer|"
    r"director['’]?s cut|extended|theme|score|scenes?|fans?|poster|dvd|blu-?ray|cast|plot|twist|"
    r"review)\b|"
    r"^\s+(?:in (?:imax|3d|theat(?:er|re)s?|the cinema)|for the \w+ time)\b|"
    r"^\s*[:=-]?\s*\d+(?:\.\d)?\s*(?:/|out of|stars?)",
    re.IGNORECASE,
)
PART_OF_A_FILM = re.compile(
    r"\s+(?:\w+\s+)?(?:scenes?|ending|soundtrack|score|theme|plot|twist|cast|sequels?|director|"
    r"opening|climax|villain|hero)\b",
    re.IGNORECASE,
)
"""What belongs to a film, after the name of its owner."""
_FILMS_ALONE = re.compile(
    r"^(?:['’]s)?\s+(?:rewatch|marathon|soundtrack|trailer|dvd|blu-?ray|sequels?|remake)\b",
    re.IGNORECASE,
)
_TOLD_APART = re.compile(r"\s*,\s*(?:the|that|with|not)\b|\s+the \w+ (?:one|film)", re.IGNORECASE)
_BUT = re.compile(r"\s+but (?:with|in|as|less|more|set|\w+er)\b", re.IGNORECASE)
_OBJECTS = ("her", "us", "up")
"""Little words that are never the subject of a sentence."""
_IN_A_LIST = re.compile(r"(?:[,;/&+]|\band|\bor|\bvs\.?)\s*$", re.IGNORECASE)
_JUDGED = re.compile(
    r"^(?:['’]s\b|\s*(?:=|(?:is(?!,)|was|made|makes|feels|felt|has|had|deserves|holds|broke|"
    r"scared|wrecked|blew|ruined|"
    r"(?:type|kind|sort) of|style|energy|level|"
    r"hits|hit|rocks|rules|sucks|sucked|bored|changed|deserved)\b))",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"^\s*(?:$|[,.!?;:/&+)(=<>-]|(?:and|or|but|again|last|yesterday|tonight|with|by|so|too|because|"
    r"the other|in|any|for|movie|film|the (?:movie|film)|next|yet|first|twice|vibes?|please|pls|on|"
    r"then|where|when|which|who|every|all the time|i|i'm|i'd|btw|lol|ngl|tbh|imo|though|"
    r"either|ever|already|instead|to my)\b)",
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


_A_YEAR = re.compile(r"(?:19|20)\d\d")
_DATES = re.compile(
    r"\b(?:in|from|since|of|after|before|until|till|by|around|year|early|late|mid|and|to|for)"
    r"[ -]+$",
    re.IGNORECASE,
)
"""Before a year that is a date, though a film may be named after it."""
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
        """What stands before, as far back as it can matter."""
        return self.text[max(0, self.left - REACH) : self.left]

    @property
    def after(self) -> str:
        """What stands behind, as far on as it can matter."""
        return self.text[self.right : self.right + REACH]


def meant(span: Span, companions: Sequence[str], kind: Kind, *, mates: int = 0) -> bool:
    """Whether these words name a film here. `companions` are folded names of its people: one of
    them in the same text is strong evidence. `mates` counts titles that stand beside it in a
    list."""
    if _A_YEAR.fullmatch(span.said) and _DATES.search(span.before):
        return False
    if not span.before.strip(" \"'“¿¡") and not span.after.strip(" \"'”.!?"):
        return True
    return _weight(span, companions, kind, mates) >= THRESHOLD


def follows_a_title(after: str) -> bool:
    """Whether a text goes on as it does after a whole title."""
    return any(p.match(after) for p in (_ENDS, _JUDGED, _MOVED, _OF_A_FILM, PART_OF_A_FILM))


def _weight(span: Span, companions: Sequence[str], kind: Kind, mates: int) -> float:
    said, said_here = _folded(span.text), fold(span.said)
    weight = _KINDS[kind] + _length(span, kind)
    if span.said == "it":
        weight -= 3.0
    if any(re.search(rf"\b{re.escape(name)}\b", said) for name in companions):
        weight += 3.0
    weight += _capitals(span) if kind != "name" else 0.0
    opens = not span.before.strip() or span.before.rstrip().endswith((".", "!", "?", "\n"))
    ends = follows_a_title(span.after)
    if _STRONG.search(span.before):
        weight += 3.4 if ends or _capitals(span) > 1 else 1.2
    elif _ASKED.search(span.before) and _ASKED_WHAT.match(span.after):
        weight += 2.0
    elif _WITHIN.search(span.before) and ends and kind != "function":
        weight += 1.0
    elif _FILM_VERB.search(span.before):
        weight += 2.4 if ends and not _the_thing_itself(span, kind) else 0.6
    elif _NOT_THIS.search(span.before) and kind != "function":
        weight += 2.0 if ends else 0.3
    elif _LIKE.search(span.before):
        weight += 2.4 if ends else 0.5
    elif _IN_A_LIST.search(span.before):
        weight += 0.7
    elif mates:
        weight += 0.0
    elif _GRAMMAR.search(span.before):
        weight -= 1.5
    elif _THE.search(span.before):
        weight -= 1.0
    if _MOVED.match(span.after):
        weight += 3.3 if opens else 2.0
    elif _OF_A_FILM.match(span.after):
        plain = kind in ("ordinary", "function") and not _FILMS_ALONE.match(span.after)
        weight += 1.0 if plain else 2.2
    elif _JUDGED.match(span.after):
        weight += 2.0 if opens else 0.8
        weight += 1.6 if opens and said_here in _OBJECTS else 0.0
    elif opens and (_TOLD_APART.match(span.after) or (_capitals(span) and _BUT.match(span.after))):
        weight += 1.5
    elif not ends and not mates:
        weight -= 0.8
    return weight + _MATE * mates


def _the_thing_itself(span: Span, kind: Kind) -> bool:
    """Whether "I prefer the birds" speaks of birds: a present verb, and an ordinary noun with its
    article in lower case. Of films one says that one saw them."""
    article = span.said.startswith("the ") or span.before.endswith(" the ")
    return kind == "ordinary" and article and bool(_PRESENT.search(span.before))


def _length(span: Span, kind: Kind) -> float:
    """Many words in a row are hardly chance, unless they are a saying in lower case."""
    saying = kind in ("ordinary", "phrase") and span.said[:1].islower()
    return {1: 0.0, 2: 0.9, 3: 1.6}.get(len(span.words), 2.0 if saying else 3.5)


def _capitals(span: Span) -> float:
    """A capital says much inside a sentence, little at its start, nothing among capitals."""
    if _shouted(span.text):
        return 0.0
    words = [w for w in span.words if w.form not in ("the", "a", "an", "of", "in", "and")]
    large = sum(1 for w in words if w.raw[:1].isupper() or w.raw[:1].isdigit())
    if large < len(words):
        return 0.0
    opens = not span.before.strip() or span.before.rstrip().endswith((".", "!", "?"))
    if opens:
        return 0.9 if len(words) > 1 else 0.6
    return 2.2


@lru_cache(maxsize=8)
def _folded(text: str) -> str:
    """Once for all the names of a text."""
    return fold(text)


@lru_cache(maxsize=8)
def _shouted(text: str) -> bool:
    """Whether most of a text is capitals, or nothing of it is letters."""
    letters = [c for c in text if c.isalpha()]
    return not letters or sum(c.isupper() for c in letters) > 0.6 * len(letters)
