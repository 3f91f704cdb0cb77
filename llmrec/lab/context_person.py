"""Context builders that tell of a person: what they did, liked, rated and said."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from llmrec.lab.ground import NOT_SAID
from llmrec.lab.scene import NoSettings, Scene, TypoSettings
from llmrec.lab.task import rng_of


@dataclass(frozen=True)
class HistorySettings(TypoSettings):
    """The `last` so many; `order` and `whose` are for controls."""

    last: int = 20
    order: Literal["time", "shuffled"] = "time"
    whose: Literal["own", "fake"] = "own"
    genres: bool = False


def history(scene: Scene, settings: HistorySettings) -> dict[str, Any]:
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


def opinions(scene: Scene, settings: OpinionsSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"liked": [NOT_SAID], "disliked": [NOT_SAID]}
    disliked = scene.case.disliked[-min(settings.last, scene.room) :]
    return {"liked": scene.titles(scene.past(settings.last)), "disliked": scene.titles(disliked)}


@dataclass(frozen=True)
class RatedSettings:
    """The `last` so many."""

    last: int = 20


def rated(scene: Scene, settings: RatedSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"rated": [{"title": NOT_SAID, "stars": NOT_SAID}]}
    past = scene.past(settings.last)
    stars = scene.stars[len(scene.stars) - len(past) :]
    given = zip(scene.titles(past), stars, strict=True)
    return {"rated": [{"title": title, "stars": f"{n:g}"} for title, n in given]}


@dataclass(frozen=True)
class DialogueSettings:
    """The `last` so many lines; `masked` are those whose titles are taken out."""

    last: int = 6
    films: Literal["titles", "masked"] = "titles"


def dialogue(scene: Scene, settings: DialogueSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"dialogue": [{"by": NOT_SAID, "text": NOT_SAID}]}
    told = []
    for line in scene.lines(settings.last):
        titles = scene.titles(line.named)
        if settings.films == "masked":
            titles = [f"[{scene.ground.words.noun}]"] * len(titles)
        told.append({"by": line.by, "text": line.told(titles)})
    return {"dialogue": told}


@dataclass(frozen=True)
class MentionedSettings:
    """Those of the `last` so many lines."""

    last: int = 6


def mentioned(scene: Scene, settings: MentionedSettings) -> dict[str, Any]:
    """Each once, with who named it first. Whether it was liked is asked of people after a talk, and
    so is nothing that stands in one."""
    if scene.asked.free:
        return {"mentioned": [{"title": NOT_SAID, "by": NOT_SAID}]}
    named: dict[str, str] = {}
    for line in scene.lines(settings.last):
        for item in line.named:
            named.setdefault(item, line.by)
    return {"mentioned": [{"title": scene.title(i), "by": by} for i, by in named.items()]}


def recency(scene: Scene, _: NoSettings) -> dict[str, Any]:
    free = bool(scene.asked.free)
    return {"recent": NOT_SAID if free else scene.title(scene.case.history[-1])}


@dataclass(frozen=True)
class OwnPastSettings:
    last: int = 20


def own_past(scene: Scene, settings: OwnPastSettings) -> dict[str, Any]:
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


def similar_users(scene: Scene, settings: SimilarUsersSettings) -> dict[str, Any]:
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


def retrieved(scene: Scene, settings: RetrievedSettings) -> dict[str, Any]:
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


def summary(scene: Scene, settings: SummarySettings) -> dict[str, Any]:
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
class TasteSettings:
    """`encoder` is a file of `llmrec pretrain ptum`, or the data it was called with; `leanings` is
    how many are told at most."""

    encoder: str = "films"
    leanings: int = 3


def taste(scene: Scene, settings: TasteSettings) -> dict[str, Any]:
    """The taste that a behaviour encoder reads out of all that was done before what is asked,
    whatever of it the prompt shows."""
    if scene.asked.free:
        return {"taste": NOT_SAID}
    told = scene.ground.taste(scene.case, settings.encoder, settings.leanings)
    return {"taste": told or NOT_SAID}


@dataclass(frozen=True)
class PersonSettings:
    """`who` the person says to be: `a woman`, `a pensioner`, `from Brazil`; for swapping one word
    and nothing else."""

    who: str = "a person"


def person(scene: Scene, settings: PersonSettings) -> dict[str, Any]:
    return {"person": settings.who}
