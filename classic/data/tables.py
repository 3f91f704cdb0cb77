"""Any catalogue from CSV or Parquet: read, checked row by row, kept whole or not at all."""

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.errors import BadInput
from classic.home import home

_MOST_ERRORS = 20
_LONGEST = 2000
_SPLIT = re.compile(r"\s*[|;]\s*|\s*,\s*")
_NAMES = {
    "item_id": ("id", "item_id", "item", "movieid", "book_id", "isbn"),
    "title": ("title", "name"),
    "year": ("year", "original_publication_year", "release_year"),
    "genres": ("genres", "genre", "categories", "category"),
    "keywords": ("keywords", "tags"),
    "directors": ("director", "directors", "author", "authors", "artist"),
    "cast": ("cast", "actors", "people"),
    "runtime": ("runtime", "minutes"),
    "countries": ("countries", "country"),
    "languages": ("languages", "language", "language_code"),
    "text": ("description", "text", "synopsis", "overview", "blurb"),
}
_LISTS = ("genres", "keywords", "directors", "cast", "countries", "languages")
_COLUMNS = {
    "user": ("user", "user_id", "userid"),
    "item": ("item", "item_id", "itemid", "movieid", "book_id"),
    "rating": ("rating", "stars", "score"),
    "timestamp": ("timestamp", "time"),
    "dialogue": ("dialogue", "dialogue_id", "conversation", "conversation_id", "conv_id"),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


def import_tables(
    name: str, items: Path, interactions: Path | None, *, replace: bool = False
) -> tuple[Catalog, Interactions | None]:
    """Reads, checks and keeps a data set of one's own under `name`.

    Raises `BadInput` with every faulty row named (the first twenty); then nothing is kept.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} is no usable name: lower-case letters, digits and hyphens")
    folder = home() / "data" / name
    if folder.exists() and not replace:
        raise BadInput(f"there is a data set {name!r} already: add --replace to overwrite it")
    catalog = read_items(items, name)
    events = read_interactions(interactions, catalog) if interactions else None
    staging = folder.with_name(f".{name}.importing")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    _write(staging, catalog, events)
    if folder.exists():
        shutil.rmtree(folder)
    staging.replace(folder)
    return catalog, events


def imported() -> list[str]:
    """Names of the data sets that were imported here."""
    folder = home() / "data"
    return sorted(p.parent.name for p in folder.glob("*/items.jsonl"))


def has_interactions(name: str) -> bool:
    return (home() / "data" / name / "interactions.parquet").is_file()


def load_imported(name: str) -> tuple[Catalog, Interactions | None]:
    """An imported data set. Raises `BadInput` when its files are broken."""
    folder = home() / "data" / name
    try:
        rows = [json.loads(x) for x in (folder / "items.jsonl").read_text("utf-8").splitlines()]
        catalog = Catalog(name, tuple(_thawed(row) for row in rows), domain="item")
        events = folder / "interactions.parquet"
        return catalog, read_interactions(events, catalog) if events.is_file() else None
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"the data set {name!r} is broken ({error}): import it again") from None


def _write(folder: Path, catalog: Catalog, events: Interactions | None) -> None:
    lines = (json.dumps(asdict(item), ensure_ascii=False) for item in catalog)
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    if events is not None:
        columns = {
            "user": [events.user_ids[u] for u in events.users],
            "item": [events.item_ids[i] for i in events.items],
            "rating": events.ratings,
            "timestamp": events.timestamps,
        }
        table = pl.DataFrame({k: v for k, v in columns.items() if v is not None})
        table.write_parquet(folder / "interactions.parquet")


def _thawed(row: dict) -> Item:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Item(**values)


def read_table(path: Path) -> pl.DataFrame:
    """CSV (comma, semicolon or tab; UTF-8) or Parquet, every CSV value as text."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        head = path.open(encoding="utf-8-sig").readline()
        separator = max(",;\t", key=head.count)
        return pl.read_csv(path, separator=separator, infer_schema=False, encoding="utf8")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8: save it as CSV UTF-8 and try again") from None
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0][:150]
        raise BadInput(f"{path.name} cannot be read as a table: {first}") from None


def _columns(table: pl.DataFrame, known: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Meaning -> column of the table."""
    by_name = {c.strip().lstrip("\ufeff").lower(): c for c in table.columns}
    found = {
        meaning: next((by_name[n] for n in names if n in by_name), "")
        for meaning, names in known.items()
    }
    return {meaning: column for meaning, column in found.items() if column}


def read_items(path: Path, name: str) -> Catalog:
    """Items with an id, a title, and whatever else the columns say."""
    table = read_table(path)
    columns = _columns(table, _NAMES)
    for needed in ("item_id", "title"):
        if needed not in columns:
            raise BadInput(f"{path.name} needs a column {_NAMES[needed][0]!r}")
    others = [c for c in table.columns if c not in columns.values()]
    items: list[Item] = []
    errors: list[str] = []
    seen: set[str] = set()
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        wrong = _wrong(row, columns, seen)
        if wrong:
            errors.append(f"row {number}: {wrong}")
        else:
            items.append(_item(row, columns, others))
            seen.add(items[-1].item_id)
    _refuse(path, errors)
    return Catalog(name, tuple(items), domain="item")


def _wrong(row: dict, columns: dict[str, str], seen: set[str]) -> str | None:
    item_id = _clean(row[columns["item_id"]])
    if not item_id:
        return "the id is empty"
    if item_id in seen:
        return f"the id {item_id!r} stands twice"
    if not _clean(row[columns["title"]]):
        return "the title is empty"
    for meaning in ("year", "runtime"):
        value = _clean(row.get(columns.get(meaning, "")))
        if value and not re.fullmatch(r"-?\d{1,5}(\.0+)?", value):
            return f"{meaning} {value[:20]!r} is no whole number"
    return None


def _item(row: dict, columns: dict[str, str], others: list[str]) -> Item:
    values: dict[str, Any] = {}
    for meaning, column in columns.items():
        text = _clean(row[column])
        if meaning in _LISTS:
            values[meaning] = tuple(dict.fromkeys(filter(None, _SPLIT.split(text))))
        elif meaning in ("year", "runtime"):
            values[meaning] = int(float(text)) if text else None
        else:
            values[meaning] = text
    values["fields"] = {c: t[:200] for c in others if (t := _clean(row[c]))}
    return Item(**values)


def _clean(value: object) -> str:
    """Text without control characters, cut where no description is that long."""
    if value is None:
        return ""
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in str(value))
    return " ".join("".join(kept).split())[:_LONGEST]


def read_columns(path: Path) -> dict[str, np.ndarray]:
    """Those of user, item, dialogue (text) and timestamp (float64) that the table has."""
    table = read_table(path)
    columns = _columns(table, _COLUMNS)
    found: dict[str, np.ndarray] = {
        meaning: table[columns[meaning]].cast(pl.String).fill_null("").to_numpy().astype(str)
        for meaning in ("user", "item", "dialogue")
        if meaning in columns
    }
    if "timestamp" in columns:
        try:
            found["timestamp"] = table[columns["timestamp"]].cast(pl.Float64).to_numpy()
        except pl.exceptions.PolarsError:
            raise BadInput(f"{path.name}: timestamps are wanted as numbers (seconds)") from None
    return found


def read_interactions(path: Path, catalog: Catalog) -> Interactions:
    """Who met what, with rating and time where the columns are there."""
    table = read_table(path)
    columns = _columns(table, _COLUMNS)
    for needed in ("user", "item"):
        if needed not in columns:
            raise BadInput(f"{path.name} needs a column {needed!r}")
    _refuse(path, list(_faulty(table, columns, catalog)))
    user_ids, users = np.unique(
        table[columns["user"]].cast(pl.String).to_numpy(), return_inverse=True
    )
    return Interactions(
        users=users.astype(np.int32),
        items=catalog.rows(table[columns["item"]].cast(pl.String)).astype(np.int32),
        user_ids=tuple(str(u) for u in user_ids),
        item_ids=catalog.ids,
        ratings=_numbers(table, columns.get("rating"), np.float32),
        timestamps=_numbers(table, columns.get("timestamp"), np.int64),
    )


def _faulty(table: pl.DataFrame, columns: dict[str, str], catalog: Catalog) -> Iterator[str]:
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        if not _clean(row[columns["user"]]):
            yield f"row {number}: the user is empty"
        elif _clean(row[columns["item"]]) not in catalog:
            yield f"row {number}: no item {_clean(row[columns['item']])[:30]!r}"
        for meaning in ("rating", "timestamp"):
            value = _clean(row.get(columns.get(meaning, ""), "0"))
            if not re.fullmatch(r"-?\d+(\.\d+)?", value):
                yield f"row {number}: {meaning} {value[:20]!r} is no number"


def _numbers(table: pl.DataFrame, column: str | None, kind: type) -> np.ndarray | None:
    if column is None:
        return None
    return np.asarray(table[column].cast(pl.Float64).to_numpy()).astype(kind)


def _refuse(path: Path, errors: list[str]) -> None:
    if errors:
        shown = "; ".join(errors[:_MOST_ERRORS])
        more = f"; and {len(errors) - _MOST_ERRORS} more" if len(errors) > _MOST_ERRORS else ""
        raise BadInput(f"{path.name}: {shown}{more}. Nothing was imported.")
