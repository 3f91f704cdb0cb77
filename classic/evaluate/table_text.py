"""Rankers that also read what an item's text says (a language model's vectors as features, the
survey's first paradigm), each against itself without."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.item import Item
from classic.data.movielens import people_100k, read_100k, read_latest
from classic.evaluate.label_tables import LabelTable
from classic.evaluate.labelled import Labelled
from classic.evaluate.table_ctr import CTR, ENTRIES, Split, at_random, by_time, trial_of
from classic.retrieve.modalities import main_directions, of_items
from classic.retrieve.text_encoder import encode_all

_DIRECTIONS = 16
"""Of the 384 numbers of a sentence's vector."""
_RANKERS = ("logistic", "fm", "wide-deep", "deepfm", "din")


def sentence(item: Item) -> str:
    """Title, year and genres. Not what people said of it: tags may be of later than the test."""
    year = f" ({item.year})" if item.year else ""
    return f"{item.title}{year}. {', '.join(item.genres)}"


def text_of(catalog: Catalog, item_ids: tuple[str, ...]) -> np.ndarray:
    """float32 [len(item_ids), 16]: the main directions of the sentences' vectors."""
    vectors = encode_all([sentence(item) for item in catalog])
    return of_items(catalog, item_ids, main_directions(vectors - vectors.mean(axis=0), _DIRECTIONS))


def _of_100k(split: Split, label: str) -> Callable[[Path], Labelled]:
    def read(folder: Path) -> Labelled:
        catalog, events = read_100k(folder)
        text = text_of(catalog, events.item_ids)
        return trial_of(events, catalog, people_100k(folder), split, label, text=text)

    return read


def _of_small(split: Split, label: str) -> Callable[[Path], Labelled]:
    def read(folder: Path) -> Labelled:
        catalog, events = read_latest(folder)
        text = text_of(catalog, events.item_ids)
        return trial_of(events, catalog, None, split, label, text=text)

    return read


def _beside(plain: LabelTable, read: Callable[[Path], Labelled]) -> LabelTable:
    return replace(
        plain,
        about=f"{plain.about}; the text of items is read too",
        read=read,
        entries={name: ENTRIES[name] for name in _RANKERS},
        baseline="the same without text",
        without=plain.read,
    )


TEXT: Mapping[str, LabelTable] = {
    "text-100k-random": _beside(CTR["ctr-100k-random"], _of_100k(at_random, "random")),
    "text-100k-time": _beside(CTR["ctr-100k-time"], _of_100k(by_time, "time")),
    "text-small-random": _beside(CTR["ctr-small-random"], _of_small(at_random, "random")),
    "text-small-time": _beside(CTR["ctr-small-time"], _of_small(by_time, "time")),
}
