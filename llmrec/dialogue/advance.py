"""Node `advance`: what the turn teaches, which wish gives way, and the state that follows."""

from langgraph.runtime import Runtime

from classic.data.catalog import Catalog
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.learn import learned, outdated
from llmrec.dialogue.nouns import DialogueState, Preference
from llmrec.dialogue.spell import spell
from llmrec.tools.memory import FORGET, REMEMBER, ForgetArguments, RememberArguments, opposes
from llmrec.understanding.intent import wants_others
from llmrec.understanding.language import foreign_language
from llmrec.understanding.rest import ASKING
from llmrec.understanding.schema import Understanding

_MANY = 10
UNSURE_BELOW = 0.5
"""Below this hardly more than every other turn is read right (docs/results/finetuning.md)."""
_TAKEN_AS = {
    "recommend": "a wish for films",
    "refine": "a change to the list",
    "similar": "a wish for films like those you named",
    "explain": "a question why a film is here",
    "compare": "films to set side by side",
    "lookup": "a question about a film",
    "rate": "your opinion of a film",
    "remember": "something to keep in mind about you",
}


def advance(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    understanding, known = draft["understanding"], draft["preferences"]
    catalog = runtime.context.box.catalog
    stated = learned(understanding, draft["text"])
    if understanding.slots.forget:
        return _forgotten(draft, stated, runtime.context)
    result = REMEMBER.run(RememberArguments(new=stated, known=known), runtime.context.box)
    left_behind = tuple(p.preference_id for p in outdated(understanding, known))
    retired = tuple(dict.fromkeys((*result.retired, *left_behind)))
    kept = tuple(p for p in known if p.preference_id not in retired)
    return {
        "learned": result.learned,
        "retired": retired,
        "preferences": (*kept, *result.learned),
        "state": _next_state(draft["state"], understanding, draft["text"]),
        "notes": [
            *_foreign(draft["text"]),
            *_unsure(understanding),
            *_changes_of_mind(result.learned, known, catalog),
            *_unknown(draft, catalog),
        ],
    }


def _forgotten(draft: Draft, named: tuple[Preference, ...], parts: Parts) -> Draft:
    """Drops what was named; "forget everything I said" drops the wishes of the session."""
    known = draft["preferences"]
    wanted: list[tuple[str | None, str | None]] = [(p.kind, p.value) for p in named]
    gone: list[str] = []
    for kind, value in wanted or [(None, None)]:
        asked = ForgetArguments(known=known, kind=kind, value=value)
        gone += FORGET.run(asked, parts.box).retired
    dropped = [spell(p, parts.box.catalog) for p in known if p.preference_id in gone]
    said = (
        f"Forgotten: {'; '.join(dropped)}." if dropped else "There was nothing of that to forget."
    )
    return {
        "learned": (),
        "retired": tuple(dict.fromkeys(gone)),
        "preferences": tuple(p for p in known if p.preference_id not in gone),
        "state": draft["state"].model_copy(update={"pending": None}),
        "notes": [said],
    }


def _next_state(state: DialogueState, read: Understanding, text: str) -> DialogueState:
    """A fresh request clears the moves of the last; a critique adds to them. Who asks for others,
    or asks again without saying more, does not want to see the same list."""
    slots = read.slots
    shown = tuple(s.item_id for s in state.shown)
    changes: dict[str, object] = {"pending": None, "k": slots.k or state.k}
    changes["topic"] = _topic(read, state)
    again = read.intent == "recommend" and not read.slots.filled() and not read.wishes
    if read.intent in ("recommend", "refine") and (again or wants_others(text)):
        changes["hidden"] = tuple(dict.fromkeys((*state.hidden, *shown)))
    if again and shown:
        return state.model_copy(update=changes)
    if read.intent in ("recommend", "similar"):
        changes |= {
            "wish": read.wishes,
            "anchors": slots.anchors,
            "critiques": slots.critiques,
            "reference": slots.anchors or shown[:_MANY],
        }
    elif read.intent == "refine":
        changes |= {
            "wish": read.wishes or state.wish,
            "anchors": slots.anchors or state.anchors,
            "critiques": (*state.critiques, *slots.critiques),
            "reference": state.reference if state.critiques else shown[:_MANY],
        }
    return state.model_copy(update=changes)


def _topic(read: Understanding, state: DialogueState) -> str | None:
    """The one item that a turn spoke of; a new request leaves it behind."""
    slots = read.slots
    pointed = state.at(slots.refers_to)
    spoken_of = {*slots.anchors, *slots.liked, *slots.disliked, *slots.seen, *pointed}
    if len(spoken_of) == 1:
        return spoken_of.pop()
    return state.topic if not spoken_of and read.intent not in ASKING else None


def _foreign(text: str) -> list[str]:
    language = foreign_language(text)
    if language is None:
        return []
    return [f"I only read English so far, so I may have missed what you say in {language}."]


def _unsure(read: Understanding) -> list[str]:
    """A model that is not sure what was meant says how it took it, and asks."""
    taken = _TAKEN_AS.get(read.intent)
    if taken is None or read.path != "model" or read.confidence >= UNSURE_BELOW:
        return []
    return [f"I may have misread you: I took that as {taken}. Is that right?"]


def _changes_of_mind(
    new: tuple[Preference, ...], known: tuple[Preference, ...], catalog: Catalog
) -> list[str]:
    """One sentence for each earlier wish that a later one takes back."""
    said = []
    for wish in new:
        for old in known:
            if opposes(wish, old):
                before, now = spell(old, catalog), spell(wish, catalog)
                said.append(f"Earlier I had “{before}”; now it is “{now}”.")
    return said


def _unknown(draft: Draft, catalog: Catalog) -> list[str]:
    """Titles that are not here are said to be unknown, never swapped for another."""
    read = draft["understanding"]
    titles = [m.text for m in read.mentions if not m.item_ids]
    if not titles or read.intent in ("chat", "off_topic"):
        return []
    quoted = " and ".join(f"“{t}”" for t in titles)
    verb = "isn't" if len(titles) == 1 else "aren't"
    return [f"{quoted} {verb} among the {len(catalog):,} titles I know."]
