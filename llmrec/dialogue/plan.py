"""`plan`: from an understood turn to tool calls, or to the one question that has to be asked first.

The calls are assembled here by code, so they are always valid, whoever did the understanding.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from classic.data.catalog import Catalog
from llmrec.dialogue import wishes
from llmrec.dialogue.nouns import DialogueState, Plan, Preference, Question, ToolCall
from llmrec.tools.facts import FactName
from llmrec.tools.recommend import ListArguments
from llmrec.understanding.reading import blanked
from llmrec.understanding.schema import Mention, Understanding

_ASKS_FOR: dict[str, tuple[FactName, ...]] = {
    "direct": ("directors",),
    "who made": ("directors",),
    "star": ("cast",),
    "who's in": ("cast",),
    "who is in": ("cast",),
    "cast": ("cast",),
    "plays": ("cast",),
    "acts": ("cast",),
    "how long": ("runtime",),
    "runtime": ("runtime",),
    "minutes": ("runtime",),
    "when": ("year",),
    "what year": ("year",),
    "how old": ("year",),
    "genre": ("genres",),
    "kind of": ("genres", "moods"),
    "about": ("text",),
    "plot": ("text",),
    "happens": ("text",),
    "story": ("text",),
    "rated": ("audience",),
    "kids": ("audience", "moods"),
    "suitable": ("audience", "moods"),
    "ok for": ("audience", "moods"),
    "okay for": ("audience", "moods"),
    "fine for": ("audience", "moods"),
    "safe for": ("audience", "moods"),
    "appropriate": ("audience", "moods"),
    "year old": ("audience", "moods"),
    "scary": ("moods", "genres", "audience"),
    "sad": ("moods",),
    "funny": ("moods", "genres"),
    "romantic": ("moods", "genres"),
    "dark": ("moods",),
    "depressing": ("moods",),
    "slow": ("moods", "runtime"),
    "gory": ("moods", "audience"),
    "disturbing": ("moods", "audience"),
    "violent": ("moods", "audience"),
    "language": ("languages",),
    "subtitle": ("languages",),
    "dubbed": ("languages",),
    "in english": ("languages",),
    "in french": ("languages",),
    "in spanish": ("languages",),
    "in german": ("languages",),
    "country": ("countries",),
    "where": ("countries",),
}

_NOT_KNOWN = {
    "where it can be watched": r"netflix|prime|hulu|disney ?\+|hbo|stream\w*|to (?:rent|buy)",
    "what it won": r"oscars?|academy awards?|awards?|golden globes?|palme",
    "what it cost or earned": r"box office|budget|gross(?:ed)?|earn(?:ed)?|made? (?:any )?money",
    "what critics gave it": r"imdb|rotten|metacritic|critics?|reviews?",
    "who wrote its music": r"soundtrack|score|music|composer|songs?",
    "whether there is more of it": r"sequels?|prequels?|remakes?|trilogy|franchise",
}
"""Questions that no catalogue here answers."""
_COMPARED = 4
"""Items side by side at most."""


def ambiguous(understanding: Understanding) -> Mention | None:
    """The first mention that could be several items."""
    return next((m for m in understanding.mentions if len(m.item_ids) > 1), None)


def which_one(mention: Mention, catalog: Catalog, role: str) -> Question:
    """ "Which Heat do you mean?" with the candidates as offers."""
    labels = [catalog[i].label for i in mention.item_ids]
    title = catalog[mention.item_ids[0]].title
    return Question(
        about="which",
        text=f"Which {title} do you mean: {', '.join(labels[:-1])} or {labels[-1]}?",
        offers=mention.item_ids,
        role=role,
    )


def plan(
    understanding: Understanding,
    text: str,
    state: DialogueState,
    preferences: Sequence[Preference],
) -> Plan:
    """The calls for this turn, given the state it leads to. Raises nothing."""
    slots = understanding.slots
    if understanding.intent == "lookup" and slots.people:
        return Plan(calls=tuple(_call("credits", person=p) for p in slots.people[:2]))
    topics = _topics(understanding, state)
    if understanding.intent in ("lookup", "compare", "explain") and not topics:
        return Plan()
    if understanding.intent == "compare" and len(topics) > 1:
        return Plan(calls=(_call("compare", item_ids=topics[:_COMPARED]),))
    if understanding.intent in ("lookup", "compare"):
        fields = fact_names(without_titles(text, understanding))
        return Plan(calls=tuple(_call("lookup", item_id=i, fields=fields) for i in topics[:3]))
    query = wishes.query(preferences, state)
    arguments = ListArguments.of(query)
    if understanding.intent == "explain":
        asked = {**arguments, "anchors": query.anchors, "text": query.text}
        return Plan(calls=tuple(_call("explain", item_id=i, **asked) for i in topics[:3]))
    if understanding.intent == "rate" and slots.anchors:
        weights = arguments["weights"]
        return Plan(calls=tuple(_call("rate", item_id=i, weights=weights) for i in slots.anchors))
    if understanding.intent in ("chat", "off_topic"):
        return Plan()
    if state.anchors:
        return Plan(calls=(_call("similar", **arguments, anchors=state.anchors, text=query.text),))
    speaks = query.history.item_ids or query.constraints.active or query.liked_genres
    if query.text and not speaks:
        return Plan(calls=(_call("search", **arguments, text=query.text),))
    return Plan(calls=(_call("recommend", **arguments, text=query.text),))


def about_taste(preferences: Sequence[Preference], people: bool) -> Plan:
    """What behaviour tells of a person, beside what they said; of those most like them, too, where
    `people` are known. Nothing of who spoke of no item."""
    history = wishes.history(preferences)
    weights = dict(zip(history.item_ids, history.weights, strict=True))
    tools = ("user_profile", "similar_users") if people else ("user_profile",)
    return Plan(calls=tuple(_call(tool, weights=weights) for tool in tools if weights))


def _call(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(tool=tool, args=arguments)


def _topics(understanding: Understanding, state: DialogueState) -> tuple[str, ...]:
    """The items a question is about: those named, those pointed at, the one spoken of before, or
    the top of the list; none where it is about a title that is not here. Who compares and names
    none compares the list."""
    slots = understanding.slots
    named = (*slots.anchors, *slots.liked, *slots.seen, *slots.disliked)
    told = tuple(dict.fromkeys((*named, *state.at(slots.refers_to))))
    if told or any(not mention.item_ids for mention in understanding.mentions):
        return told
    if understanding.intent == "compare":
        return state.at(range(1, _COMPARED + 1))
    return (state.topic,) if state.topic else state.at([1])


def without_titles(text: str, understanding: Understanding) -> str:
    """What is said beside the titles, whose words ask for nothing: The Dark Knight is no mood."""
    return blanked(text, [(mention.start, mention.end) for mention in understanding.mentions])


def fact_names(text: str) -> tuple[FactName, ...]:
    """Which facts a question asks for; none: all of them."""
    lower = text.lower()
    asked = (name for cue, names in _ASKS_FOR.items() if cue in lower for name in names)
    return tuple(dict.fromkeys(asked))


def not_known(text: str) -> str:
    """What is asked that no catalogue here tells, in words; "" where nothing is."""
    lower = text.lower()
    return next(
        (what for what, cue in _NOT_KNOWN.items() if re.search(rf"\b(?:{cue})\b", lower)), ""
    )


def nothing_known(preferences: Sequence[Preference], state: DialogueState) -> bool:
    """Whether there is no wish and no opinion to go by: the cold start."""
    query = replace(wishes.query(preferences, state), diversity=state.diversity)
    liked = any(w > 0 for w in query.history.weights)
    soft = query.moods or query.keywords or query.liked_genres or query.liked_people
    return not (liked or soft or query.constraints.active or query.anchors or query.text)
