"""The hybrid ranker: one additive score from behaviour, content, wishes, moves and popularity.

Scales are fixed, not fitted to the list at hand, so that taking a piece of evidence away always
lowers the score by what it added. A cold-start gate lets content speak louder for pairs of items
that behaviour knows nothing about.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.data.item import ATTRIBUTES
from classic.filters import MEASURED, filter_columns
from classic.keywords import keyword_index
from classic.query import Query
from classic.rank.behaviour import Behaviour, Part
from classic.retrieve.content import Content
from classic.text import fold


@dataclass(frozen=True)
class HybridConfig:
    """Weights of the parts, each part being roughly 0..1.

    `prior` is how many items a history must outweigh before its sum is averaged (the cold-start
    prior of the history); `cold` multiplies content where behaviour is silent; `aside` is what is
    left of the history's voice when the request itself says what it wants; `apart` makes a mood
    louder beside an anchor that lacks it: who asks for an "Alien, but funny" wants it funny.
    """

    behaviour: float = 0.7
    content: float = 1.0
    anchor: float = 2.0
    text: float = 1.6
    genre: float = 0.35
    filed: float = 0.5
    person: float = 0.6
    mood: float = 1.4
    keyword: float = 1.6
    move: float = 2.2
    popularity: float = 0.2
    prior: float = 2.0
    cold: float = 1.5
    aside: float = 0.35
    apart: float = 1.6


_ONLY_MENTIONED = 0.6
_FAR_ENOUGH, _FAR_ENOUGH_GRADED = 0.15, 0.4
"""A step along a measured attribute, and along one that is graded: who asks for a newer film does
not want the newest, and who asks for a less scary one not the tamest of all."""
_A_STEP, _NO_STEP = 0.04, 0.5
"""Less than the first is no step at all, which costs the second."""
_MOOD_ATTRIBUTE = {
    "funny": ("humour", 1),
    "scary": ("scariness", 1),
    "romantic": ("romance", 1),
    "violent": ("violence", 1),
    "action-packed": ("pace", 1),
    "slow-burn": ("pace", -1),
    "feel-good": ("lightness", 1),
    "uplifting": ("lightness", 1),
    "heartwarming": ("lightness", 1),
    "dark": ("lightness", -1),
    "sad": ("lightness", -1),
    "thoughtful": ("complexity", 1),
    "mind-bending": ("complexity", 1),
}
"""Moods that an attribute grades: of two funny films the funnier one is meant."""


class HybridRanker:
    """Stage `rank`. `behaviour` has the catalogue's rows; `popularity` is float [n] in 0..1."""

    name = "rank"

    def __init__(
        self,
        catalog: Catalog,
        content: Content,
        popularity: np.ndarray,
        behaviour: Behaviour | None = None,
        config: HybridConfig | None = None,
    ) -> None:
        self.catalog, self.content, self.behaviour = catalog, content, behaviour
        self.popularity, self.config = popularity, config or HybridConfig()
        self.likest = content.typical_peak
        self.warm = behaviour.warm if behaviour else np.zeros(len(catalog), bool)

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        """The candidates by score, best first."""
        scored = self.score(query, candidates.item_ids)
        order = np.lexsort((np.arange(len(scored)), -scored.scores))
        return scored.take(order)

    def score(self, query: Query, item_ids: tuple[str, ...]) -> Candidates:
        """The items in the given order with their scores and additive sources."""
        rows = self.catalog.rows(item_ids)
        parts = [(name, part) for name, part in self._parts(query, rows) if np.any(part)]
        total = np.sum([p for _, p in parts], axis=0) if parts else np.zeros(len(rows))
        sources: list[dict[str, float]] = [{} for _ in item_ids]
        for name, part in parts:
            for place in np.flatnonzero(part):
                sources[place][name] = sources[place].get(name, 0.0) + float(part[place])
        return Candidates(item_ids, np.asarray(total, dtype=np.float64), tuple(sources))

    def _parts(self, query: Query, rows: np.ndarray) -> Iterator[Part]:
        """(source, float [n]) for everything that speaks for or against the items."""
        config = self.config
        yield from self._from_history(query, rows)
        for anchor in query.anchors:
            if anchor in self.catalog:
                near = self._near(anchor, rows)
                yield f"anchor:{anchor}", config.anchor * near / max(len(query.anchors), 1)
        yield from self._wishes("genre", query.liked_genres, rows)
        yield from self._wishes("person", query.liked_people, rows)
        yield from self._wishes("mood", self._moods(query), rows)
        yield from self._wishes("keyword", dict.fromkeys(query.keywords, 1.0), rows)
        yield "text:", self._text(query, rows)
        yield from self._moves(query, rows)
        for genre in query.constraints.genres:
            yield f"filed:{genre}", config.filed * self._prominence(genre, rows)
        yield "popularity:", config.popularity * self.popularity[rows]

    def _from_history(self, query: Query, rows: np.ndarray) -> Iterator[Part]:
        history, config = query.history, self.config
        known = [(i, w) for i, w in zip(history.item_ids, history.weights, strict=True) if w]
        known = [(i, w) for i, w in known if i in self.catalog]
        share = (1.0 + config.prior) / (max(len(known), 1) + config.prior)
        if query.anchors or query.text or query.moods or query.keywords:
            share *= config.aside
        if self.behaviour is not None and config.behaviour:
            for source, pull in self.behaviour.pulls(history, rows):
                yield source, config.behaviour * share * pull
        for item_id, weight in known:
            like = self._likeness(self.catalog.row(item_id), rows)
            yield f"content:{item_id}", config.content * share * weight * like

    def _likeness(self, here: int, rows: np.ndarray) -> np.ndarray:
        """float [n], about 1 for the items most like it, more where behaviour is silent."""
        near = self.content.similarity(np.array([here]), rows)[0] / self.likest
        return near * self._gate(here, rows)

    def _gate(self, here: int, rows: np.ndarray) -> np.ndarray:
        """Content's multiplier: `cold` where behaviour knows one of the two items too little."""
        if self.behaviour is None:
            return np.full(len(rows), self.config.cold)
        return np.where(self.warm[here] & self.warm[rows], 1.0, self.config.cold)

    def _near(self, anchor: str, rows: np.ndarray) -> np.ndarray:
        """Closeness to an anchor: mostly what it is like, partly who else liked it."""
        here = self.catalog.row(anchor)
        near = self._likeness(here, rows)
        if self.behaviour is not None and self.warm[here]:
            near = near + 0.35 * np.maximum(self.behaviour.near(here, rows), 0.0)
        return near

    def _wishes(self, kind: str, wanted: object, rows: np.ndarray) -> Iterator[Part]:
        for value, weight in dict(wanted).items():  # type: ignore[call-overload]
            has = self._has(kind, value, rows)
            yield f"{kind}:{value}", getattr(self.config, kind) * weight * has

    def _moods(self, query: Query) -> dict[str, float]:
        """How loud each mood is."""
        anchors = [self.catalog[i] for i in query.anchors if i in self.catalog]
        return {
            mood: self.config.apart if any(mood not in a.moods for a in anchors) else 1.0
            for mood in query.moods
        }

    def wish_matches(self, query: Query) -> np.ndarray:
        """float64 [n_items]: how much of the soft wishes each item meets, for retrieval."""
        every = np.arange(len(self.catalog))
        wishes = (
            ("genre", query.liked_genres),
            ("person", query.liked_people),
            ("mood", dict.fromkeys(query.moods, 1.0)),
            ("keyword", dict.fromkeys(query.keywords, 1.0)),
        )
        parts = [part for kind, wanted in wishes for _, part in self._wishes(kind, wanted, every)]
        return np.sum(parts, axis=0) if parts else np.zeros(len(self.catalog))

    def _prominence(self, genre: str, rows: np.ndarray) -> np.ndarray:
        """float [n]: 1 for an item filed under this genre first, 1/2 second, 1/3 third..."""
        places = [[fold(g) for g in self.catalog.items[row].genres] for row in rows]
        named = fold(genre)
        return np.array([1.0 / (1 + p.index(named)) if named in p else 0.0 for p in places])

    def _has(self, kind: str, value: str, rows: np.ndarray) -> np.ndarray:
        """float [n]: 1 where the item has the value, less for a mood that it has a little of or a
        keyword that only its description mentions."""
        mask = np.zeros(len(self.catalog))
        columns = filter_columns(self.catalog)
        if kind in ("genre", "person"):
            found = (columns.genres if kind == "genre" else columns.people).get(fold(value))
            if found is not None:
                mask[found] = 1.0
            return mask[rows]
        if kind == "keyword":
            index = keyword_index(self.catalog)
            mask[index.mentioning(value)] = _ONLY_MENTIONED
            mask[index.about(value)] = 1.0
            return mask[rows]
        has = np.array([float(value in self.catalog.items[row].moods) for row in rows])
        return self._graded(value, has, rows)

    def _graded(self, mood: str, has: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """float [n] in 0..1: 0.7 to 1 with the mood, by the attribute behind it, and up to 0.25
        without it where the attribute is high; just `has` where nothing is known."""
        if mood not in _MOOD_ATTRIBUTE:
            return has
        attribute, direction = _MOOD_ATTRIBUTE[mood]
        level = self.catalog.attributes[rows, ATTRIBUTES.index(attribute)]
        level = level if direction > 0 else 1.0 - level
        graded = np.where(has > 0, 0.7 + 0.3 * level, 0.5 * np.maximum(level - 0.5, 0.0))
        return np.where(np.isnan(level), has, graded)

    def _text(self, query: Query, rows: np.ndarray) -> np.ndarray:
        """Free words against prose: cosine above chance with vectors, shared words without."""
        if not query.text:
            return np.zeros(len(rows))
        if query.text_vector is not None and self.content.vectors is not None:
            cosine = self.content.vectors[rows] @ query.text_vector
            return self.config.text * np.clip((cosine - 0.15) / 0.5, 0.0, 1.5)
        words = {w for w in fold(query.text).split() if len(w) > 2}
        return self.config.text * np.array([self._shared(words, row) for row in rows])

    def _shared(self, words: set[str], row: int) -> float:
        item = self.catalog.items[row]
        there = set(fold(" ".join((item.text, *item.keywords))).replace(".", " ").split())
        return len(words & there) / max(len(words), 1)

    def _moves(self, query: Query, rows: np.ndarray) -> Iterator[Part]:
        """Signed moves: the gain over the list that was criticised, as far as one asked for, and a
        loss for what stays where it was; unknown attributes gain 0."""
        reference = self.catalog.rows(i for i in query.reference if i in self.catalog)
        for attribute, step in query.moves.items():
            column = self.catalog.attributes[:, ATTRIBUTES.index(attribute)]
            start = np.nanmean(column[reference]) if len(reference) else np.nanmean(column)
            far = _FAR_ENOUGH if attribute in MEASURED else _FAR_ENOUGH_GRADED
            gain = np.minimum(step * (column[rows] - start), far * abs(step))
            gain = np.nan_to_num(np.where(gain < _A_STEP, gain - _NO_STEP, gain))
            yield f"move:{attribute}", self.config.move * gain
