"""From preferences to a `Query`: what a person wishes, as the pipeline understands it.

Wishes against something, limits, and wishes for tonight are hard; what a person likes in general
is soft, because someone who likes comedies does not want only comedies.
"""

from collections.abc import Sequence

from classic.data.interactions import History
from classic.query import Constraints, Query
from llmrec.dialogue.nouns import DialogueState, Preference

LIKE, DISLIKE, SEEN = 1, -1, 0
_STARS_MIDDLE = 3.0
_WANTED = {"genre": "genres", "person": "people", "language": "languages", "country": "countries"}
_REFUSED = {
    "genre": "not_genres",
    "person": "not_people",
    "country": "not_countries",
    "keyword": "not_keywords",
}
_KINDS = (*_WANTED, "mood", "keyword")
_LIMITS = ("year_min", "year_max", "runtime_max")


def history(preferences: Sequence[Preference]) -> History:
    """Items a person spoke of, oldest first, the latest word on each item counting.

    A plain like weighs +1 and a dislike -1; stars weigh by their distance from the middle.
    """
    latest = {p.value: _weight(p) for p in preferences if p.kind == "item"}
    return History(tuple(latest), tuple(latest.values()))


def _weight(preference: Preference) -> float:
    if preference.rating is None:
        return float(preference.polarity)
    return max(-1.0, min(1.0, (preference.rating - _STARS_MIDDLE) / 2.0))


def constraints(preferences: Sequence[Preference], state: DialogueState) -> Constraints:
    """The hard limits in force. Everything already spoken of or hidden tonight is left out."""
    limits: dict[str, object] = {}
    for wish in preferences:
        if wish.kind in _LIMITS:
            limits[wish.kind] = int(wish.value)
        elif wish.kind == "audience_max":
            limits["audience_max"] = wish.value
        elif wish.kind in _REFUSED and wish.polarity == DISLIKE:
            _extend(limits, _REFUSED[wish.kind], wish.value)
        elif wish.kind in _WANTED and wish.polarity == LIKE and wish.scope == "now":
            _extend(limits, _WANTED[wish.kind], wish.value)
    spoken_of = {p.value for p in preferences if p.kind == "item"} | set(state.anchors)
    return Constraints(**limits, exclude=tuple(sorted(spoken_of | set(state.hidden))))  # type: ignore[arg-type]


def _extend(limits: dict[str, object], name: str, value: str) -> None:
    limits[name] = (*limits.get(name, ()), value)  # type: ignore[misc]


def query(preferences: Sequence[Preference], state: DialogueState) -> Query:
    """Everything that is wished now, as one request to the pipeline."""
    own = says_what_it_wants(preferences, state)
    moves: dict[str, float] = {}
    for critique in state.critiques:
        moves[critique.attr] = moves.pop(critique.attr, 0.0) + critique.dir
    return Query(
        history=history(preferences),
        constraints=constraints(preferences, state),
        anchors=state.anchors,
        moods=_wanted(preferences, "mood", own),
        keywords=_wanted(preferences, "keyword", own),
        liked_genres=_soft(preferences, "genre"),
        liked_people=_soft(preferences, "person"),
        moves=moves,
        reference=state.reference,
        text=state.wish,
        diversity=state.diversity,
        k=state.k,
    )


def says_what_it_wants(preferences: Sequence[Preference], state: DialogueState) -> bool:
    """Whether something is wished tonight: then what is liked in general keeps quiet."""
    now = (p for p in preferences if p.scope == "now" and p.polarity == LIKE and p.kind in _KINDS)
    return bool(state.anchors or state.wish or any(now))


def _wanted(preferences: Sequence[Preference], kind: str, own: bool) -> tuple[str, ...]:
    """The wishes of a kind; where tonight has wishes of its own, those alone."""
    return tuple(
        p.value
        for p in preferences
        if p.kind == kind and p.polarity == LIKE and (p.scope == "now" or not own)
    )


def _soft(preferences: Sequence[Preference], kind: str) -> dict[str, float]:
    """What is liked in general; what is asked for tonight is a limit already."""
    liked = (p for p in preferences if p.kind == kind and p.polarity == LIKE)
    return {p.value: 1.0 for p in liked if p.scope == "always"}
