"""`Where`: hard constraints as tool arguments, and the `--where` expression that writes them."""

import re
from dataclasses import fields

from classic.data.item import AUDIENCES
from classic.errors import BadInput
from classic.query import Constraints
from llmrec.understanding.schema import Audience, Frozen


class Where(Frozen):
    """Hard limits in code: an item satisfies all of them or is out. Years are inclusive."""

    genres: tuple[str, ...] = ()
    not_genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    not_people: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    not_countries: tuple[str, ...] = ()
    not_keywords: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_max: int | None = None
    audience_max: Audience | None = None
    exclude: tuple[str, ...] = ()

    def constraints(self) -> Constraints:
        """The same limits as the pipeline knows them."""
        return Constraints(**{f.name: getattr(self, f.name) for f in fields(Constraints)})

    @classmethod
    def of(cls, constraints: Constraints) -> "Where":
        return cls(**{f.name: getattr(constraints, f.name) for f in fields(Constraints)})


_CLAUSE = re.compile(r"^\s*(\w+)\s*(<=|>=|!=|=|<|>)\s*(.+?)\s*$")
_LISTS = {
    "genre": "genres",
    "person": "people",
    "language": "languages",
    "country": "countries",
    "keyword": "keywords",
}


def parse_where(expression: str) -> Where:
    """`year>=1990 and genre=Comedy and genre!=Horror and runtime<=120 and audience<=PG-13`.

    Raises `BadInput` naming the clause that cannot be read.
    """
    limits: dict[str, object] = {}
    for clause in filter(str.strip, re.split(r"\s+and\s+|,", expression, flags=re.IGNORECASE)):
        read = _CLAUSE.match(clause)
        if not read:
            raise BadInput(f"--where: cannot read {clause.strip()!r}; write e.g. year>=1990")
        name, value = _limit(read[1].lower(), read[2], read[3].strip("\"'"), clause.strip())
        if isinstance(value, tuple):
            limits[name] = (*limits.get(name, ()), *value)  # type: ignore[misc]
        else:
            limits[name] = value
    return Where.model_validate(limits)


def _limit(field: str, operator: str, value: str, clause: str) -> tuple[str, object]:
    if field in _LISTS and field != "keyword" and operator == "=":
        return _LISTS[field], (value,)
    if field in _LISTS and field != "language" and operator == "!=":
        return f"not_{_LISTS[field]}", (value,)
    if field == "audience" and operator == "<=" and value.upper() in AUDIENCES:
        return "audience_max", value.upper()
    if field == "runtime" and operator in ("<", "<="):
        return "runtime_max", _whole(value, clause) - (operator == "<")
    if field == "year" and operator in ("<", "<="):
        return "year_max", _whole(value, clause) - (operator == "<")
    if field == "year" and operator in (">", ">="):
        return "year_min", _whole(value, clause) + (operator == ">")
    raise BadInput(
        f"--where: cannot use {clause!r}; fields: year, runtime, audience (<=), "
        "genre, person, country (=, !=), language (=), keyword (!=)"
    )


def _whole(value: str, clause: str) -> int:
    if not value.isdigit():
        raise BadInput(f"--where: {clause!r} needs a whole number")
    return int(value)
