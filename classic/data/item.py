"""`Item`: one thing that can be recommended, with the facts that are known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Children",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "IMAX",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
    "Family",
    "Biography",
    "History",
    "Sport",
    "Music",
)
"""The 19 genres of MovieLens and the five that people ask for beside them."""

AUDIENCES = ("G", "PG", "PG-13", "R")
"""Audience ratings, mildest first."""

MOODS = (
    "feel-good",
    "uplifting",
    "funny",
    "dark",
    "tense",
    "scary",
    "romantic",
    "sad",
    "bittersweet",
    "thoughtful",
    "mind-bending",
    "epic",
    "gritty",
    "violent",
    "quirky",
    "whimsical",
    "cozy",
    "nostalgic",
    "dreamy",
    "melancholy",
    "inspiring",
    "suspenseful",
    "action-packed",
    "slow-burn",
    "satirical",
    "atmospheric",
    "heartwarming",
    "disturbing",
)

JUDGED_ATTRIBUTES = (
    "lightness",
    "violence",
    "romance",
    "humour",
    "pace",
    "scariness",
    "complexity",
    "fame",
)
"""Judged on a scale of 1 to 5 by whoever wrote the catalogue."""

ATTRIBUTES = ("age", "length", *JUDGED_ATTRIBUTES)
"""The axes along which a list can be criticised ("newer", "lighter", "less known")."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a catalogue. Unknown facts are `None` or empty, never guessed.

    `text` is prose about it (a synopsis, a blurb); `runtime` is in minutes; `attributes` holds
    judged values of 1 to 5; `fields` carries further category columns of an imported catalogue.
    """

    item_id: str
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    runtime: int | None = None
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    audience: str | None = None
    keywords: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    text: str = ""
    attributes: Mapping[str, float] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> tuple[str, ...]:
        """Directors first, then the cast, each person once."""
        return tuple(dict.fromkeys((*self.directors, *self.cast)))

    @property
    def label(self) -> str:
        """The title with the year that tells it from its remakes: `Heat (1995)`."""
        return f"{self.title} ({self.year})" if self.year else self.title
