"""What rankers read, declared apart from them: fields, the categories that they take, and how a
table of raw columns becomes numbers.

Every category of every vocabulary has a row in one table of vectors. The first row of a vocabulary
stands for whatever training did not see, and for what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal

import numpy as np
import polars as pl

from classic.errors import BadInput
from classic.rank.examples import Examples, Ragged

Kind = Literal["one", "many", "number", "behaviour"]
Value = str | int


@dataclass(frozen=True)
class Field:
    """A column: `one` category, a list of `many`, a `number`, or `behaviour`, a list of what a
    person did before, oldest first. Fields of one `vocabulary` (their own name, unless another is
    said) share their vectors; that of a behaviour is that of the field it is compared with."""

    name: str
    kind: Kind = "one"
    vocabulary: str = ""

    @property
    def words(self) -> str:
        return self.vocabulary or self.name


@dataclass(frozen=True)
class Layout:
    """How many of what a net has to expect: `rows` of vectors, fields of each kind, `labels`, and
    which of the `ones` the columns of a behaviour are compared with."""

    rows: int
    ones: int
    many: int
    numbers: int
    labels: int
    candidate: tuple[int, ...] = ()

    @property
    def fields(self) -> int:
        """Those that have a vector in every example."""
        return self.ones + self.many + self.numbers


@dataclass(frozen=True, eq=False)
class Schema:
    """`scales` are the (mean, deviation) of every number. Of a behaviour the latest `length` are
    read. `weight` is the column that says how much an example counts, none where all are alike."""

    fields: tuple[Field, ...]
    labels: tuple[str, ...]
    vocabularies: Mapping[str, tuple[Value, ...]]
    scales: Mapping[str, tuple[float, float]]
    length: int = 50
    weight: str = ""

    @classmethod
    def of(
        cls,
        table: pl.DataFrame,
        fields: Sequence[Field],
        labels: Sequence[str],
        at_least: int = 1,
        length: int = 50,
        weight: str = "",
    ) -> "Schema":
        """Learned from a table: a category is known from `at_least` rows on. Raises `BadInput` for
        columns that are missing, of another kind, or labels that nothing can be learned from."""
        _check(table, fields, [*labels, *filter(None, [weight])])
        if not len(table):
            raise BadInput("there are no examples to learn from")
        known = {
            words: _known([table[f.name] for f in fields if f.words == words], at_least)
            for words in dict.fromkeys(f.words for f in fields if f.kind != "number")
        }
        scales = {f.name: _scale(table[f.name]) for f in fields if f.kind == "number"}
        schema = cls(tuple(fields), tuple(labels), known, scales, length, weight)
        ones = {f.words for f in schema.of_kind("one")}
        if lost := [f.name for f in schema.of_kind("behaviour") if f.words not in ones]:
            raise BadInput(f"behaviour {lost[0]!r} has no field of its vocabulary to meet")
        return schema

    def of_kind(self, kind: Kind) -> list[Field]:
        return [f for f in self.fields if f.kind == kind]

    @cached_property
    def layout(self) -> Layout:
        of_ones = [f.words for f in self.of_kind("one")]
        return Layout(
            sum(len(values) + 1 for values in self.vocabularies.values()),
            len(of_ones),
            len(self.of_kind("many")),
            len(self.of_kind("number")),
            len(self.labels),
            tuple(of_ones.index(f.words) for f in self.of_kind("behaviour")),
        )

    @cached_property
    def first_rows(self) -> Mapping[str, int]:
        """The row of each vocabulary's unseen category."""
        sizes = [len(values) + 1 for values in self.vocabularies.values()]
        starts = accumulate(sizes[:-1], initial=0)
        return dict(zip(self.vocabularies, starts, strict=bool(sizes)))

    @property
    def _told_by(self) -> list[str]:
        """The columns that say what happened, and how much it counts."""
        return [*self.labels, *filter(None, [self.weight])]

    def encode(self, table: pl.DataFrame) -> Examples:
        """Raises `BadInput` for columns that are missing or of another kind than in training."""
        _check(table, self.fields, self._told_by)
        many = [self._ragged(table[f.name], f) for f in self.of_kind("many")]
        done = [
            self._ragged(table[f.name].list.tail(self.length), f) for f in self.of_kind("behaviour")
        ]
        if any(not np.array_equal(own.bounds, done[0].bounds) for own in done[1:]):
            names = ", ".join(f.name for f in self.of_kind("behaviour"))
            raise BadInput(f"the lists of {names} tell of the same behaviour, yet differ in length")
        return Examples(
            _side_by_side([self._rows(table[f.name], f) for f in self.of_kind("one")], table),
            _side_by_side([self._scaled(table[f.name]) for f in self.of_kind("number")], table),
            tuple(many),
            Ragged.aligned(done, len(table)),
            _side_by_side([_told(table[name]) for name in self.labels], table),
            _told(table[self.weight]) if self.weight else np.ones(len(table), dtype=np.float32),
            np.zeros(len(table), dtype=np.float32),
        )

    def _rows(self, column: pl.Series, field: Field) -> np.ndarray:
        """int32 [n]: the rows of categories."""
        values = self.vocabularies[field.words]
        if not values:
            return np.full(len(column), self.first_rows[field.words], dtype=np.int32)
        known = pl.Series(values)
        if known.dtype.is_numeric() != column.dtype.is_numeric():
            raise BadInput(
                f"{field.name!r} was {known.dtype} in training and is {column.dtype} now"
            )
        codes = column.cast(known.dtype).replace_strict(
            known, pl.int_range(1, len(values) + 1, eager=True), default=0, return_dtype=pl.Int32
        )
        return codes.fill_null(0).to_numpy() + np.int32(self.first_rows[field.words])

    def _ragged(self, column: pl.Series, field: Field) -> Ragged:
        lengths = column.list.len().fill_null(0)
        inside = column.filter(lengths > 0).explode()
        return Ragged.of_lengths(self._rows(inside, field), lengths.to_numpy())

    def _scaled(self, column: pl.Series) -> np.ndarray:
        """float32 [n]: standardised; what is missing is average."""
        mean, deviation = self.scales[column.name]
        found = (_finite(column) - mean) / deviation
        return found.fill_null(0.0).cast(pl.Float32).to_numpy()


def _check(table: pl.DataFrame, fields: Sequence[Field], labels: Sequence[str]) -> None:
    if missing := [name for name in [f.name for f in fields] + [*labels] if name not in table]:
        raise BadInput(
            f"the table has no column {missing[0]!r}; it has: {', '.join(table.columns)}"
        )
    for field in fields:
        kind = table[field.name].dtype
        if isinstance(kind, pl.List) != (field.kind in ("many", "behaviour")):
            wanted = "a list" if field.kind in ("many", "behaviour") else "one value"
            raise BadInput(f"{field.name!r} is to be {wanted} in each row, and is {kind}")
        if field.kind == "number" and not kind.is_numeric():
            raise BadInput(f"{field.name!r} is to be a number, and is {kind}")


def _known(columns: Sequence[pl.Series], at_least: int) -> tuple[Value, ...]:
    """The categories of a vocabulary, sorted."""
    flat = [c.explode() if isinstance(c.dtype, pl.List) else c for c in columns]
    counts = pl.concat([c.rename("value") for c in flat]).drop_nulls().value_counts()
    return tuple(counts.filter(pl.col("count") >= at_least)["value"].sort().to_list())


def _finite(column: pl.Series) -> pl.Series:
    """Infinite and undefined numbers are missing ones."""
    real = column.cast(pl.Float64)
    return real.set(~real.is_finite().fill_null(False), None)


def _scale(column: pl.Series) -> tuple[float, float]:
    real = _finite(column).drop_nulls().to_numpy()
    return (float(real.mean()), float(real.std()) or 1.0) if len(real) else (0.0, 1.0)


def _told(column: pl.Series) -> np.ndarray:
    """float32 [n]: labels and weights. Raises `BadInput` for one that is missing."""
    if column.null_count() or not column.cast(pl.Float64).is_finite().all():
        raise BadInput(f"{column.name!r} has no value in some rows, and has to have one")
    return column.cast(pl.Float32).to_numpy()


def _side_by_side(columns: Sequence[np.ndarray], table: pl.DataFrame) -> np.ndarray:
    """[n, columns]; n rows even of none."""
    return np.stack(columns, axis=1) if columns else np.zeros((len(table), 0), dtype=np.float32)
