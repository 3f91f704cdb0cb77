"""`run_turn`: one turn from text to `Turn`, streaming its events."""

import time
from collections.abc import Iterator

from classic.data.catalog import Catalog
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.events import Cards, Done, Event, Prose, Step
from llmrec.dialogue.graph import turn_graph
from llmrec.dialogue.nouns import DialogueState, LlmUsage, Preference, Turn


def run_turn(
    text: str,
    state: DialogueState,
    preferences: tuple[Preference, ...],
    parts: Parts,
    *,
    mode: str,
    utterances: tuple[str, ...] = (),
    fallbacks: tuple[str, ...] = (),
) -> Iterator[Event]:
    """Cards first, prose after, `Done` last. Nothing is stored here: the turn carries what it
    changes (`state`, `learned`, `retired`) and the store commits it whole."""
    began = time.perf_counter()
    draft: Draft = {
        "text": text,
        "utterances": utterances,
        "state": _still_here(state, parts.box.catalog),
        "preferences": preferences,
        "fallbacks": list(fallbacks),
        "notes": [],
        "trace": [],
    }
    for kind, part in turn_graph().stream(draft, context=parts, stream_mode=["custom", "values"]):
        if kind == "values":
            draft = part
        elif isinstance(part, Step | Cards | Prose):
            yield part
    yield Done(_turn(draft, parts, mode, (time.perf_counter() - began) * 1000))


def _still_here(state: DialogueState, catalog: Catalog) -> DialogueState:
    """The state without items that the catalogue has lost since."""
    return state.model_copy(
        update={
            "anchors": tuple(i for i in state.anchors if i in catalog),
            "reference": tuple(i for i in state.reference if i in catalog),
            "shown": tuple(s for s in state.shown if s.item_id in catalog),
        }
    )


def _turn(draft: Draft, parts: Parts, mode: str, ms: float) -> Turn:
    question = draft["plan"].question
    understanding = draft["understanding"]
    return Turn(
        text=draft["text"],
        reply=draft["reply"],
        mode=mode,
        intent=understanding.intent,
        slots=understanding.slots,
        understanding=understanding,
        items=draft.get("items", ()),
        evidence=draft.get("evidence", ()),
        offers=question.offers if question else (),
        trace=tuple(draft["trace"]),
        llm=LlmUsage(
            model=parts.model.info.name if parts.model else None,
            calls=parts.usage.calls,
            prompt_tokens=parts.usage.prompt_tokens,
            completion_tokens=parts.usage.completion_tokens,
        ),
        fallbacks=tuple(draft["fallbacks"]),
        ms=ms,
        state=draft["state"],
        learned=draft.get("learned", ()),
        retired=draft.get("retired", ()),
    )
