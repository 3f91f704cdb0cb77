"""Node `write`: the prose, composed by rule, or told by a model and checked as it comes.

A sentence leaves only after the verifier has passed it; when nothing of what the model said
is left, the composed reply speaks.
"""

import re
from collections.abc import Iterator

from langgraph.runtime import Runtime

from llmrec.dialogue.compose import compose
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.events import Prose
from llmrec.dialogue.narrate import narration
from llmrec.llm.protocol import ModelError

_TOLD = ("recommend", "refine", "similar")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'*])")


def write(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    parts, catalog = runtime.context, runtime.context.box.catalog
    told: list[str] = []
    fallbacks: list[str] = []
    composed = compose(draft, catalog)
    if parts.model and draft.get("items") and draft["understanding"].intent in _TOLD:
        for sentence in draft.get("notes", []):
            runtime.stream_writer(Prose(sentence + " "))
            told.append(sentence)
        before = len(told)
        try:
            for sentence in _true_sentences(draft, parts):
                runtime.stream_writer(Prose(sentence + " "))
                told.append(sentence)
        except ModelError as error:
            fallbacks.append(f"write: {error}")
        if len(told) > before:
            return {"reply": " ".join(told), "fallbacks": fallbacks}
        fallbacks.append("write: nothing the model said could be supported; composed by rule")
        composed = composed[before:]
    for sentence in composed:
        if parts.stop.is_set():
            break
        runtime.stream_writer(Prose(sentence + " "))
        told.append(sentence)
    return {"reply": " ".join(told).strip(), "fallbacks": fallbacks}


def _true_sentences(draft: Draft, parts: Parts) -> Iterator[str]:
    """What the model tells, each sentence as far as facts support it."""
    shown = [s.item_id for s in draft["items"]]
    said = [draft["text"], *draft.get("utterances", ())]
    for sentence in _sentences(narration(draft, parts)):
        checked = parts.verify(sentence, shown, draft["evidence"], said)
        if checked.text.strip():
            yield checked.text.strip()


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    """Whole sentences as soon as they are whole; an unfinished last one is dropped."""
    pending = ""
    for piece in pieces:
        pending += piece
        *whole, pending = _SENTENCE_END.split(pending)
        yield from whole
    if pending.rstrip().endswith((".", "!", "?")):
        yield pending
