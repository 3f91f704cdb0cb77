"""`RulesReader`: intent and slots by table and rule, without a language model.

The honest baseline of the chat, and what every other mode falls back to.
"""

import re
from collections.abc import Sequence

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON
from llmrec.understanding.amounts import read_amounts
from llmrec.understanding.intent import forgets, intent_of, lasting
from llmrec.understanding.keywords import FILLER, TELLING
from llmrec.understanding.reader import Context
from llmrec.understanding.reading import Reading, blanked
from llmrec.understanding.roles import read_roles
from llmrec.understanding.schema import Intent, Mention, Slots, Understanding
from llmrec.understanding.wishes import Wishes

_ASKING: tuple[Intent, ...] = ("recommend", "similar", "refine")
_OTHER_ONES = re.compile(r"(?:the )?others?(?: ones?)?(?:,? please)?[.!?]*")
_LINKS = re.compile(r"!?\[[^\]]*\]\([^)]*\)|<[^>]*>|\bhttps?://\S+")
_TONIGHT = re.compile(r"\b(?:tonight|right now|this time|for now|today|this evening)\b")


class RulesReader:
    """Built once per catalogue; never raises on any text."""

    def __init__(self, catalog: Catalog) -> None:
        self.wishes = Wishes(catalog)

    def read(self, text: str, mentions: Sequence[Mention], context: Context) -> Understanding:
        if context.shown and _OTHER_ONES.fullmatch(text.strip().lower()):
            mentions = ()
        reading = Reading(text, mentions, listed=bool(context.shown))
        self.wishes.read(reading)
        read_roles(reading, context.shown)
        read_amounts(reading)
        self.wishes.read_subject(reading)
        _scope(reading)
        slots = Slots.model_validate({k: v for k, v in reading.slots.items() if v is not None})
        intent, confidence = intent_of(
            reading.text,
            slots,
            listed=reading.listed,
            named=bool(mentions or slots.filled()),
            unknown=any(not m.item_ids for m in mentions),
        )
        wishes = _words_left(reading) if intent in _ASKING else ""
        slots = _fitting(slots, intent)
        if wishes and intent == "refine" and not slots.filled():
            intent = "recommend"
        return Understanding(
            intent=intent,
            slots=slots,
            mentions=tuple(mentions),
            wishes=wishes,
            confidence=confidence,
        )


def _scope(reading: Reading) -> None:
    """How long it holds, or whether it is to be forgotten."""
    if forgets(reading.text):
        reading.slots["forget"] = True
    if _TONIGHT.search(reading.text):
        reading.slots["scope"] = "now"
    elif lasting(reading.text):
        reading.slots["scope"] = "always"


def _fitting(slots: Slots, intent: Intent) -> Slots:
    """The slots that an intent can use: a question of fact is about its items alone."""
    if intent == "lookup":
        return Slots(anchors=slots.anchors, refers_to=slots.refers_to)
    changes: dict[str, object] = {}
    if intent in ("chat", "off_topic") or (slots.scope == "always" and intent != "remember"):
        changes["scope"] = None
    if intent not in (*_ASKING, "remember"):
        changes |= {"keywords": (), "not_keywords": ()}
    return slots.model_copy(update=changes)


def _words_left(reading: Reading) -> str:
    """What is left of a request as words worth matching, or nothing."""
    claimed = blanked(reading.original, [*reading.claimed, *reading.refused])
    words = re.findall(r"[^\W_][\w'’-]*", _LINKS.sub(" ", claimed).replace("~", " "))
    telling = [w for w in words if w.lower().replace("'", "") not in FILLER]
    content = [w for w in telling if w.lower() not in COMMON or w.lower() in TELLING]
    return " ".join(content)
