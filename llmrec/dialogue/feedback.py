"""A click on a card as a turn of its own, so that it can be undone like a sentence."""

from collections.abc import Sequence

from llmrec.dialogue import wishes
from llmrec.dialogue.act import run, suggestions
from llmrec.dialogue.nouns import (
    CandidateSet,
    DialogueState,
    Feedback,
    Preference,
    ToolCall,
    Turn,
)
from llmrec.dialogue.spell import spell
from llmrec.dialogue.wishes import DISLIKE, LIKE, SEEN
from llmrec.tools.memory import REMEMBER, RememberArguments
from llmrec.tools.recommend import ListArguments
from llmrec.tools.toolbox import Toolbox

_POLARITY = {"liked": LIKE, "disliked": DISLIKE, "seen": SEEN}


def clicked(
    item_id: str,
    kind: Feedback,
    state: DialogueState,
    preferences: tuple[Preference, ...],
    box: Toolbox,
) -> Turn:
    """What a click teaches, and the list as it stands after it. Raises `UnknownItem`."""
    label = box.catalog[item_id].label
    if kind == "not_tonight":
        hidden = state.model_copy(update={"hidden": (*state.hidden, item_id)})
        return _relisted(
            f"{label}: not tonight", "Put aside for tonight.", hidden, preferences, box
        )
    said = f"{label}: {kind}"
    opinion = Preference.model_validate(
        {
            "kind": "item",
            "value": item_id,
            "polarity": _POLARITY[kind],
            "scope": "always",
            "utterance": said,
        }
    )
    kept = REMEMBER.run(RememberArguments(new=(opinion,), known=preferences), box)
    after = tuple(p for p in preferences if p.preference_id not in kept.retired)
    reply = f"Noted: {spell(opinion, box.catalog)}."
    turn = _relisted(said, reply, state, (*after, *kept.learned), box)
    return turn.model_copy(update={"learned": kept.learned, "retired": kept.retired})


def varied(
    state: DialogueState, preferences: Sequence[Preference], box: Toolbox, diversity: float
) -> Turn:
    """The list under another setting of the diversity dial."""
    moved = state.model_copy(update={"diversity": diversity})
    return _relisted(f"diversity {diversity:g}", "", moved, tuple(preferences), box)


def retrieved_by(
    retriever: str, state: DialogueState, preferences: Sequence[Preference], box: Toolbox
) -> Turn:
    """The list as another retriever, over which `box` is, would have it."""
    moved = state.model_copy(update={"retriever": retriever})
    said = f"retriever {retriever}"
    return _relisted(said, f"Now recommending by {retriever}.", moved, tuple(preferences), box)


def _relisted(
    text: str,
    reply: str,
    state: DialogueState,
    preferences: tuple[Preference, ...],
    box: Toolbox,
) -> Turn:
    """The current request asked again; nothing to ask again leaves no list."""
    turn = Turn(kind="feedback", text=text, reply=reply, mode="rules", intent="rate", state=state)
    if not state.shown:
        return turn
    query = wishes.query(preferences, state)
    tool = "similar" if state.anchors else "recommend"
    arguments = {**ListArguments.of(query), "text": query.text}
    arguments |= {"anchors": state.anchors} if state.anchors else {}
    call, result, step = run(ToolCall(tool=tool, args=arguments), box)
    items = suggestions(box, result.candidates, query)
    fresh = CandidateSet(
        name=f"{state.sets[-1].name}'" if state.sets else "A'",
        note=f"{text}. {result.note}",
        item_ids=result.items,
        tool=call.tool,
    )
    after = state.model_copy(update={"shown": items, "sets": (*state.sets, fresh)[-20:]})
    return turn.model_copy(update={"items": items, "state": after, "trace": (step, *result.steps)})
