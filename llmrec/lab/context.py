"""The closed list of context builders: what a strategy's template may be given, and from where.

A strategy file names the builders it wants under `context`, each with its settings; a builder gives
the template the variables that it declares here. `noun`, `nouns` and `done` (film, films, watched)
and `n`, how many items are asked about, are always there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llmrec.lab import context_facts, context_items, context_person
from llmrec.lab.scene import NoSettings, Scene

ALWAYS = ("noun", "nouns", "done", "n")


@dataclass(frozen=True)
class Builder:
    """`settings` are the defaults; `gives` names the variables; `fits`: whether another recommender
    is fitted for it."""

    about: str
    settings: Any
    gives: tuple[str, ...]
    build: Callable[[Scene, Any], dict[str, Any]]
    fits: bool = False


BUILDERS: Mapping[str, Builder] = {
    "history": Builder(
        "titles of the history, newest last",
        context_person.HistorySettings(),
        ("history",),
        context_person.history,
    ),
    "opinions": Builder(
        "titles that were liked and titles that were not",
        context_person.OpinionsSettings(),
        ("liked", "disliked"),
        context_person.opinions,
    ),
    "rated": Builder(
        "titles of the history with their stars",
        context_person.RatedSettings(),
        ("rated",),
        context_person.rated,
    ),
    "dialogue": Builder(
        "what was said, newest last, with or without the titles in it",
        context_person.DialogueSettings(),
        ("dialogue",),
        context_person.dialogue,
    ),
    "mentioned": Builder(
        "titles that were named in a dialogue, and by whom",
        context_person.MentionedSettings(),
        ("mentioned",),
        context_person.mentioned,
    ),
    "means": Builder(
        "the mean stars of the person and of the item",
        NoSettings(),
        ("own_mean", "item_mean"),
        context_items.means,
    ),
    "recency": Builder(
        "the latest title of the history", NoSettings(), ("recent",), context_person.recency
    ),
    "own_past": Builder(
        "an example from the person's own past",
        context_person.OwnPastSettings(),
        ("past", "then"),
        context_person.own_past,
    ),
    "similar_users": Builder(
        "examples from people alike",
        context_person.SimilarUsersSettings(),
        ("examples",),
        context_person.similar_users,
    ),
    "retrieved": Builder(
        "the part of the history most like what is asked",
        context_person.RetrievedSettings(),
        ("retrieved",),
        context_person.retrieved,
    ),
    "person": Builder(
        "who the person says to be",
        context_person.PersonSettings(),
        ("person",),
        context_person.person,
    ),
    "summary": Builder(
        "the history in counts",
        context_person.SummarySettings(),
        ("summary",),
        context_person.summary,
    ),
    "tool_order": Builder(
        "the items in the order of ease, item-knn, popularity, content, bm25, item-mean or (a "
        "control) random",
        context_items.ToolOrderSettings(),
        ("tool_order",),
        context_items.tool_order,
        fits=True,
    ),
    "tool_items": Builder(
        "what another recommender (EASE) finds among all items",
        context_items.ToolItemsSettings(),
        ("tool_items",),
        context_items.tool_items,
        fits=True,
    ),
    "candidates": Builder(
        "the items to rank, with letters",
        context_items.CandidatesSettings(),
        ("candidates",),
        context_items.candidates,
    ),
    "candidate": Builder(
        "one item to judge", context_items.ItemSettings(), ("candidate",), context_items.candidate
    ),
    "facts": Builder(
        "what the catalogue says of one item, and what it shares with the history",
        context_facts.FactsSettings(),
        ("facts", "shared"),
        context_facts.facts,
    ),
    "unsupported": Builder(
        "sentences of a text that a step wrote which no fact supports, and why",
        context_facts.UnsupportedSettings(),
        ("unsupported",),
        context_facts.unsupported,
    ),
    "pair": Builder(
        "two items to compare",
        context_items.ItemSettings(),
        ("first", "second"),
        context_items.pair,
    ),
}


def variables_of(scene: Scene, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a template is given, by the builders it named."""
    words = scene.ground.words
    found: dict[str, Any] = {"noun": words.noun, "nouns": words.nouns, "done": words.done}
    found["n"] = len(scene.asked.items)
    for name, settings in wanted.items():
        found |= BUILDERS[name].build(scene, settings)
    return found
