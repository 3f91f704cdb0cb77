"""Our films as they are written, and what is wrong with how they are."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.films.names import fold, slug
from classic.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]


def _words(text: str) -> list[str]:
    return text.split()


KEYS = _words(
    "id title year genres directors cast runtime countries languages audience keywords moods "
    "attributes aliases synopsis"
)
GENRES = _words(
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror "
    "Musical Mystery Romance Sci-Fi Thriller War Western Family Biography History Sport Music"
)
MOODS = _words(
    "feel-good uplifting funny dark tense scary romantic sad bittersweet thoughtful mind-bending "
    "epic gritty violent quirky whimsical cozy nostalgic dreamy melancholy inspiring suspenseful "
    "action-packed slow-burn satirical atmospheric heartwarming disturbing"
)
AUDIENCES = _words("G PG PG-13 R")
ATTRIBUTES = _words("lightness violence romance humour pace scariness complexity fame")
SYNOPSIS_WORDS = (18, 50)  # 20 to 45 is asked for; a little tolerance
LIST_LENGTHS = {
    "genres": (1, 5),
    "directors": (1, 30),
    "cast": (0, 6),
    "countries": (1, 8),
    "languages": (1, 8),
    "keywords": (6, 12),
    "moods": (2, 4),
    "aliases": (0, 12),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One film as written: where it stands and what it says."""

    where: str
    row: Row


def read_lines(paths: Iterable[Path]) -> tuple[list[Line], list[str]]:
    """The lines that are JSON objects with our keys, and an error for each that is not."""
    lines, errors = [], []
    for path in paths:
        if not path.is_file():
            raise BadInput(f"no film file {path}: give files that exist, or none for all of them")
        for number, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
            where = f"{_shown(path)}:{number}"
            try:
                row = json.loads(text)
            except json.JSONDecodeError as error:
                errors.append(f"{where}: not JSON ({error.msg})")
                continue
            if not isinstance(row, dict) or list(row) != KEYS:
                errors.append(f"{where}: the keys are not {', '.join(KEYS)} in this order")
                continue
            lines.append(Line(where, row))
    return lines, errors


def _shown(path: Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT) if resolved.is_relative_to(ROOT) else path)


def structure_errors(lines: list[Line]) -> list[str]:
    """Everything wrong with the lines taken one by one, then with all of them together."""
    errors = [
        f"{line.where}: {line.row['id']}: {problem}"
        for line in lines
        for problem in _line_problems(line.row)
    ]
    return errors + list(_shared_names(lines)) + list(_disorder(lines))


def _line_problems(row: Row) -> Iterator[str]:
    wrong_type = [name for name, kind in _TYPES.items() if type(row[name]) is not kind]
    if wrong_type:
        yield f"wrong type of {', '.join(wrong_type)}"
        return
    for name, (least, most) in LIST_LENGTHS.items():
        entries = row[name]
        if not all(isinstance(entry, str) and entry.strip() for entry in entries):
            yield f"{name} holds something that is not text"
        elif len(set(entries)) != len(entries):
            yield f"{name} repeats an entry"
        if not least <= len(entries) <= most:
            yield f"{len(entries)} {name}, not {least} to {most}"
    yield from _closed_list_problems(row)
    if not 1880 < row["year"] < 2100:
        yield f"year {row['year']}"
    if not 1 < row["runtime"] < 500:
        yield f"runtime {row['runtime']}"
    if not _id_follows_rule(row):
        yield f"the id does not follow from the title {row['title']!r} and year {row['year']}"
    words = len(row["synopsis"].split())
    if not SYNOPSIS_WORDS[0] <= words <= SYNOPSIS_WORDS[1]:
        yield f"synopsis of {words} words, not 20 to 45"


_TYPES: dict[str, type] = {
    **dict.fromkeys(("id", "title", "audience", "synopsis"), str),
    **dict.fromkeys(("year", "runtime"), int),
    **dict.fromkeys(LIST_LENGTHS, list),
    "attributes": dict,
}


def _closed_list_problems(row: Row) -> Iterator[str]:
    for name, closed in (("genres", GENRES), ("moods", MOODS)):
        strange = [str(entry) for entry in row[name] if entry not in closed]
        if strange:
            yield f"{name} outside the closed list: {', '.join(strange)}"
    if row["audience"] not in AUDIENCES:
        yield f"audience {row['audience']!r}"
    attributes = row["attributes"]
    if list(attributes) != ATTRIBUTES:
        yield f"attributes are not {', '.join(ATTRIBUTES)} in this order"
    for name, value in attributes.items():
        if type(value) is not int or not 1 <= value <= 5:
            yield f"attribute {name} is {value!r}, not a whole number 1 to 5"


def _id_follows_rule(row: Row) -> bool:
    """Title-year, where a long title may be cut to its beginning or replaced by an alias."""
    stem, _, year = row["id"].rpartition("-")
    stems = {
        slug(reading)
        for name in (row["title"], *row["aliases"])
        for reading in (name, name.replace("&", " and "))
    }
    return year == str(row["year"]) and any(f"{s}-".startswith(f"{stem}-") for s in stems)


def _shared_names(lines: list[Line]) -> Iterator[str]:
    """Ids and (title, year) that occur twice, and aliases that are another film's title, unless
    they are the name of the series that both belong to."""
    ids: dict[str, str] = {}
    films: dict[tuple[str, int], str] = {}
    titles: dict[str, str] = {fold(line.row["title"]): line.row["id"] for line in lines}
    for line in lines:
        row = line.row
        film = (fold(row["title"]), row["year"])
        if row["id"] in ids:
            yield f"{line.where}: {row['id']}: the id is also at {ids[row['id']]}"
        elif film in films:
            yield f"{line.where}: {row['id']}: the same title and year are at {films[film]}"
        ids.setdefault(row["id"], line.where)
        films.setdefault(film, line.where)
        for alias in row["aliases"]:
            key = fold(alias)
            series = film[0].startswith(f"{key}:") or film[0].startswith(f"{key} ")
            if not series and key != film[0] and titles.get(key, row["id"]) != row["id"]:
                yield f"{line.where}: {row['id']}: alias {alias!r} is the title of {titles[key]}"


def _disorder(lines: list[Line]) -> Iterator[str]:
    """The first line of each file that is not in order of (year, title)."""
    seen: set[str] = set()
    for before, after in pairwise(lines):
        file = after.where.rpartition(":")[0]
        if file in seen or file != before.where.rpartition(":")[0]:
            continue
        if (before.row["year"], before.row["title"]) > (after.row["year"], after.row["title"]):
            seen.add(file)
            yield f"{after.where}: {after.row['id']}: not in order of year, then title"
