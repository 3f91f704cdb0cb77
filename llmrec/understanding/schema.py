"""Intents and slots, schema version 1: the closed lists that every way of understanding fills."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

Intent = Literal[
    "recommend",
    "refine",
    "similar",
    "explain",
    "compare",
    "lookup",
    "rate",
    "remember",
    "chat",
    "off_topic",
]
INTENTS: tuple[Intent, ...] = get_args(Intent)

CritiqueAttribute = Literal[
    "lightness",
    "age",
    "length",
    "fame",
    "violence",
    "romance",
    "humour",
    "pace",
    "scariness",
    "complexity",
]
CRITIQUE_ATTRIBUTES: tuple[CritiqueAttribute, ...] = get_args(CritiqueAttribute)

Audience = Literal["G", "PG", "PG-13", "R"]
Scope = Literal["now", "always"]


class Frozen(BaseModel):
    """An immutable pydantic model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Critique(Frozen):
    """A signed wish against the last list: "newer" is `age -1`, "lighter" `lightness +1`."""

    attr: CritiqueAttribute
    dir: Literal[1, -1]


class Slots(Frozen):
    """Everything a turn can say, all optional. Item slots hold catalogue ids; years are inclusive.

    `anchors` are items to be similar to, or asked about; `refers_to` are 1-based places in the
    last list; `keywords` say what it should be about; `scope` says how long a wish holds; `forget`
    asks to drop what is named.
    """

    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    not_genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    not_countries: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    not_keywords: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_max: int | None = None
    audience_max: Audience | None = None
    moods: tuple[str, ...] = ()
    critiques: tuple[Critique, ...] = ()
    rating: float | None = Field(default=None, ge=0.5, le=5.0)
    k: int | None = Field(default=None, ge=1, le=50)
    refers_to: tuple[int, ...] = ()
    scope: Scope | None = None
    forget: bool | None = None

    def filled(self) -> dict[str, object]:
        """Only the slots that say something, as plain JSON values."""
        return {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if value not in (None, [], ())
        }


class Mention(Frozen):
    """A span of the text, `text[start:end]`, and the items it may name, likeliest first.

    No candidate: a title that is not in the catalogue. Several: one has to ask.
    """

    text: str
    start: int
    end: int
    item_ids: tuple[str, ...] = ()
    score: float = 1.0

    @property
    def item_id(self) -> str | None:
        """The item when it is clear which one is meant."""
        return self.item_ids[0] if len(self.item_ids) == 1 else None


class Understanding(Frozen):
    """What one turn means. `path` says who read it: `rules`, `model`, `model+repair`..."""

    intent: Intent
    slots: Slots = Slots()
    mentions: tuple[Mention, ...] = ()
    wishes: str = ""
    """What is left of the request as free text, for matching against synopses."""
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    path: str = "rules"
