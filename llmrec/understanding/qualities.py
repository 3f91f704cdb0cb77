"""Words for how a film is, and what wanting it, more of it or less of it asks for."""

import re
from typing import Literal, NamedTuple

from llmrec.understanding.lexicon import MOOD_WORDS
from llmrec.understanding.schema import CritiqueAttribute
from llmrec.understanding.table import Table


class Quality(NamedTuple):
    """`mood` is what wanting it asks for; `attr` and `dir` are the step that more of it is."""

    mood: str | None
    attr: CritiqueAttribute | None = None
    dir: int = 0


_STEPS: dict[str, tuple[CritiqueAttribute, int]] = {
    "feel-good": ("lightness", 1),
    "uplifting": ("lightness", 1),
    "heartwarming": ("lightness", 1),
    "funny": ("humour", 1),
    "dark": ("lightness", -1),
    "sad": ("lightness", -1),
    "gritty": ("lightness", -1),
    "scary": ("scariness", 1),
    "disturbing": ("scariness", 1),
    "romantic": ("romance", 1),
    "thoughtful": ("complexity", 1),
    "mind-bending": ("complexity", 1),
    "violent": ("violence", 1),
    "action-packed": ("pace", 1),
    "slow-burn": ("pace", -1),
}
"""The step that more of a mood is."""

_PLAIN: dict[str, tuple[CritiqueAttribute, int]] = {
    r"heavy|serious|intense": ("lightness", -1),
    r"fun|upbeat|light(?! years?| sabers?)": ("lightness", 1),
    r"bloody|gory|brutal|gore|blood": ("violence", 1),
    r"cheesy|mushy|sappy|soppy|lovey[- ]dovey": ("romance", 1),
    r"silly|goofy|jokey|jokes|humou?r": ("humour", 1),
    r"(?:fast|quick)(?:[- ]paced)?|exciting|hectic|frantic|thrilling": ("pace", 1),
    r"slow|calm|quiet|relaxed|boring|dull": ("pace", -1),
    r"complex|complicated|confusing|demanding|challenging|cerebral|hard to follow": (
        "complexity",
        1,
    ),
    r"simple|easy to follow|straightforward": ("complexity", -1),
    r"famous|popular|mainstream|obvious|well[- ]known|big names?|(?:actually )?heard of": (
        "fame",
        1,
    ),
    r"obscure|niche|hidden gems?|unknown|under the radar|lesser[- ]known|less known|indie": (
        "fame",
        -1,
    ),
    r"(?<!as )long(?! (?:as|day|week|time|ago)\b)|(?<=not as )long|(?<=not so )long|lengthy": (
        "length",
        1,
    ),
    r"frightening|creepy": ("scariness", 1),
}
"""What is only ever compared, or names no mood of the catalogue."""

_COMPARATIVES: dict[str, tuple[CritiqueAttribute, int]] = {
    r"lighter|happier|more cheerful|sunnier|sillier": ("lightness", 1),
    r"darker|heavier|bleaker|grittier|grimmer|sadder|meaner": ("lightness", -1),
    r"newer(?! than \d)|(?:more )?modern|more recent(?! than \d)|recent": ("age", -1),
    r"older(?! (?:kids?|children|brother|sister|ones?\b|than (?:me|us|\d)))|"
    r"more classic|old[- ]fashioned|(?<=too )old|(?<=so )old|(?<=that )old|(?<=as )old": (
        "age",
        1,
    ),
    r"shorter(?! than (?:an?|one|two|three|\d))|quicker|(?<=too )short": ("length", -1),
    r"longer(?! than (?:an?|one|two|three|half|\d))": ("length", 1),
    r"better[- ]known|bigger": ("fame", 1),
    r"bloodier|gorier": ("violence", 1),
    r"tamer|milder|gentler": ("violence", -1),
    r"funnier": ("humour", 1),
    r"faster|pacier|livelier|snappier": ("pace", 1),
    r"slower|calmer|quieter": ("pace", -1),
    r"scarier|creepier|spookier": ("scariness", 1),
    r"smarter|cleverer|deeper|twistier|trickier": ("complexity", 1),
    r"simpler|easier(?: to follow)?|dumber": ("complexity", -1),
}
"""What is a step by itself."""

QUALITY_WORDS: dict[str, Quality] = {
    **{words: Quality(None, *step) for words, step in _PLAIN.items()},
    **{words: Quality(None, *step) for words, step in _COMPARATIVES.items()},
    **{words: Quality(mood, *_STEPS.get(mood, (None, 0))) for words, mood in MOOD_WORDS.items()},
}
QUALITIES = Table(QUALITY_WORDS)
_LESS = re.compile(
    r"\b(?:less|(?:a bit |a little |way |far )?too|not (?:so|as|too|that|very)|"
    r"isn'?t (?:so|too|as)|nothing (?:too|that)|"
    r"(?:hates?|dislikes?|avoids?|without|can'?t (?:stand|do|handle|take))"
    r"(?: (?:any|all the|all that|too much|so much))?)\s+$"
)
_MORE = re.compile(r"\b(?:more|even more)\s+$")


def step_before(before: str) -> Literal["less", "more"] | None:
    """What the words right before a quality make of it; they are surer than a model."""
    if _LESS.search(before):
        return "less"
    return "more" if _MORE.search(before) else None
