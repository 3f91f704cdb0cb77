"""Export files of Letterboxd, IMDb and Netflix, or any CSV with a column of titles."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from classic.errors import BadInput

MOST_BYTES = 20_000_000
_ZIPPED = ("ratings.csv", "diary.csv", "watched.csv")
_TITLES = ("name", "title", "film", "movie", "primary title", "film title")
_YEARS = ("year", "release year", "release_year")
_RATINGS = ("your rating", "rating", "my rating", "stars", "score")
_TYPES = ("title type",)
_EPISODE = re.compile(r": (?:season|series|part|limited series|volume|chapter|episode)\b", re.I)
_TITLE_YEAR = re.compile(r"^(.*\S)\s*\((\d{4})\)$")


@dataclass(frozen=True)
class ImportedRating:
    """One row: `stars` of 0.5 to 5, or `None` when it was only watched."""

    row: int
    title: str
    year: int | None
    stars: float | None


@dataclass(frozen=True)
class ImportedRatings:
    """What a file holds; `scale` says how its numbers became stars; `skipped` why rows were not
    taken."""

    source: str
    ratings: tuple[ImportedRating, ...]
    scale: str = ""
    skipped: tuple[str, ...] = ()


def parse(file: Path | bytes, filename: str) -> ImportedRatings:
    """Reads an export. Raises `BadInput` with one line that says what is wrong with the file."""
    data = _bytes(file, filename)
    if filename.lower().endswith(".zip") or data[:2] == b"PK":
        data, filename = _unzipped(data, filename)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{filename} is not UTF-8 text: export it again as CSV (UTF-8)") from None
    rows = list(_rows(text, filename))
    columns = {c.strip().lower(): c for c in rows[0]} if rows else {}
    title = _column(columns, _TITLES)
    if title is None:
        raise BadInput(f"{filename} has no column of titles; one must be called title or name")
    return _read(rows, columns, title, filename)


def _bytes(file: Path | bytes, filename: str) -> bytes:
    size = len(file) if isinstance(file, bytes) else file.stat().st_size
    if size > MOST_BYTES:
        raise BadInput(f"{filename} has {size // 1_000_000} MB; at most {MOST_BYTES // 1_000_000}")
    return file if isinstance(file, bytes) else file.read_bytes()


def _unzipped(data: bytes, filename: str) -> tuple[bytes, str]:
    """The most telling file of a Letterboxd export."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = {
                Path(i.filename).name: i for i in archive.infolist() if "__" not in i.filename
            }
            for wanted in _ZIPPED:
                if wanted in inside:
                    if inside[wanted].file_size > MOST_BYTES:
                        raise BadInput(f"{wanted} in {filename} is too large to be real")
                    return archive.read(inside[wanted]), wanted
    except zipfile.BadZipFile:
        raise BadInput(f"{filename} is a damaged zip file: export it again") from None
    raise BadInput(f"{filename} holds none of {', '.join(_ZIPPED)}")


def _rows(text: str, filename: str) -> Iterator[dict[str, str]]:
    if not text.strip():
        raise BadInput(f"{filename} is empty")
    head = text.splitlines()[0]
    delimiter = max(",;\t", key=head.count)
    try:
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
            yield {
                k: (v or "")
                for k, v in row.items()
                if isinstance(k, str) and not isinstance(v, list)
            }
    except csv.Error as error:
        raise BadInput(f"{filename} is not the CSV it should be: {error}") from None


def _column(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((columns[n] for n in names if n in columns), None)


def _read(
    rows: list[dict[str, str]], columns: Mapping[str, str], title: str, filename: str
) -> ImportedRatings:
    year, rating = _column(columns, _YEARS), _column(columns, _RATINGS)
    kind = _column(columns, _TYPES)
    given = [_number(row.get(rating or "", "")) for row in rows]
    factor, scale = _scale([g for g in given if g is not None])
    found, skipped = [], []
    for number, (row, value) in enumerate(zip(rows, given, strict=True), start=2):
        name = row.get(title, "").strip()[:300]
        if not name:
            skipped.append(f"row {number}: no title")
        elif _EPISODE.search(name) or "episode" in row.get(kind or "", "").lower():
            skipped.append(f"row {number}: an episode of a series ({name[:40]})")
        else:
            dated = _TITLE_YEAR.match(name)
            when = _number(row.get(year or "", "")) or (float(dated[2]) if dated else None)
            stars = None if value is None else max(0.5, min(5.0, value * factor))
            clean = dated[1] if dated else name
            found.append(ImportedRating(number, clean, int(when) if when else None, stars))
    return ImportedRatings(_source(columns), tuple(found), scale, tuple(skipped))


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if value > 0 else None


def _scale(values: list[float]) -> tuple[float, str]:
    """What to multiply by to get stars of five."""
    most = max(values, default=0.0)
    if most > 10:
        return 0.05, "ratings of 100 became stars of 5"
    if most > 5:
        return 0.5, "ratings of 10 became stars of 5"
    return 1.0, "ratings were taken as stars of 5" if values else "no ratings: taken as seen"


def _source(columns: Mapping[str, str]) -> str:
    if "letterboxd uri" in columns:
        return "Letterboxd"
    if "const" in columns and "your rating" in columns:
        return "IMDb"
    if set(columns) == {"title", "date"}:
        return "Netflix"
    return "a CSV file"
