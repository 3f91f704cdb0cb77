"""Node `decide`: the plan of the turn: tool calls, or the question to ask first."""

from langgraph.runtime import Runtime

from llmrec.behaviour.people import PTUM
from llmrec.dialogue import wishes
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.nouns import DialogueState, Plan, Question
from llmrec.dialogue.plan import (
    about_taste,
    ambiguous,
    fact_names,
    not_known,
    nothing_known,
    plan,
    which_one,
    without_titles,
)
from llmrec.understanding.intent import asks_about_oneself

_MAKES_A_LIST = ("recommend", "refine", "similar")


def decide(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    understanding, state = draft["understanding"], draft["state"]
    preferences, box = draft["preferences"], runtime.context.box
    doubtful = ambiguous(understanding)
    if doubtful and understanding.intent != "compare":
        role = "anchors" if understanding.intent in ("similar", "lookup") else "liked"
        question = which_one(doubtful, box.catalog, role)
        return {"plan": Plan(question=question), "state": _waiting(state, question)}
    if understanding.intent in _MAKES_A_LIST and nothing_known(preferences, state):
        question = cold_start(draft, runtime.context)
        return {"plan": Plan(question=question), "state": _waiting(state, question)}
    if asks_about_oneself(draft["text"].lower()) and box.pipeline.name == PTUM:
        people = box.behaviour is not None and box.behaviour.known
        return {"plan": about_taste(preferences, people)}
    asked = without_titles(draft["text"], understanding)
    missing = not_known(asked) if understanding.intent == "lookup" else ""
    if missing and not fact_names(asked):
        return {"plan": Plan(), "notes": [f"That I can't tell: nothing here says {missing}."]}
    return {"plan": plan(understanding, draft["text"], state, preferences)}


def _waiting(state: DialogueState, question: Question) -> DialogueState:
    return state.model_copy(update={"pending": question, "asked": (*state.asked, question.about)})


def cold_start(draft: Draft, parts: Parts) -> Question:
    """The one question that splits the catalogue best; once asked, films to pick from instead."""
    query = wishes.query(draft["preferences"], draft["state"])
    split = parts.box.pipeline.question(query)
    if split is None or split.kind in draft["state"].asked:
        wall = parts.box.pipeline.wall(query)
        text = "Pick one or two of these that you like, and I'll take it from there."
        return Question(about="wall", text=text, offers=wall.item_ids)
    choices = ", ".join(split.values[:-1]) + f" or {split.values[-1]}"
    return Question(
        about=split.kind,
        text=f"What are you in the mood for: {choices}? Or name one you love.",
        offers=split.values,
    )
