"""Interactions as a table for rankers: what was known of a person and an item when they met."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from classic.data.catalog import Catalog
from classic.data.histories import spans
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.rank.features import Field

ITEM_FIELDS = (
    Field("item"),
    Field("genre"),
    Field("decade"),
    Field("genres", "many", "genre"),
)
"""What is known of an item; `genre` is the first that it is filed under."""
FIELDS = (
    Field("user"),
    *ITEM_FIELDS,
    Field("liked_items", "behaviour", "item"),
    Field("liked_genres", "behaviour", "genre"),
)
"""Those of any data set."""


def item_table(item_ids: Sequence[str], catalog: Catalog) -> pl.DataFrame:
    """A row for each item, with the columns of `ITEM_FIELDS`."""
    filed = [tuple(catalog[i].genres) if i in catalog else () for i in item_ids]
    return pl.DataFrame(
        {
            "item": list(item_ids),
            "genre": pl.Series([g[0] if g else None for g in filed], dtype=pl.String),
            "decade": pl.Series([_decade(catalog, i) for i in item_ids], dtype=pl.Int64),
            "genres": pl.Series([list(g) for g in filed], dtype=pl.List(pl.String)),
        }
    )


def example_table(
    events: Interactions,
    catalog: Catalog,
    liked_from: float = 4.0,
    known: np.ndarray | None = None,
    length: int = 50,
) -> pl.DataFrame:
    """A row for each event, in its order: its columns are those of `FIELDS`, `stars`, `time` and
    the label `like`. Behaviour is the latest `length` likes from before, strictly by time, among
    the events of the bool [n] mask `known`. Raises `BadInput` without ratings or times."""
    if events.ratings is None or events.timestamps is None:
        raise BadInput("rankers learn from ratings with times, and here are none")
    likes = events.ratings >= liked_from
    of_items = item_table(events.item_ids, catalog)
    done, owner = _before(events, likes if known is None else likes & known, length)
    behaviour = (
        pl.DataFrame({"row": owner, "item": events.items[done]})
        .with_columns(
            liked_items=of_items["item"].gather(events.items[done]),
            liked_genres=of_items["genre"].gather(events.items[done]),
        )
        .group_by("row", maintain_order=True)
        .agg("liked_items", "liked_genres")
    )
    rows = pl.DataFrame(
        {
            "row": np.arange(len(events)),
            "user": pl.Series(events.user_ids).gather(events.users),
            "stars": events.ratings,
            "time": events.timestamps,
            "like": likes.astype(np.float32),
        }
    )
    whole = pl.concat([rows, of_items[events.items.astype(np.int64)]], how="horizontal")
    return whole.join(behaviour, on="row", how="left", maintain_order="left").drop("row")


def _decade(catalog: Catalog, item_id: str) -> int | None:
    year = catalog[item_id].year if item_id in catalog else None
    return None if year is None else year // 10 * 10


def _before(events: Interactions, known: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 twice: known events, oldest first for each, and the event that they came before."""
    assert events.timestamps is not None
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((rows, events.timestamps[rows], events.users[rows]))]
    # One number for a person and a time, so that one look-up finds what came before.
    moments = np.unique(events.timestamps)
    when = events.users.astype(np.int64) * (len(moments) + 1) + np.searchsorted(
        moments, events.timestamps
    )
    first = np.searchsorted(when[rows], events.users.astype(np.int64) * (len(moments) + 1))
    end = np.searchsorted(when[rows], when)
    first = np.maximum(first, end - length)
    lengths = end - first
    return rows[spans(first, lengths)], np.repeat(np.arange(len(events)), lengths)
