"""What a turn teaches: from slots to preferences, each with the words that caused it."""

from collections.abc import Iterator

from llmrec.dialogue.nouns import Preference, PreferenceKind
from llmrec.dialogue.wishes import DISLIKE, LIKE, SEEN
from llmrec.understanding.schema import Scope, Understanding

_ITEMS = {"liked": LIKE, "disliked": DISLIKE, "seen": SEEN}
_WORDS: dict[str, tuple[PreferenceKind, int]] = {
    "genres": ("genre", LIKE),
    "not_genres": ("genre", DISLIKE),
    "people": ("person", LIKE),
    "not_people": ("person", DISLIKE),
    "languages": ("language", LIKE),
    "countries": ("country", LIKE),
    "not_countries": ("country", DISLIKE),
    "keywords": ("keyword", LIKE),
    "not_keywords": ("keyword", DISLIKE),
    "moods": ("mood", LIKE),
}
_FRAME: tuple[PreferenceKind, ...] = ("runtime_max", "audience_max")
_LIMITS: tuple[PreferenceKind, ...] = ("year_min", "year_max", "runtime_max", "audience_max")


def learned(understanding: Understanding, utterance: str) -> tuple[Preference, ...]:
    """The preferences that an utterance states. Opinions on items always last; wishes last for
    the session unless the person said otherwise."""
    return tuple(_stated(understanding, utterance))


def _stated(understanding: Understanding, utterance: str) -> Iterator[Preference]:
    slots = understanding.slots
    scope: Scope = slots.scope or ("always" if understanding.intent == "remember" else "now")
    for slot, polarity in _ITEMS.items():
        for item_id in getattr(slots, slot):
            rating = slots.rating if slot != "seen" else None
            yield _preference("item", item_id, polarity, "always", utterance, rating)
    for slot, (kind, polarity) in _WORDS.items():
        for value in getattr(slots, slot):
            yield _preference(kind, value, polarity, scope, utterance)
    for kind in _LIMITS:
        value = getattr(slots, kind)
        if value is not None:
            yield _preference(kind, str(value), LIKE, scope, utterance)


def _preference(
    kind: PreferenceKind,
    value: str,
    polarity: int,
    scope: Scope,
    utterance: str,
    rating: float | None = None,
) -> Preference:
    return Preference.model_validate(
        {
            "kind": kind,
            "value": value,
            "polarity": polarity,
            "scope": scope,
            "utterance": utterance,
            "rating": rating,
        }
    )


def outdated(
    understanding: Understanding, preferences: tuple[Preference, ...]
) -> tuple[Preference, ...]:
    """Wishes of this session that a fresh request leaves behind.

    Someone who asks for "something scary" after "a comedy from the 90s" wants no scary comedy:
    what the film should be starts anew with every fresh request that says anything of it. The
    frame of the evening (how long, for whom) and everything refused stay until changed. Who asks
    for somebody's films after somebody else's rarely wants the two together.
    """
    slots = understanding.slots
    if understanding.intent == "refine" and slots.people:
        others = (p for p in preferences if p.kind == "person" and p.value not in slots.people)
        return tuple(p for p in others if p.scope == "now" and p.polarity == LIKE)
    if understanding.intent not in ("recommend", "similar"):
        return ()
    fresh = (slots.genres, slots.moods, slots.people, slots.keywords, slots.anchors)
    if not any(fresh) and not understanding.wishes:
        return ()
    return tuple(
        p
        for p in preferences
        if p.scope == "now" and p.polarity == LIKE and p.kind not in ("item", *_FRAME)
    )
