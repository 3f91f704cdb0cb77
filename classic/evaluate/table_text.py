"""Rankers that also read what is said of an item, each against itself without: a language model's
vectors of its text as features (the survey's first paradigm), and tags that a language model wrote
of it (its second)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from classic.data.catalog import Catalog
from classic.data.item import Item
from classic.data.movielens import people_100k, read_100k, read_latest
from classic.data.written import written_tags
from classic.evaluate.label_tables import LabelTable
from classic.evaluate.labelled import Labelled
from classic.evaluate.table_ctr import CTR, ENTRIES, Beside, Split, at_random, by_time, trial_of
from classic.rank.features import Field
from classic.retrieve.modalities import main_directions, of_items
from classic.retrieve.text_encoder import encode_all

_DIRECTIONS = 16
"""Of the 384 numbers of a sentence's vector."""
_RANKERS = ("logistic", "fm", "wide-deep", "deepfm", "din")
Say = Callable[[Catalog, tuple[str, ...]], Beside]
"""What is said of the items of these ids."""


def sentence(item: Item) -> str:
    """Title, year and genres. Not what people said of it: tags may be of later than the test."""
    year = f" ({item.year})" if item.year else ""
    return f"{item.title}{year}. {', '.join(item.genres)}"


def text_of(catalog: Catalog, item_ids: tuple[str, ...]) -> Beside:
    """The main directions of the sentences' vectors."""
    vectors = encode_all([sentence(item) for item in catalog])
    known = main_directions(vectors - vectors.mean(axis=0), _DIRECTIONS)
    return Beside.of_numbers("text", of_items(catalog, item_ids, known))


def tags_of(catalog: Catalog, item_ids: tuple[str, ...]) -> Beside:
    """What a language model wrote from title, year and genres. Raises `BadInput` where it did not
    yet."""
    written = written_tags(catalog.name)
    lists = pl.Series([list(written.get(i, ())) for i in item_ids], dtype=pl.List(pl.String))
    return Beside((Field("written", "many"),), pl.DataFrame({"written": lists}))


def _of_100k(split: Split, label: str, say: Say) -> Callable[[Path], Labelled]:
    def read(folder: Path) -> Labelled:
        catalog, events = read_100k(folder)
        said = say(catalog, events.item_ids)
        return trial_of(events, catalog, people_100k(folder), split, label, beside=said)

    return read


def _of_small(split: Split, label: str, say: Say) -> Callable[[Path], Labelled]:
    def read(folder: Path) -> Labelled:
        catalog, events = read_latest(folder)
        said = say(catalog, events.item_ids)
        return trial_of(events, catalog, None, split, label, beside=said)

    return read


def _beside(plain: LabelTable, what: str, read: Callable[[Path], Labelled]) -> LabelTable:
    return replace(
        plain,
        about=f"{plain.about}; {what} read too",
        read=read,
        entries={name: ENTRIES[name] for name in _RANKERS},
        baseline=f"the same without {what.split()[0]}",
        without=plain.read,
    )


_TEXT, _TAGS = "text of items is", "tags that a language model wrote are"
TEXT: Mapping[str, LabelTable] = {
    "text-100k-random": _beside(
        CTR["ctr-100k-random"], _TEXT, _of_100k(at_random, "random", text_of)
    ),
    "text-100k-time": _beside(CTR["ctr-100k-time"], _TEXT, _of_100k(by_time, "time", text_of)),
    "text-small-random": _beside(
        CTR["ctr-small-random"], _TEXT, _of_small(at_random, "random", text_of)
    ),
    "text-small-time": _beside(CTR["ctr-small-time"], _TEXT, _of_small(by_time, "time", text_of)),
    "tags-100k-random": _beside(
        CTR["ctr-100k-random"], _TAGS, _of_100k(at_random, "random", tags_of)
    ),
    "tags-100k-time": _beside(CTR["ctr-100k-time"], _TAGS, _of_100k(by_time, "time", tags_of)),
}
