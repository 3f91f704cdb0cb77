"""Genres that a sentence claims of items that are not filed there."""

import re
from collections.abc import Iterator, Sequence

from classic.data.item import GENRES, Item
from llmrec.dialogue.verify.facts import Facts, fields
from llmrec.dialogue.verify.sentence import Sentence

_WORDS = {
    "comedy": "Comedy",
    "comedies": "Comedy",
    "comedic": "Comedy",
    "thriller": "Thriller",
    "thrillers": "Thriller",
    "horror": "Horror",
    "western": "Western",
    "westerns": "Western",
    "musical": "Musical",
    "musicals": "Musical",
    "documentary": "Documentary",
    "documentaries": "Documentary",
    "romance": "Romance",
    "romances": "Romance",
    "animation": "Animation",
    "animated": "Animation",
    "sci-fi": "Sci-Fi",
    "science fiction": "Sci-Fi",
    "fantasy": "Fantasy",
    "mystery": "Mystery",
    "mysteries": "Mystery",
    "noir": "Film-Noir",
    "biopic": "Biography",
    "biography": "Biography",
    "war film": "War",
    "war movie": "War",
    "crime film": "Crime",
    "crime": "Crime",
    "drama": "Drama",
    "dramas": "Drama",
    "children's film": "Children",
    "children’s film": "Children",
    "kids' film": "Children",
    "family film": "Family",
    "action": "Action",
    "adventure": "Adventure",
}
assert set(_WORDS.values()) <= set(GENRES)
_DENIED = re.compile(
    r"(?<!or )\b(?:no|not|none|neither|nor|never|without)\b|n['’]t\b", re.IGNORECASE
)
_ASKED = re.compile(r"\b(?:you|your) (?:asked|wanted|said|like|love)", re.IGNORECASE)


def genres_not_of(items: Sequence[Item], lower: str) -> Iterator[str]:
    """The genres that lower-case words name and that neither the items' own genres nor their
    descriptions carry."""
    theirs = {g for item in items for g in item.genres}
    described = "\n".join(map(fields, items))
    for word, genre in _WORDS.items():
        pattern = rf"\b{word}\b"
        if genre not in theirs and re.search(pattern, lower) and not re.search(pattern, described):
            yield f"genre {word}"


def unsupported_genres(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """A genre is carried by the items' own, by their descriptions, or by the wish where the
    sentence is about the wish; what is denied has to be absent."""
    lower = sentence.rest.lower()
    asked = _ASKED.search(lower)
    for claim in genres_not_of(sentence.about, lower):
        word = claim.removeprefix("genre ")
        denied = _DENIED.search(lower[: lower.index(word)])
        if not denied and not (asked and word in facts.words_said):
            yield claim
