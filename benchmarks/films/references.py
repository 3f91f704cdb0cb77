"""What MovieLens, TMDB, OMDb and HetRec say of films, and which of theirs is one of ours."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.films.names import title_head, title_key
from benchmarks.films.structure import Row
from classic.errors import BadInput

MOVIELENS = "ml-latest-small/movies.csv"
TMDB = "ml-latest-small/movies_tmdb_enriched.csv"
OMDB = "metadata/mllatestsmall_omdb_4628.csv"
OMDB_1M = "metadata/ml1m_movies_extrainfos_omdb.dat"
HETREC = "metadata/hetrec2011-movielens-2k-v2/movie_directors.dat"
REFERENCES = (MOVIELENS, TMDB, OMDB, OMDB_1M, HETREC)


@dataclass
class Reference:
    """What all references together say of one MovieLens movieId."""

    movie_id: int
    title: str
    year: int
    genres: frozenset[str]
    years: dict[str, int] = field(default_factory=dict)
    runtimes: dict[str, float] = field(default_factory=dict)
    directors: dict[str, list[str]] = field(default_factory=dict)


_DATED = re.compile(r"^(.*?)\s*\((\d{4})\)\s*$")
_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")


def title_names(title: str) -> list[str]:
    """Every name in a MovieLens title without its year: the first one, then those in brackets."""
    inside = [re.sub(r"^a\.?k\.?a\.?\s+", "", n.strip()) for n in _IN_PARENTHESES.findall(title)]
    return [n for n in (_IN_PARENTHESES.sub(" ", title).strip(), *inside, title) if n]


def read_references(folder: Path) -> dict[int, Reference]:
    """movieId -> all that is known of it. Raises BadInput when a file is missing."""
    missing = [name for name in REFERENCES if not (folder / name).is_file()]
    if missing:
        raise BadInput(f"{folder} lacks {', '.join(missing)}: give --references or LLMREC_DATA")
    references = {r.movie_id: r for r in _movielens(folder / MOVIELENS)}
    _add_tmdb(references, folder / TMDB)
    _add_omdb(references, folder / OMDB)
    for movie_id, names in _omdb_1m_directors(folder / OMDB_1M):
        _add_directors(references, movie_id, "OMDb 1M", names)
    for movie_id, names in _hetrec_directors(folder / HETREC):
        _add_directors(references, movie_id, "HetRec", names)
    return references


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _movielens(path: Path) -> Iterator[Reference]:
    for row in _table(path):
        dated = _DATED.match(row["title"])
        if dated:
            genres = frozenset(row["genres"].split("|")) - {"IMAX", "(no genres listed)"}
            yield Reference(int(row["movieId"]), dated[1], int(dated[2]), genres)


def _add_tmdb(references: dict[int, Reference], path: Path) -> None:
    for row in _table(path):
        reference = references.get(int(row["movieId"]))
        if reference is None:
            continue
        if row["release_date"]:
            reference.years["TMDB"] = int(row["release_date"][:4])
        if float(row["runtime"] or 0) > 0:
            reference.runtimes["TMDB"] = float(row["runtime"])


def _add_omdb(references: dict[int, Reference], path: Path) -> None:
    for row in _table(path):
        reference = references.get(int(row["movieId"]))
        if reference is None:
            continue
        minutes = re.match(r"(\d+) min", row["runtime"])
        if minutes:
            reference.runtimes["OMDb"] = float(minutes[1])
        _add_directors(references, reference.movie_id, "OMDb", row["director"].split(","))


def _omdb_1m_directors(path: Path) -> Iterator[tuple[int, list[str]]]:
    for line in path.read_text("utf-8").splitlines():
        parts = line.split("::")
        if len(parts) > 6:
            yield int(parts[0]), parts[6].split(",")


def _hetrec_directors(path: Path) -> Iterator[tuple[int, list[str]]]:
    for line in path.read_text("utf-8").splitlines()[1:]:
        parts = line.split("\t")
        if len(parts) > 2:
            yield int(parts[0]), [parts[2]]


def _add_directors(
    references: dict[int, Reference], movie_id: int, source: str, names: Iterable[str]
) -> None:
    known = [n.strip() for n in names if n.strip() and n.strip() != "N/A"]
    if known and movie_id in references:
        references[movie_id].directors.setdefault(source, []).extend(known)


class Joiner:
    """Finds the reference of a film by its names and year."""

    def __init__(self, references: Iterable[Reference]) -> None:
        self._main: dict[str, list[Reference]] = defaultdict(list)
        self._other: dict[str, list[Reference]] = defaultdict(list)
        self._heads: dict[str, list[Reference]] = defaultdict(list)
        for reference in sorted(references, key=lambda r: r.movie_id):
            first, *rest = title_names(reference.title)
            self._main[title_key(first)].append(reference)
            self._heads[title_key(title_head(first))].append(reference)
            for name in rest:
                self._other[title_key(name)].append(reference)

    def find(self, row: Row) -> Reference | None:
        """Same name and year; else one year apart; else the same year and main title."""
        names = [title_key(name) for name in (row["title"], *row["aliases"])]
        for shift in ((0,), (-1, 1)):
            years = {row["year"] + by for by in shift}
            for index in (self._main, self._other):
                for name in names if 0 in shift else names[:1]:
                    found = next((r for r in index.get(name, []) if r.year in years), None)
                    if found is not None:
                        return found
        headed = {
            r.movie_id: r
            for name in (names[0], title_key(title_head(row["title"])))
            for r in (*self._heads.get(name, []), *self._main.get(name, []))
            if r.year == row["year"]
        }
        return next(iter(headed.values())) if len(headed) == 1 else None

    def other_years(self, title: str) -> list[int]:
        """The years of all references of this title."""
        key = title_key(title)
        return sorted({r.year for i in (self._main, self._other) for r in i.get(key, [])})
