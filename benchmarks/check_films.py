"""Check the films that we wrote against reference data that we may read but not ship.

    python -m benchmarks.check_films                      # the whole catalogue
    python -m benchmarks.check_films --films FILE...      # some of its files
    python -m benchmarks.check_films --out runs/films     # and keep a record

First the structure of our own lines (errors as `file:line`), then the facts: each film is joined
to a MovieLens movieId by title and year, and its year, genres, directors and runtime are compared
with every reference known for that movieId. Every difference is listed, for a person to judge:
the references err too. Exit: 0 all gates pass, 1 not all, 2 bad input.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from platform import python_version
from typing import Any

from benchmarks.films.names import same_person
from benchmarks.films.references import REFERENCES, Joiner, Reference, read_references
from benchmarks.films.structure import ROOT, Row, read_lines, structure_errors
from classic.errors import BadInput

FILMS = ROOT / "classic" / "data" / "films"

GATES = {"year": 0.99, "genres": 0.97, "directors": 0.98, "runtime": 0.95}
RUNTIME_TOLERANCE = 5  # minutes


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
        "command": " ".join(["python -m benchmarks.check_films", *sys.argv[1:]]),
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
