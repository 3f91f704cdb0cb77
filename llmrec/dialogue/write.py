"""Node `write`: the prose, composed by rule, its reasons in the words of a tuned model where there
is one, or all told by a model and checked as it comes.

A sentence of a model leaves only after the verifier has passed it and only if it speaks of an item
in the list; when nothing of what the model said is left, the composed reply speaks.
"""

from collections.abc import Iterator
from itertools import chain, islice

from langgraph.runtime import Runtime

from llmrec.dialogue.compose import compose
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.events import Prose
from llmrec.dialogue.narrate import lead_facts, narration
from llmrec.dialogue.reasons import Teller
from llmrec.llm.protocol import ModelError
from llmrec.text import SENTENCE_END

_TOLD = ("recommend", "refine", "similar")


def write(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    parts = runtime.context
    told: list[str] = []
    fallbacks: list[str] = []
    teller = Teller(draft, parts)

    def tell(sentence: str) -> None:
        runtime.stream_writer(Prose(sentence + " "))
        told.append(sentence)

    if parts.model and draft.get("items") and draft["understanding"].intent in _TOLD:
        try:
            if not parts.model.info.fluent:
                draft = {**draft, "items": lead_facts(draft, parts)}
            else:
                for sentence in chain(draft.get("notes", []), _true_sentences(draft, parts)):
                    tell(sentence)
        except ModelError as error:
            fallbacks.append(f"write: {error}")
        if parts.model.info.fluent and len(told) <= len(draft.get("notes", [])):
            fallbacks.append("write: nothing the model said could be supported; composed by rule")
    if len(told) <= len(draft.get("notes", [])):
        for sentence in islice(compose(draft, parts.box.catalog, teller.because), len(told), None):
            if parts.stop.is_set():
                break
            tell(sentence)
    fallbacks += teller.fallbacks
    return {"reply": " ".join(told).strip(), "fallbacks": fallbacks, "trace": teller.steps}


def _true_sentences(draft: Draft, parts: Parts) -> Iterator[str]:
    """What the model tells, each sentence as far as facts support it."""
    shown = [s.item_id for s in draft["items"]]
    titles = [s.title for s in draft["items"]]
    said = [draft["text"], *draft.get("utterances", ())]
    for sentence in _sentences(narration(draft, parts)):
        checked = parts.verify(sentence, shown, draft["evidence"], said).text.strip()
        if any(title in checked for title in titles):
            yield checked


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    """Whole sentences as soon as they are whole; an unfinished last one is dropped."""
    pending = ""
    for piece in pieces:
        pending += piece
        *whole, pending = SENTENCE_END.split(pending)
        yield from whole
    if pending.rstrip().endswith((".", "!", "?")):
        yield pending
