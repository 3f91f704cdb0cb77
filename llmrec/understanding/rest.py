"""What every reader takes from a turn in the same way: how long it holds, which slots its intent
can use, and the words that are left."""

import re

from llmrec.linking.common_words import COMMON
from llmrec.understanding.intent import forgets, lasting
from llmrec.understanding.keywords import FILLER, TELLING
from llmrec.understanding.reading import Reading, blanked
from llmrec.understanding.schema import Intent, Slots

ASKING: tuple[Intent, ...] = ("recommend", "similar", "refine")
_LINKS = re.compile(r"!?\[[^\]]*\]\([^)]*\)|<[^>]*>|\bhttps?://\S+")
_TONIGHT = re.compile(r"\b(?:tonight|tonite|2nite|right now|rn|atm|for now|today|this evening)\b")


def read_scope(reading: Reading) -> None:
    """How long it holds, or whether it is to be forgotten."""
    if forgets(reading.text):
        reading.slots["forget"] = True
    if _TONIGHT.search(reading.text):
        reading.slots["scope"] = "now"
    elif lasting(reading.text):
        reading.slots["scope"] = "always"


def fitting(slots: Slots, intent: Intent) -> Slots:
    """The slots that an intent can use: a question of fact is about its items alone, or about a
    person where it names none."""
    if intent == "lookup":
        about = Slots(anchors=slots.anchors, refers_to=slots.refers_to)
        return about if about.filled() else Slots(people=slots.people)
    if intent in ("chat", "off_topic"):
        return Slots()
    if intent in ("explain", "compare", "rate"):
        return Slots(
            liked=slots.liked,
            disliked=slots.disliked,
            seen=slots.seen,
            anchors=slots.anchors,
            refers_to=slots.refers_to,
            rating=slots.rating if intent == "rate" else None,
        )
    changes: dict[str, object] = {}
    if intent in ("chat", "off_topic") or (slots.scope == "always" and intent != "remember"):
        changes["scope"] = None
    if intent not in (*ASKING, "remember"):
        changes |= {"keywords": (), "not_keywords": ()}
    return slots.model_copy(update=changes)


def words_left(reading: Reading) -> str:
    """What is left of a request as words worth matching, or nothing."""
    claimed = blanked(reading.original, [*reading.claimed, *reading.refused])
    words = re.findall(r"[^\W_][\w'’-]*", _LINKS.sub(" ", claimed).replace("~", " "))
    telling = [w for w in words if w.lower().replace("'", "") not in FILLER]
    content = [w for w in telling if w.lower() not in COMMON or w.lower() in TELLING]
    return " ".join(content)
