"""The closed list of context builders: what a strategy's template may be given, and from where.

A strategy file names the builders it wants under `context`, each with its settings; a builder gives
the template the variables that it declares here. `noun`, `nouns` and `done` (film, films, watched)
and `n`, how many items are asked about, are always there.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from classic.errors import BadInput
from llmrec.lab.ground import NOT_SAID, Ground
from llmrec.lab.task import Case, rng_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALWAYS = ("noun", "nouns", "done", "n")


@dataclass(frozen=True)
class Asked:
    """What one prompt asks about: items in the order shown. `free` empties the history, or
    everything that was somebody's own, for calibration. `step` is the text that it wants written,
    nothing where it wants an answer; `written` are the texts that stand already, by name."""

    items: tuple[str, ...]
    free: Literal["", "history", "all"] = ""
    step: str = ""
    written: tuple[tuple[str, str | tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Scene:
    """Whom a prompt is about, what it asks, and how much history it has room for."""

    ground: Ground
    case: Case
    asked: Asked
    room: int

    def titles(self, ids: Sequence[str], genres: bool = False, typos: float = 0.0) -> list[str]:
        return [self.title(i, genres, typos) for i in ids]

    def title(self, item_id: str, genres: bool = False, typos: float = 0.0) -> str:
        own = self.ground.item(item_id).genres
        kinds = f" [{', '.join(own)}]" if genres and own else ""
        return self.ground.title(self.case, item_id, typos) + kinds

    def past(self, last: int) -> tuple[str, ...]:
        """The latest of the history, oldest first, as many as asked for and as fit."""
        return self.case.history[-min(last, self.room) :] if self.room else ()


@dataclass(frozen=True)
class TypoSettings:
    """`typos` is the share of titles with a slip of the finger, drawn for each person."""

    typos: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.typos <= 1.0:
            raise BadInput(
                f"typos: {self.typos:g} is no share: write 0.1 for a tenth of the titles"
            )


@dataclass(frozen=True)
class HistorySettings(TypoSettings):
    """The `last` so many; `order` and `whose` are for controls."""

    last: int = 20
    order: Literal["time", "shuffled"] = "time"
    whose: Literal["own", "fake"] = "own"
    genres: bool = False


def _history(scene: Scene, settings: HistorySettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"history": [NOT_SAID]}
    past = list(scene.past(settings.last))
    if settings.whose == "fake":
        past = list(scene.ground.strangers(scene.case)[: len(past)])
    if settings.order == "shuffled":
        rng_of(scene.ground.task.seed, scene.case.user, "shuffled history").shuffle(past)
    return {"history": scene.titles(past, settings.genres, settings.typos)}


@dataclass(frozen=True)
class OpinionsSettings:
    """The `last` so many of each."""

    last: int = 20


def _opinions(scene: Scene, settings: OpinionsSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"liked": [NOT_SAID], "disliked": [NOT_SAID]}
    disliked = scene.case.disliked[-min(settings.last, scene.room) :]
    return {"liked": scene.titles(scene.past(settings.last)), "disliked": scene.titles(disliked)}


@dataclass(frozen=True)
class RatedSettings:
    """The `last` so many."""

    last: int = 20


def _want_stars(scene: Scene) -> None:
    if not scene.case.stars:
        raise BadInput(f"{scene.ground.task.data} has no stars to show: ask with --task ratings")


def _rated(scene: Scene, settings: RatedSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"rated": [{"title": NOT_SAID, "stars": NOT_SAID}]}
    _want_stars(scene)
    past = scene.past(settings.last)
    stars = scene.case.stars[len(scene.case.stars) - len(past) :]
    given = zip(scene.titles(past), stars, strict=True)
    return {"rated": [{"title": title, "stars": f"{n:g}"} for title, n in given]}


@dataclass(frozen=True)
class NoSettings:
    """There is nothing to set."""


def _means(scene: Scene, _: NoSettings) -> dict[str, Any]:
    """What counting knows: the mean of the person's own stars and of the item's in training, whose
    few are shrunk towards everybody's; one decimal each."""
    if scene.asked.free:
        return {"own_mean": NOT_SAID, "item_mean": NOT_SAID}
    _want_stars(scene)
    own = float(np.mean(scene.case.stars))
    item = scene.ground.mean_stars(scene.asked.items[0])
    return {"own_mean": f"{own:.1f}", "item_mean": f"{item:.1f}"}


def _recency(scene: Scene, _: NoSettings) -> dict[str, Any]:
    free = bool(scene.asked.free)
    return {"recent": NOT_SAID if free else scene.title(scene.case.history[-1])}


@dataclass(frozen=True)
class OwnPastSettings:
    last: int = 20


def _own_past(scene: Scene, settings: OwnPastSettings) -> dict[str, Any]:
    """The history without its latest, and that latest as what would have been right to say."""
    if scene.asked.free:
        return {"past": [NOT_SAID], "then": NOT_SAID}
    *past, then = scene.past(settings.last)
    return {"past": scene.titles(past), "then": scene.title(then)}


@dataclass(frozen=True)
class SimilarUsersSettings:
    """`n` people, of each the `last` so many."""

    n: int = 2
    last: int = 5


def _similar_users(scene: Scene, settings: SimilarUsersSettings) -> dict[str, Any]:
    """What people like this one met in training, and what each took last there."""
    if scene.asked.free:
        return {"examples": [{"past": [NOT_SAID], "then": NOT_SAID}]}
    examples = []
    for ids in scene.ground.neighbours(scene.case, settings.n):
        *past, then = ids[-settings.last - 1 :]
        examples.append({"past": scene.titles(past), "then": scene.title(then)})
    return {"examples": examples}


@dataclass(frozen=True)
class RetrievedSettings:
    n: int = 8


def _retrieved(scene: Scene, settings: RetrievedSettings) -> dict[str, Any]:
    """The part of the history most like any of the items asked about, by genre, keyword, people and
    decade, in the order of time; of those that are equally like, the latest (ReLLa's idea, Lin et
    al., WWW 2024)."""
    if scene.asked.free:
        return {"retrieved": [NOT_SAID]}
    past, catalog = scene.past(len(scene.case.history)), scene.ground.task.catalog
    rows, asked = catalog.rows(past), catalog.rows(scene.asked.items)
    alike = scene.ground.content.similarity(rows, asked).max(axis=1)
    places = np.lexsort((-np.arange(len(past)), -alike))[: settings.n]
    return {"retrieved": scene.titles([past[i] for i in sorted(places)])}


@dataclass(frozen=True)
class SummarySettings:
    """How many genres are named."""

    genres: int = 4


def _summary(scene: Scene, settings: SummarySettings) -> dict[str, Any]:
    """The history counted: its commonest genres and its commonest decade."""
    if scene.asked.free:
        return {"summary": NOT_SAID}
    items = [scene.ground.item(i) for i in scene.case.history]
    genres = Counter(g for item in items for g in item.genres)
    decades = Counter(item.year // 10 * 10 for item in items if item.year)
    told = [f"{g} {100 * n // len(items)} %" for g, n in genres.most_common(settings.genres)]
    told += [f"mostly from the {decade}s" for decade, _ in decades.most_common(1)]
    return {"summary": ", ".join(told) or f"{len(items)} {scene.ground.words.nouns}"}


@dataclass(frozen=True)
class PersonSettings:
    """`who` the person says to be: `a woman`, `a pensioner`, `from Brazil`; for swapping one word
    and nothing else."""

    who: str = "a person"


def _person(scene: Scene, settings: PersonSettings) -> dict[str, Any]:
    return {"person": settings.who}


@dataclass(frozen=True)
class ItemSettings(TypoSettings):
    genres: bool = False


@dataclass(frozen=True)
class CandidatesSettings(TypoSettings):
    """`push` is text that stands behind the title of one candidate, drawn for each person, as a
    seller might write it into a description."""

    genres: bool = False
    push: str = ""


def _candidates(scene: Scene, settings: CandidatesSettings) -> dict[str, Any]:
    titles = scene.titles(scene.asked.items, settings.genres, settings.typos)
    pushed = scene.ground.pushed(scene.case) if settings.push else ""
    if pushed in scene.asked.items:
        titles[scene.asked.items.index(pushed)] += f" {settings.push}"
    if scene.asked.free == "all":
        titles = [NOT_SAID] * len(titles)
    pairs = zip(LETTERS, titles, strict=False)
    return {"candidates": [{"letter": letter, "title": title} for letter, title in pairs]}


@dataclass(frozen=True)
class ToolOrderSettings:
    """The recommender that orders, by its name among the rows of the report; `random` is a
    control."""

    by: Literal["ease", "popularity", "bm25", "item-mean", "random"] = "ease"


def _tool_order(scene: Scene, settings: ToolOrderSettings) -> dict[str, Any]:
    """The items as another recommender puts them, the best first, with the letters they have in
    the list."""
    if scene.asked.free:
        return {"tool_order": [{"letter": NOT_SAID, "title": NOT_SAID}]}
    best_first = scene.ground.ordered(scene.case, settings.by)
    lettered = dict(zip(scene.asked.items, LETTERS, strict=False))
    told = [{"letter": lettered[i], "title": scene.title(i)} for i in best_first if i in lettered]
    return {"tool_order": told}


@dataclass(frozen=True)
class ToolItemsSettings:
    """How many."""

    n: int = 10
    genres: bool = False


def _tool_items(scene: Scene, settings: ToolItemsSettings) -> dict[str, Any]:
    """What EASE recommends among all items, whether it is a candidate or not."""
    if scene.asked.free:
        return {"tool_items": [NOT_SAID]}
    found = scene.ground.recommended(scene.case, settings.n)
    return {"tool_items": scene.titles(found, settings.genres)}


def _candidate(scene: Scene, settings: ItemSettings) -> dict[str, Any]:
    free = scene.asked.free == "all"
    title = scene.title(scene.asked.items[0], settings.genres, settings.typos)
    return {"candidate": NOT_SAID if free else title}


def _pair(scene: Scene, settings: ItemSettings) -> dict[str, Any]:
    first, second = scene.titles(scene.asked.items, settings.genres, settings.typos)
    return {"first": first, "second": second}


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
        "titles of the history, newest last", HistorySettings(), ("history",), _history
    ),
    "opinions": Builder(
        "titles that were liked and titles that were not",
        OpinionsSettings(),
        ("liked", "disliked"),
        _opinions,
    ),
    "rated": Builder("titles of the history with their stars", RatedSettings(), ("rated",), _rated),
    "means": Builder(
        "the mean stars of the person and of the item",
        NoSettings(),
        ("own_mean", "item_mean"),
        _means,
    ),
    "recency": Builder("the latest title of the history", NoSettings(), ("recent",), _recency),
    "own_past": Builder(
        "an example from the person's own past", OwnPastSettings(), ("past", "then"), _own_past
    ),
    "similar_users": Builder(
        "examples from people alike", SimilarUsersSettings(), ("examples",), _similar_users
    ),
    "retrieved": Builder(
        "the part of the history most like what is asked",
        RetrievedSettings(),
        ("retrieved",),
        _retrieved,
    ),
    "person": Builder("who the person says to be", PersonSettings(), ("person",), _person),
    "summary": Builder("the history in counts", SummarySettings(), ("summary",), _summary),
    "tool_order": Builder(
        "the items in the order of ease, popularity, bm25, item-mean or (a control) random",
        ToolOrderSettings(),
        ("tool_order",),
        _tool_order,
        fits=True,
    ),
    "tool_items": Builder(
        "what another recommender (EASE) finds among all items",
        ToolItemsSettings(),
        ("tool_items",),
        _tool_items,
        fits=True,
    ),
    "candidates": Builder(
        "the items to rank, with letters", CandidatesSettings(), ("candidates",), _candidates
    ),
    "candidate": Builder("one item to judge", ItemSettings(), ("candidate",), _candidate),
    "pair": Builder("two items to compare", ItemSettings(), ("first", "second"), _pair),
}


def variables_of(scene: Scene, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a template is given, by the builders it named."""
    words = scene.ground.words
    found: dict[str, Any] = {"noun": words.noun, "nouns": words.nouns, "done": words.done}
    found["n"] = len(scene.asked.items)
    for name, settings in wanted.items():
        found |= BUILDERS[name].build(scene, settings)
    return found
