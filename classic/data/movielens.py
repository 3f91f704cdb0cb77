"""Readers of MovieLens as GroupLens distributes it."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.errors import BadInput

TERMS = "MovieLens: research use, non-commercial, cite Harper and Konstan 2015"
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
_OTHER_TITLE = re.compile(r"\s*\(([^()]*)\)")
_ARTICLE = re.compile(
    r"^(.*), (The|A|An|Il|La|Le|Les|Lo|Das|Der|Die|El|Los|Las|Un|Une|L')$", re.IGNORECASE
)
_MOST_TAGS = 12


def natural_title(listed: str) -> tuple[str, tuple[str, ...], int | None]:
    """`Matrix, The (1999)` as (`The Matrix`, other titles, 1999)."""
    year = _YEAR.search(listed)
    bare = _YEAR.sub("", listed)
    others = tuple(_turned(re.sub(r"^a\.?k\.?a\.? ", "", o)) for o in _OTHER_TITLE.findall(bare))
    title = _turned(_OTHER_TITLE.sub("", bare).strip())
    if not title and others:
        title, others = f"({others[0]})", others[1:]
    return title or listed, others, int(year[1]) if year else None


def _turned(title: str) -> str:
    """`Matrix, The` as `The Matrix`."""
    m = _ARTICLE.match(title.strip())
    if not m:
        return title.strip()
    return f"{m[2]}{'' if m[2].endswith(chr(39)) else ' '}{m[1]}"


def read_latest(folder: Path, name: str = "ml-latest-small") -> tuple[Catalog, Interactions]:
    """movies.csv, ratings.csv and tags.csv of the "latest" sets; raises `BadInput`.

    `movies_tmdb_enriched.csv` adds overviews and runtimes where a person has put it beside them.
    """
    movies, ratings = _csv(folder / "movies.csv"), _csv(folder / "ratings.csv")
    prose = _extra(folder / "movies_tmdb_enriched.csv")
    tags = _tags(folder / "tags.csv")
    items = []
    for row in movies.iter_rows(named=True):
        title, others, year = natural_title(row["title"])
        overview, minutes = prose.get(row["movieId"], ("", None))
        genres = tuple(g for g in row["genres"].split("|") if not g.startswith("("))
        items.append(
            Item(
                item_id=str(row["movieId"]),
                title=title,
                year=year,
                genres=genres,
                runtime=minutes,
                keywords=tags.get(row["movieId"], ()),
                aliases=others,
                text=overview,
            )
        )
    catalog = Catalog(name, tuple(items), domain="film", terms=TERMS)
    return catalog, _interactions(ratings, catalog)


def _interactions(ratings: pl.DataFrame, catalog: Catalog) -> Interactions:
    user_ids, users = np.unique(ratings["userId"].to_numpy(), return_inverse=True)
    return Interactions(
        users=users.astype(np.int32),
        items=catalog.rows(str(i) for i in ratings["movieId"]).astype(np.int32),
        user_ids=tuple(str(u) for u in user_ids),
        item_ids=catalog.ids,
        ratings=ratings["rating"].to_numpy().astype(np.float32),
        timestamps=ratings["timestamp"].to_numpy().astype(np.int64),
    )


def _csv(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema_length=10_000)
    except FileNotFoundError:
        raise BadInput(
            f"{path} is missing: fetch it with `llmrec data get {path.parent.name}`"
        ) from None
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{path} is not the CSV it should be: {error}") from None


def _tags(path: Path) -> dict[int, tuple[str, ...]]:
    """The commonest tags of each film, lower case."""
    if not path.is_file():
        return {}
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for movie, tag in _csv(path).select("movieId", "tag").iter_rows():
        counted[movie][str(tag).strip().lower()] += 1
    return {m: tuple(t for t, _ in c.most_common(_MOST_TAGS)) for m, c in counted.items()}


def _extra(path: Path) -> dict[int, tuple[str, int | None]]:
    """Overview and runtime by film, where the file is there."""
    if not path.is_file():
        return {}
    table = _csv(path).select("movieId", "overview", "runtime")
    return {m: (text or "", int(t) if t else None) for m, text, t in table.iter_rows()}


def read_100k(folder: Path) -> tuple[Catalog, Interactions]:
    """u.item and u.data. Raises `BadInput`."""
    genres = [line.split("|")[0] for line in _lines(folder / "u.genre") if line]
    items = []
    for line in _lines(folder / "u.item"):
        parts = line.split("|")
        if len(parts) < 5 + len(genres):
            continue
        title, others, year = natural_title(parts[1])
        flags = zip(genres, parts[5:], strict=False)
        kinds = tuple(_GENRE_NAMES.get(g, g) for g, f in flags if f == "1" and g != "unknown")
        items.append(Item(parts[0], title, year, genres=kinds, aliases=others))
    catalog = Catalog("ml-100k", tuple(items), domain="film", terms=TERMS)
    rows = np.loadtxt(folder / "u.data", dtype=np.int64)
    return catalog, _of_arrays(rows[:, 0], rows[:, 1], catalog, rows[:, 2], rows[:, 3])


def read_1m(folder: Path) -> tuple[Catalog, Interactions]:
    """movies.dat with ratings.dat, or with the derived file that keeps every pair in order.

    The derived file knows the stars of 57 % of the ratings only; the others count as 4 when the
    flag for three stars or more is set and as 2 when it is not, which serves likes, not errors.
    """
    items = []
    for line in _lines(folder / "movies.dat"):
        parts = line.split("::")
        if len(parts) == 3:
            title, others, year = natural_title(parts[1])
            kinds = tuple(_GENRE_NAMES.get(g, g) for g in parts[2].split("|"))
            items.append(Item(parts[0], title, year, genres=kinds, aliases=others))
    catalog = Catalog("ml-1m", tuple(items), domain="film", terms=TERMS)
    if (folder / "ratings.dat").is_file():
        lines = _lines(folder / "ratings.dat")
        rows = np.array([line.split("::") for line in lines if line], dtype=np.int64)
        return catalog, _of_arrays(rows[:, 0], rows[:, 1], catalog, rows[:, 2], rows[:, 3])
    table = pl.read_parquet(folder / "derived_interactions.parquet")
    implied = pl.when(pl.col("ge3").cast(pl.Boolean)).then(4.0).otherwise(2.0)
    stars = table.select(pl.col("rating").cast(pl.Float64).fill_null(implied)).to_series()
    return catalog, _of_arrays(
        table["user_id"].to_numpy(),
        table["movie_id"].to_numpy(),
        catalog,
        stars.to_numpy(),
        table["chron_rank"].to_numpy(),
    )


_ALL_TIMED_UNTIL = 975_768_738
"""2 December 2000: until then, for the earliest 80 % of the ratings, the derived file of ml-1m
knows the stars and the time of everything with four stars and more."""


def timed_likes_1m(folder: Path) -> Interactions:
    """Everything of ml-1m with four stars and more until 2 December 2000, with true times, from
    either of the files that `read_1m` reads. Raises `BadInput`."""
    _, events = read_1m(folder)
    if not (folder / "ratings.dat").is_file():
        table = pl.read_parquet(folder / "derived_interactions.parquet")
        times = table["timestamp"].fill_null(_ALL_TIMED_UNTIL + 1).to_numpy()
        events = replace(events, timestamps=times.astype(np.int64))
    assert events.timestamps is not None
    return events.select(events.timestamps <= _ALL_TIMED_UNTIL).liked()


_GENRE_NAMES = {"Children's": "Children"}


def _of_arrays(
    users: np.ndarray, items: np.ndarray, catalog: Catalog, stars: np.ndarray, times: np.ndarray
) -> Interactions:
    user_ids, codes = np.unique(users, return_inverse=True)
    return Interactions(
        users=codes.astype(np.int32),
        items=catalog.rows(str(i) for i in items).astype(np.int32),
        user_ids=tuple(str(u) for u in user_ids),
        item_ids=catalog.ids,
        ratings=stars.astype(np.float32),
        timestamps=times.astype(np.int64),
    )


def _lines(path: Path) -> list[str]:
    """Lines of a file in the encoding of its time. Raises `BadInput` when it is missing."""
    if not path.is_file():
        raise BadInput(f"{path} is missing: llmrec data get {path.parent.name}")
    data = path.read_bytes()
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return data.decode("latin-1").splitlines()


def people_100k(folder: Path) -> pl.DataFrame:
    """u.user: `user`, `age` in years, `gender`, `occupation`. Raises `BadInput`."""
    return _people(folder / "u.user", "|", ("user", "age", "gender", "occupation"))


def people_1m(folder: Path) -> pl.DataFrame:
    """users.dat: `user`, `gender`, `age`, the lowest of its band, and `occupation`, a number.
    Raises `BadInput`."""
    return _people(folder / "users.dat", "::", ("user", "gender", "age", "occupation"))


def _people(path: Path, separator: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """The first columns of a file, all of them text but `age`."""
    rows = [line.split(separator)[: len(columns)] for line in _lines(path) if line]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("age").cast(int))
