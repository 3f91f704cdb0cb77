"""The embedded catalogue `films`: written by this project (CC0), one JSON object per line."""

import json
from functools import lru_cache
from importlib.resources import files

from classic.data.catalog import Catalog
from classic.data.item import Item

TERMS = "written by this project, CC0"


@lru_cache(maxsize=1)
def load_films() -> Catalog:
    """Every film that the project wrote, in order of year and title."""
    folder = files("classic.data") / "films"
    shelves = sorted((f for f in folder.iterdir() if f.name.endswith(".jsonl")), key=_name)
    lines = (line for shelf in shelves for line in shelf.read_text("utf-8").splitlines())
    items = (_item(json.loads(line)) for line in lines if line.strip())
    ordered = sorted(items, key=lambda item: (item.year or 0, item.title))
    return Catalog("films", tuple(ordered), domain="film", terms=TERMS)


def _name(path: object) -> str:
    return str(getattr(path, "name", path))


def _item(row: dict) -> Item:
    return Item(
        item_id=row["id"],
        title=row["title"],
        year=row["year"],
        genres=tuple(row["genres"]),
        directors=tuple(row["directors"]),
        cast=tuple(row["cast"]),
        runtime=row["runtime"],
        countries=tuple(row["countries"]),
        languages=tuple(row["languages"]),
        audience=row["audience"],
        keywords=tuple(row["keywords"]),
        moods=tuple(row["moods"]),
        aliases=tuple(row["aliases"]),
        text=row["synopsis"],
        attributes={name: float(value) for name, value in row["attributes"].items()},
    )
