"""Check the films that we wrote against reference data that we may read but not ship.

    python benchmarks/check_films.py                      # the whole catalogue
    python benchmarks/check_films.py --films FILE...      # some of its files
    python benchmarks/check_films.py --out runs/films     # and keep a record

First the structure of our own lines (errors as `file:line`), then the facts: each film is joined
to a MovieLens movieId by title and year, and its year, genres, directors and runtime are compared
with every reference known for that movieId. Every difference is listed, for a person to judge:
the references err too. Exit: 0 all gates pass, 1 not all, 2 bad input.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from platform import python_version
from typing import Any

from classic.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]
FILMS = ROOT / "classic" / "data" / "films"

MOVIELENS = "ml-latest-small/movies.csv"
TMDB = "ml-latest-small/movies_tmdb_enriched.csv"
OMDB = "metadata/mllatestsmall_omdb_4628.csv"
OMDB_1M = "metadata/ml1m_movies_extrainfos_omdb.dat"
HETREC = "metadata/hetrec2011-movielens-2k-v2/movie_directors.dat"
REFERENCES = (MOVIELENS, TMDB, OMDB, OMDB_1M, HETREC)

GATES = {"year": 0.99, "genres": 0.97, "directors": 0.98, "runtime": 0.95}
RUNTIME_TOLERANCE = 5  # minutes


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


# --- names folded for comparison -----------------------------------------------------------

_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "½": " 1/2"}
)
_ARTICLES = "the|a|an|le|la|les|un|une|el|los|las|il|lo|i|gli|der|die|das|den|det"
_ROTATED = re.compile(rf"^(.*), ({_ARTICLES}|l')$", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(rf"^(?:(?:{_ARTICLES})\s+|l'\s*)(?=\S)", re.IGNORECASE)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, `&` read as "and", words split by one space."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", re.sub(r"['’`]", "", plain.replace("&", " and "))))


def title_key(title: str) -> str:
    """The key under which a title is joined: no article, arabic numerals, no spaces."""
    rotated = _ROTATED.match(title.strip())
    natural = f"{rotated[2]} {rotated[1]}" if rotated else title.strip()
    words = fold(_LEADING_ARTICLE.sub("", natural)).split()
    return "".join(_ROMAN.get(word, word) for word in words) or fold(title).replace(" ", "")


def title_head(title: str) -> str:
    """The title before its subtitle."""
    return re.split(r":\s|\s[-–—]\s|\sor\b:?\s", title, maxsplit=1)[0]


def name_key(name: str) -> str:
    """A person's name, indifferent to initials, suffixes and the order of its parts."""
    words = fold(re.sub(r"\([^)]*\)", " ", name)).split()
    telling = [w for w in words if len(w) > 1 and w not in {"jr", "sr"}]
    return " ".join(sorted(telling or words))


def same_person(ours: str, theirs: str) -> bool:
    """Whether two names are one person's; U+FFFD in theirs stands for a letter lost on the way."""
    if "\ufffd" in theirs:
        lost = re.escape(theirs).replace("\ufffd", ".")
        return re.fullmatch(lost, unicodedata.normalize("NFC", ours), re.IGNORECASE) is not None
    return name_key(ours) == name_key(theirs)


def slug(text: str) -> str:
    """The stem of an id: ASCII words joined by hyphens, apostrophes and stops dropped."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    ascii_only = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’.,·]", "", ascii_only)).strip("-")


# --- our films and their structure ---------------------------------------------------------


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


# --- the references ------------------------------------------------------------------------


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


# --- the comparison ------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One field in which no reference agrees with us."""

    film: str
    field: str
    ours: str
    theirs: str


Verdict = tuple[bool, str, str] | None  # agrees, ours, theirs; None: nothing to compare with


def _compare_year(row: Row, reference: Reference) -> Verdict:
    theirs = {"MovieLens": reference.year, **reference.years}
    return reference.year == row["year"], str(row["year"]), _by_source(theirs)


_OUR_GENRE = {"Children": "Family", "Music": "Musical"}


def _compare_genres(row: Row, reference: Reference) -> Verdict:
    if not reference.genres:
        return None
    ours = {_OUR_GENRE.get(genre, genre) for genre in row["genres"]}
    theirs = {_OUR_GENRE.get(genre, genre) for genre in reference.genres}
    return bool(ours & theirs), ", ".join(row["genres"]), ", ".join(sorted(reference.genres))


def _compare_directors(row: Row, reference: Reference) -> Verdict:
    if not reference.directors:
        return None
    theirs = [name for names in reference.directors.values() for name in names]
    agrees = any(same_person(ours, name) for ours in row["directors"] for name in theirs)
    shown = {source: " & ".join(names) for source, names in reference.directors.items()}
    return agrees, ", ".join(row["directors"]), _by_source(shown)


def _compare_runtime(row: Row, reference: Reference) -> Verdict:
    if not reference.runtimes:
        return None
    off = min(abs(row["runtime"] - minutes) for minutes in reference.runtimes.values())
    shown = {source: f"{minutes:.0f}" for source, minutes in reference.runtimes.items()}
    return off <= RUNTIME_TOLERANCE, str(row["runtime"]), _by_source(shown)


def _by_source(values: dict[str, Any]) -> str:
    return ", ".join(f"{value} ({source})" for source, value in values.items())


COMPARISONS: dict[str, Callable[[Row, Reference], Verdict]] = {
    "year": _compare_year,
    "genres": _compare_genres,
    "directors": _compare_directors,
    "runtime": _compare_runtime,
}


@dataclass
class FieldCount:
    """How one field fared, and whether its gate passes (a field never compared passes)."""

    gate: float
    comparable: int = 0
    agreeing: int = 0

    @property
    def share(self) -> float | None:
        return self.agreeing / self.comparable if self.comparable else None

    @property
    def passes(self) -> bool:
        return self.share is None or self.share >= self.gate


@dataclass
class Comparison:
    """The outcome for a set of films."""

    films: int = 0
    found: int = 0
    fields: dict[str, FieldCount] = field(
        default_factory=lambda: {name: FieldCount(gate) for name, gate in GATES.items()}
    )
    differences: list[Difference] = field(default_factory=list)
    not_found: dict[str, list[int]] = field(default_factory=dict)  # id -> years of its namesakes


def compare(rows: Iterable[Row], references: Iterable[Reference]) -> Comparison:
    """Compare each film with its reference, if it has one."""
    joiner, outcome = Joiner(references), Comparison()
    for row in rows:
        outcome.films += 1
        reference = joiner.find(row)
        if reference is None:
            outcome.not_found[row["id"]] = joiner.other_years(row["title"])
            continue
        outcome.found += 1
        for name, comparison in COMPARISONS.items():
            verdict = comparison(row, reference)
            if verdict is None:
                continue
            agrees, ours, theirs = verdict
            outcome.fields[name].comparable += 1
            outcome.fields[name].agreeing += agrees
            if not agrees:
                outcome.differences.append(Difference(row["id"], name, ours, theirs))
    return outcome


# --- report and record ---------------------------------------------------------------------


def summary(errors: list[str], outcome: Comparison) -> dict[str, Any]:
    """Everything found, as plain JSON values."""
    return {
        "films": outcome.films,
        "errors": errors,
        "found": outcome.found,
        "fields": {
            name: {**asdict(count), "share": count.share, "passes": count.passes}
            for name, count in outcome.fields.items()
        },
        "differences": [asdict(difference) for difference in outcome.differences],
        "not_found": outcome.not_found,
        "passes": not errors and all(count.passes for count in outcome.fields.values()),
    }


def report(result: dict[str, Any]) -> Iterator[str]:
    """The summary for a person."""
    yield f"{result['films']} films, {len(result['errors'])} errors of structure"
    yield from (f"  {error}" for error in result["errors"])
    missing = result["not_found"]
    yield f"\n{result['found']} found in the reference, {len(missing)} not found"
    yield f"{'field':<10} {'comparable':>10} {'agreeing':>9} {'share':>7} {'gate':>6}"
    for name, count in result["fields"].items():
        share = "-" if count["share"] is None else f"{count['share']:.4f}"
        verdict = "pass" if count["passes"] else "FAIL"
        yield (
            f"{name:<10} {count['comparable']:>10} {count['agreeing']:>9} {share:>7} "
            f"{count['gate']:>6} {verdict}"
        )
    yield f"\n{len(result['differences'])} differences (film | field | ours | theirs)"
    for item in result["differences"]:
        yield f"  {item['film']} | {item['field']} | {item['ours']} | {item['theirs']}"
    yield f"\n{len(missing)} not found (with the years of films of the same title)"
    for film, years in missing.items():
        yield f"  {film}" + (f"  same title in {', '.join(map(str, years))}" if years else "")


def write_record(out: Path, result: dict[str, Any], data: Iterable[Path]) -> None:
    """Write `record.json` beside the run: how it was made, on what, and what came out."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    record = {
        "command": " ".join(["check_films.py", *sys.argv[1:]]),
        "commit": commit.stdout.strip() or None,
        "versions": {"python": python_version()},
        "data": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in data},
        **result,
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (out / "record.json").write_text(text + "\n", encoding="utf-8")


def default_references() -> Path:
    """`$LLMREC_DATA`, else `shared/data` beside the checkout."""
    return Path(os.environ.get("LLMREC_DATA") or ROOT.parent / "shared" / "data")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description="Check our film catalogue: its structure, then its facts against references."
    )
    made.add_argument(
        "--films", nargs="+", type=Path, metavar="FILE", help="catalogue files (default: all)"
    )
    made.add_argument(
        "--references",
        type=Path,
        metavar="DIR",
        help="folder of reference data (default: $LLMREC_DATA, else ../shared/data)",
    )
    made.add_argument("--json", action="store_true", help="print JSON instead of text")
    made.add_argument("--out", type=Path, metavar="DIR", help="write DIR/record.json")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the check; returns the exit code."""
    options = parser().parse_args(arguments)
    paths = options.films or sorted(FILMS.glob("*.jsonl"))
    folder = options.references or default_references()
    try:
        if not paths:
            raise BadInput(f"no film files in {FILMS}")
        lines, unreadable = read_lines(paths)
        references = read_references(folder)
    except BadInput as error:
        print(f"check_films: {error}", file=sys.stderr)
        return 2
    errors = unreadable + structure_errors(lines)
    outcome = compare((line.row for line in lines), references.values())
    result = summary(errors, outcome)
    if options.out:
        write_record(options.out, result, [*paths, *(folder / name for name in REFERENCES)])
    print(json.dumps(result, indent=2, ensure_ascii=False) if options.json else _text(result))
    return 0 if result["passes"] else 1


def _text(result: dict[str, Any]) -> str:
    return "\n".join(report(result))


if __name__ == "__main__":
    sys.exit(main())
