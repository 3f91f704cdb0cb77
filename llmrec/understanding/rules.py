"""`RulesReader`: intent and slots by table and rule, without a language model.

The honest baseline of the chat, and what every other mode falls back to.
"""

import re
from collections.abc import Sequence

from classic.data.catalog import Catalog
from llmrec.understanding.amounts import read_amounts
from llmrec.understanding.intent import intent_of
from llmrec.understanding.reader import Context
from llmrec.understanding.reading import Reading
from llmrec.understanding.rest import ASKING, fitting, read_scope, words_left
from llmrec.understanding.roles import read_roles
from llmrec.understanding.schema import Mention, Slots, Understanding
from llmrec.understanding.wishes import Wishes

_OTHER_ONES = re.compile(r"(?:the )?others?(?: ones?)?(?:,? please)?[.!?]*")


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
        read_scope(reading)
        slots = Slots.model_validate({k: v for k, v in reading.slots.items() if v is not None})
        intent, confidence = intent_of(
            reading.text,
            slots,
            listed=reading.listed,
            named=bool(mentions or slots.filled()),
            unknown=any(not m.item_ids for m in mentions),
        )
        wishes = words_left(reading) if intent in ASKING else ""
        slots = fitting(slots, intent)
        if wishes and intent == "refine" and not slots.filled():
            intent = "recommend"
        return Understanding(
            intent=intent,
            slots=slots,
            mentions=tuple(mentions),
            wishes=wishes,
            confidence=confidence,
        )
