"""What a turn's own words settle, whatever a model makes of it."""

import re

from llmrec.understanding.form import FORGET
from llmrec.understanding.intent import asks_about_oneself, may_forget
from llmrec.understanding.schema import Intent

_SURPRISE = re.compile(r"\b(?:surprise me|dealer'?s choice|you (?:choose|pick|decide))\b")
_UNDECIDED = re.compile(
    r"\b(?:(?:don'?t|do not|dunno) (?:really )?(?:know )?what (?:i|we|to) |"
    r"no (?:idea|clue) what (?:to|i|we)|can'?t (?:decide|make up)|undecided)"
)
_WHICH = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|hmm)\W+)?which (?:one |of (?:them|these|those|the two) )?"
    r"(?:is|was|has|'s)\b"
)
_SUPERLATIVE = re.compile(
    r"\bthe (?:shortest|longest|newest|oldest|scariest|funniest|lightest|darkest|best known|"
    r"(?:most|least) \w+)(?: (?:one|film|movie|of (?:them|these|those)))?\W*$"
)
_ABOUT_THEM = re.compile(
    r"^\W*(?:and |so |but |ok |okay )?(?:are|is|do|were) (?:any (?:of )?|all (?:of )?|both )?"
    r"(?:those|these|they|them)\b"
)
_YOUR_OPINION = re.compile(
    r"\W*(?:(?:and|but|so)\W+)?"
    r"(?:(?:did|do|would) you (?:like|love|enjoy|watch)|have you (?:seen|watched)|"
    r"what(?:'s| is) your (?:favou?rite|opinion)|what do you think)\b[^?]{0,24}\?*\W*"
)
_WHY = re.compile(r"^\W*(?:(?:and|so|but|ok|hmm)\W+)?(?:why|how come)\b")
_ALL_SEEN = re.compile(
    r"\b(?:seen|watched|know) (?:(?:them|these|those|it) all|all (?:of )?(?:them|these|those)|"
    r"every one of (?:them|these|those))\b"
)
_PROMISING = re.compile(
    r"\b(?:looks?|sounds?|seems?) (?:\w+ )?(?:good|great|interesting|promising|nice|fun|cool|"
    r"intriguing|tempting|perfect)\b"
)


def intent_of_aim(text: str, aim: str, *, listed: bool) -> Intent:
    """The intent that an aim of a form comes to. Nothing is forgotten without a word for it: "no
    westerns" alone is a wish. What is known of oneself is no fact about a film, and who leaves the
    choice to us makes no small talk."""
    lower = text.lower().replace("’", "'")
    if asks_about_oneself(lower) or _YOUR_OPINION.fullmatch(lower):
        return "chat"
    wish: Intent = "refine" if listed else "recommend"
    if aim == FORGET:
        return "remember" if may_forget(lower) else wish
    if aim == "chat" and (_SURPRISE.search(lower) or (not listed and _UNDECIDED.search(lower))):
        return wish
    if (
        listed
        and aim in ("chat", "off_topic")
        and (_WHICH.search(lower) or _SUPERLATIVE.search(lower))
    ):
        return "compare"
    if listed and aim in ("refine", "recommend") and _WHY.search(lower):
        return "explain"
    if listed and aim in ("refine", "recommend", "chat") and _ABOUT_THEM.search(lower):
        return "lookup"
    return aim  # type: ignore[return-value]


def all_seen(text: str) -> bool:
    """Whether everything in view is said to be known."""
    return bool(_ALL_SEEN.search(text.lower()))


def only_promising(text: str) -> bool:
    """Whether a film is said to look good, by somebody who has not seen it."""
    return bool(_PROMISING.search(text.lower()))
