"""Context builders that tell of what is asked about, and what other recommenders say of it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from llmrec.lab.ground import NOT_SAID
from llmrec.lab.scene import LETTERS, NoSettings, Scene, TypoSettings


def means(scene: Scene, _: NoSettings) -> dict[str, Any]:
    """What counting knows: the mean of the person's own stars and of the item's in training, whose
    few are shrunk towards everybody's; one decimal each."""
    if scene.asked.free:
        return {"own_mean": NOT_SAID, "item_mean": NOT_SAID}
    own = float(np.mean(scene.stars))
    item = scene.ground.mean_stars(scene.asked.items[0])
    return {"own_mean": f"{own:.1f}", "item_mean": f"{item:.1f}"}


@dataclass(frozen=True)
class ItemSettings(TypoSettings):
    genres: bool = False


@dataclass(frozen=True)
class CandidatesSettings(TypoSettings):
    """`push` is text that stands behind the title of one candidate, drawn for each person, as a
    seller might write it into a description."""

    genres: bool = False
    push: str = ""


def candidates(scene: Scene, settings: CandidatesSettings) -> dict[str, Any]:
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

    by: Literal["ease", "item-knn", "popularity", "content", "bm25", "item-mean", "random"] = "ease"


def tool_order(scene: Scene, settings: ToolOrderSettings) -> dict[str, Any]:
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


def tool_items(scene: Scene, settings: ToolItemsSettings) -> dict[str, Any]:
    """What EASE recommends among all items, whether it is a candidate or not."""
    if scene.asked.free:
        return {"tool_items": [NOT_SAID]}
    found = scene.ground.recommended(scene.case, settings.n)
    return {"tool_items": scene.titles(found, settings.genres)}


def candidate(scene: Scene, settings: ItemSettings) -> dict[str, Any]:
    free = scene.asked.free == "all"
    title = scene.title(scene.asked.items[0], settings.genres, settings.typos)
    return {"candidate": NOT_SAID if free else title}


def pair(scene: Scene, settings: ItemSettings) -> dict[str, Any]:
    first, second = scene.titles(scene.asked.items, settings.genres, settings.typos)
    return {"first": first, "second": second}
