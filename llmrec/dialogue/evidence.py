"""From the parts of a score to evidence: true sentences, each with what it rests on.

Every sentence says only what the catalogue, the signal or the person's own words say. Shares are
the additive parts of the item's score, so that taking a piece of evidence away lowers the score.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from classic.data.catalog import Catalog
from classic.data.item import ATTRIBUTES, Item
from classic.keywords import keyword_index, runs_in
from classic.query import Query
from classic.text import fold
from llmrec.dialogue.nouns import Evidence, EvidenceKind
from llmrec.text import listed

_SAYS_LITTLE = ("based on", "true story", "black and white", "sequel", "remake", "voice-over")
"""How keywords begin that two items may share without being alike."""
_LEAST_SHARE = {"text": 0.55, "content": 0.05, "neighbour": 0.05, "model": 0.05}
"""What a part has to add to the score before it is called a reason."""
MOST = 4
"""Pieces of evidence shown for one item: more would be a table, not a reason."""

_MORE_THAN = {
    ("age", -1): "newer",
    ("age", 1): "older",
    ("length", -1): "shorter",
    ("length", 1): "longer",
    ("lightness", 1): "lighter",
    ("lightness", -1): "darker",
    ("violence", -1): "less violent",
    ("violence", 1): "more violent",
    ("romance", 1): "more romantic",
    ("romance", -1): "less romantic",
    ("humour", 1): "funnier",
    ("humour", -1): "more serious",
    ("pace", 1): "faster",
    ("pace", -1): "slower",
    ("scariness", 1): "scarier",
    ("scariness", -1): "less scary",
    ("complexity", 1): "more demanding",
    ("complexity", -1): "easier to follow",
    ("fame", -1): "less known",
    ("fame", 1): "better known",
}

COMPARATIVES = tuple(_MORE_THAN.values())
"""Every word for a move along an attribute."""


def comparative(attribute: str, direction: int) -> str:
    """The word for a move along an attribute: `age -1` is `newer`."""
    return _MORE_THAN[attribute, direction]


def evidence_for(
    catalog: Catalog, item_id: str, sources: Mapping[str, float], query: Query
) -> tuple[Evidence, ...]:
    """The strongest reasons for an item, best first, at most `MOST`, limits it met last. What the
    latest critique asked for comes before everything."""
    item = catalog[item_id]
    reasons: list[Evidence] = []
    for source, share in sorted(sources.items(), key=lambda s: -s[1]):
        kind, _, value = source.partition(":")
        telling = share > _LEAST_SHARE.get(kind, 0.0)
        said = _SAY[kind](catalog, item, value, query) if telling and kind in _SAY else None
        if said:
            reasons.append(_evidence(item, len(reasons), *said, share))
    latest = f"move={list(query.moves)[-1]}" if query.moves else ""
    ranked = sorted(_one_per_subject(reasons), key=lambda e: (e.refers_to != latest, -e.share))
    limits = _limits_met(item, query, start=len(reasons))
    return (*ranked[:MOST], *limits[: max(1, MOST - len(ranked))])


def _one_per_subject(reasons: list[Evidence]) -> list[Evidence]:
    """A liked item speaks once: what it shares with this one, and that people liked both."""
    spoken: dict[str, Evidence] = {}
    for reason in reasons:
        before = spoken.get(reason.refers_to)
        spoken[reason.refers_to] = _both(before, reason) if before else reason
    return list(spoken.values())


def _both(first: Evidence, second: Evidence) -> Evidence:
    """Behaviour and content about the same liked item, as one reason."""
    content, other = (first, second) if first.kind == "content" else (second, first)
    if content.kind != "content" or not content.text.startswith("it s"):
        return first
    if other.kind not in _BESIDE:
        return first
    text = f"{content.text}, and {_BESIDE[other.kind]}"
    return first.model_copy(update={"text": text, "share": first.share + second.share})


def _evidence(
    item: Item, n: int, kind: EvidenceKind, text: str, refers_to: str, share: float
) -> Evidence:
    return Evidence(
        id=f"{item.item_id}#{n + 1}",
        kind=kind,
        text=text,
        item_id=item.item_id,
        refers_to=refers_to,
        share=float(share),
    )


_BESIDE = {
    "neighbour": "people who liked that tend to like it too",
    "model": "the model in use ranks it higher for that",
}
Said = tuple[EvidenceKind, str, str]


def _neighbour(catalog: Catalog, item: Item, value: str, query: Query) -> Said:
    label = catalog[value].label
    if _disliked(query, value):
        said = f"people who liked {label}, which you did not, tend to pass it over"
        return "neighbour", said, value
    return "neighbour", f"people who liked {label} tend to like it too", value


def _disliked(query: Query, item_id: str) -> bool:
    weights = dict(zip(query.history.item_ids, query.history.weights, strict=True))
    return weights.get(item_id, 0.0) < 0


def _model(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    """By leaving one item of the history out; what no single one explains is not put in words."""
    if not value:
        return None
    did = "did not like" if _disliked(query, value) else "liked"
    label = catalog[value].label
    return "model", f"the model in use ranks it higher because you {did} {label}", value


def _content(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    """To be unlike what was not liked is no reason that facts can tell."""
    if _disliked(query, value):
        return None
    shared = shared_facts(item, catalog[value])
    label = catalog[value].label
    if not shared:
        return "content", f"its description is close to that of {label}", value
    return "content", f"it shares {shared} with {label}", value


def _anchor(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    return _content(catalog, item, value, query)


def _genre(catalog: Catalog, item: Item, value: str, query: Query) -> Said:
    return "words", f"it is filed under {value}, a genre you said you like", f"genres={value}"


def _person(catalog: Catalog, item: Item, value: str, query: Query) -> Said:
    return "words", f"{_credit(item, value)}, whom you like", f"people={value}"


def _credit(item: Item, person: str) -> str:
    return f"it was directed by {person}" if person in item.directors else f"{person} is in it"


def _mood(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    if value not in item.moods:
        return None
    return "words", f"its mood is {value}, as you asked", f"moods={value}"


def _keyword(catalog: Catalog, item: Item, value: str, query: Query) -> Said:
    index = keyword_index(catalog)
    if catalog.row(item.item_id) not in index.about(value):
        return "text", f"its description speaks of {value}", f"text={value}"
    named = next(k for k in item.keywords if runs_in(value, k))
    return "words", f"“{named}” is one of its keywords, as you asked", f"keywords={named}"


def _text(catalog: Catalog, item: Item, value: str, query: Query) -> Said:
    return "text", f"its description fits your words “{query.text}”", f"text={query.text}"


def _move(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    direction = 1 if query.moves.get(value, 0.0) > 0 else -1
    column = ATTRIBUTES.index(value)
    before = catalog.attributes[catalog.rows(query.reference), column]
    here = catalog.attributes[catalog.row(item.item_id), column]
    if not len(before) or not (here - np.nanmean(before)) * direction > 0:
        return None
    fact = {"age": f"it is from {item.year}", "length": f"it runs {item.runtime} minutes"}
    said = f"{comparative(value, direction)} than {_reference(catalog, query)}"
    joined = f"{fact[value]}, {said}" if value in fact else f"it is {said}"
    return "words", joined, f"move={value}"


def _reference(catalog: Catalog, query: Query) -> str:
    if len(query.reference) == 1:
        return catalog[query.reference[0]].label
    named = set(query.reference) <= set(query.anchors)
    return "the ones you named on average" if named else "the last list on average"


def _popularity(catalog: Catalog, item: Item, value: str, query: Query) -> Said | None:
    if query.moves.get("fame", 0.0) < 0:
        return None  # who asks for less known titles is given none for being known
    return "popularity", "it is widely seen and liked", "popularity"


_SAY = {
    "neighbour": _neighbour,
    "model": _model,
    "content": _content,
    "anchor": _anchor,
    "genre": _genre,
    "person": _person,
    "mood": _mood,
    "keyword": _keyword,
    "text": _text,
    "move": _move,
    "popularity": _popularity,
}


def shared_facts(item: Item, other: Item) -> str:
    """What two items have in common, most telling first, as a phrase; empty for nothing."""
    people = [p for p in item.people if p in other.people][:2]
    keywords = [k for k in item.keywords if k in other.keywords and not k.startswith(_SAYS_LITTLE)]
    parts = [*people, *keywords[: 2 if people else 3]]
    if bool(people) + len(keywords) < 2:
        genres = [g for g in item.genres if g in other.genres]
        if genres:
            noun = "genre" if len(genres) == 1 else "genres"
            parts.append(f"the {noun} {listed(genres[:3])}")
    return " and ".join(parts) if len(parts) < 3 else listed(parts)


def _limits_met(item: Item, query: Query, start: int) -> list[Evidence]:
    """Facts that meet a hard limit: without them the item would not be here at all. A limit that
    was lifted, or is served by something near to it, is no fact of the item."""
    limits = query.constraints
    met: list[tuple[str, str]] = []
    for genre in _theirs(limits.genres, item.genres):
        met.append((f"it is filed under {genre}, as you asked", f"genres={genre}"))
    for person in _theirs(limits.people, item.people):
        met.append((f"{_credit(item, person)}, as you asked", f"people={person}"))
    if (limits.year_min or limits.year_max) and _within(
        item.year, limits.year_min, limits.year_max
    ):
        met.append((f"it is from {item.year}, within the years you asked for", f"year={item.year}"))
    if limits.runtime_max and _within(item.runtime, None, limits.runtime_max):
        met.append(
            (f"it runs {item.runtime} minutes, within your limit", f"runtime={item.runtime}")
        )
    if limits.audience_max and item.audience:
        met.append((f"it is rated {item.audience}, within your limit", f"audience={item.audience}"))
    for language in _theirs(limits.languages, item.languages):
        met.append((f"it is in {language}, as you asked", f"languages={language}"))
    for country in _theirs(limits.countries, item.countries):
        met.append((f"it was made in {country}, as you asked", f"countries={country}"))
    return [
        _evidence(item, start + n, "field", text, refers_to, 0.0)
        for n, (text, refers_to) in enumerate(met)
    ]


def _theirs(asked: Sequence[str], own: Sequence[str]) -> list[str]:
    """Of what was asked for, what the item has, as the item spells it."""
    folded = {fold(value) for value in asked}
    return [value for value in own if fold(value) in folded]


def _within(value: int | None, low: int | None, high: int | None) -> bool:
    return value is not None and (low or value) <= value <= (high or value)
