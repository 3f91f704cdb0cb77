"""Node `understand`: intent and slots, and the answer to a question that was left open."""

import re

from langgraph.runtime import Runtime

from classic.data.catalog import Catalog
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.nouns import DialogueState, Question
from llmrec.understanding.reader import Context
from llmrec.understanding.rest import ASKING
from llmrec.understanding.schema import Slots, Understanding

_ELSE = r"\b(?:else|others?|more|another|same|anything|something)\b"
_BY = re.compile(rf"{_ELSE}.*\bdirector\b|\bwhat else (?:did|has) (?:he|she|they) (?:made?|direct)")
_WITH = re.compile(rf"{_ELSE}.*\b(?:lead|main|same) (?:actor|actress|star)\b")


def understand(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    state = draft["state"]
    pending = state.pending.offers if state.pending else ()
    context = Context(
        utterances=draft.get("utterances", ()),
        shown=tuple(s.item_id for s in state.shown),
        pending=pending,
        topic=state.topic,
    )
    read = runtime.context.reader.read(draft["text"], draft["mentions"], context)
    answered = _answer(read, draft["text"], state)
    answered = _more_by(answered, draft["text"], state, runtime.context.box.catalog)
    fallbacks = [read.path] if "rules" in read.path and runtime.context.model else []
    return {"understanding": answered, "fallbacks": [f"understand: {p}" for p in fallbacks]}


def _more_by(
    read: Understanding, text: str, state: DialogueState, catalog: Catalog
) -> Understanding:
    """ "What else did the director make?" is a wish for films by that of the film spoken of."""
    if read.intent not in (*ASKING, "lookup") or not state.topic or state.topic not in catalog:
        return read
    item, lower = catalog[state.topic], text.lower()
    people = item.directors if _BY.search(lower) else item.cast if _WITH.search(lower) else ()
    if not people:
        return read
    slots = read.slots.model_copy(update={"people": people[:1], "anchors": (), "refers_to": ()})
    return read.model_copy(update={"intent": "recommend", "slots": slots, "wishes": ""})


def _answer(read: Understanding, text: str, state: DialogueState) -> Understanding:
    """What was read, completed by the open question: "the 1995 one" answers "which Heat?"."""
    question = state.pending
    if question is None or question.about != "which":
        return read
    chosen = _chosen(read, text, question)
    if chosen is None:
        return read
    slots = read.slots.model_dump() | {question.role or "liked": (chosen,), "refers_to": ()}
    intent = "similar" if question.role == "anchors" else "recommend"
    mentions = tuple(m for m in read.mentions if chosen not in m.item_ids)
    return read.model_copy(
        update={"intent": intent, "slots": Slots.model_validate(slots), "mentions": mentions}
    )


def _chosen(read: Understanding, text: str, question: Question) -> str | None:
    """The offer that an answer picks: by name, by place ("the second"), or by year."""
    named = [i for m in read.mentions for i in m.item_ids if i in question.offers]
    if len(set(named)) == 1:
        return named[0]
    if read.slots.refers_to and 0 < read.slots.refers_to[0] <= len(question.offers):
        return question.offers[read.slots.refers_to[0] - 1]
    by_year = [i for i in question.offers if i.rsplit("-", 1)[-1] in text]
    return by_year[0] if len(by_year) == 1 else None
