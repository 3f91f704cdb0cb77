"""What a turn's own words settle, whatever a model makes of it."""

import re
from collections.abc import Sequence

from llmrec.understanding.form import FORGET
from llmrec.understanding.intent import asks_about_oneself, may_forget
from llmrec.understanding.judgement import judgement
from llmrec.understanding.reader import Context
from llmrec.understanding.reading import Reading
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


_MIDDLING = 2.5
"""Stars up to which a film is not liked."""


def settle(reading: Reading, aim: str, context: Context, people: Sequence[str]) -> Intent:
    """The intent that an aim comes to, and in `reading` the parts of films, as far as the words
    decide them. `people` are those that a question may be about."""
    slots, shown = reading.slots, context.shown
    lower = reading.original.lower().replace("’", "'")
    listed = len(shown) > 1
    intent = _intent(lower, aim, listed=listed)
    if intent == "chat" and {"runtime_max", "audience_max"} & slots.keys():
        return "recommend"  # "got 2 hrs to kill" is no small talk
    if intent == "lookup" and aim != "lookup":  # "are those all in English?"
        slots["refers_to"] = list(range(1, len(shown) + 1))
    if intent == "compare" and len(reading.mentions) == 1 and not context.topic:
        for item_id in reading.mentions[0].item_ids:  # "West Side Story, the old or the new one?"
            reading.add("anchors", item_id)
    if listed and _ALL_SEEN.search(lower):
        slots["seen"] = list(dict.fromkeys((*slots.get("seen", ()), *shown)))
        return "refine" if intent in ("rate", "chat") else intent
    if intent == "rate" and _PROMISING.search(lower) and "rating" not in slots:
        slots["anchors"] = [*slots.pop("liked", ()), *slots.get("anchors", ())]
        return "lookup"
    if intent == "rate" and "rating" not in slots:
        _judge(reading, context)
    if intent in ("lookup", "chat") and "rating" in slots and slots.get("anchors"):
        slots["liked" if slots["rating"] > _MIDDLING else "disliked"] = slots.pop("anchors")
        return "rate"
    if intent == "lookup" and not {"anchors", "refers_to"} & slots.keys():
        for person in people:  # "who is Sigourney Weaver?"
            reading.add("people", person)
    return intent


def _judge(reading: Reading, context: Context) -> None:
    """A film said to be seen, or the one spoken of where none is named, with what is said of it."""
    slots = reading.slots
    known = {"liked", "disliked", "anchors"} & slots.keys()
    said = judgement(reading.text)
    if known or not said or any(not m.item_ids for m in reading.mentions):
        return
    if len(slots.get("seen", ())) == 1:
        slots[said] = slots.pop("seen")
    elif "seen" not in slots and context.topic:
        reading.add(said, context.topic)


def _intent(lower: str, aim: str, *, listed: bool) -> Intent:
    """Nothing is forgotten without a word for it: "no westerns" alone is a wish. What is known of
    oneself is no fact about a film, and who leaves the choice to us makes no small talk."""
    if asks_about_oneself(lower) or _YOUR_OPINION.fullmatch(lower):
        return "chat"
    wish: Intent = "refine" if listed else "recommend"
    if aim == FORGET:
        return "remember" if may_forget(lower) else wish
    if aim == "chat" and (_SURPRISE.search(lower) or (not listed and _UNDECIDED.search(lower))):
        return wish
    compares = _WHICH.search(lower) or _SUPERLATIVE.search(lower)
    if listed and aim in ("chat", "off_topic") and compares:
        return "compare"
    if listed and aim in ("refine", "recommend") and _WHY.search(lower):
        return "explain"
    if listed and aim in ("refine", "recommend", "chat") and _ABOUT_THEM.search(lower):
        return "lookup"
    return aim  # type: ignore[return-value]
