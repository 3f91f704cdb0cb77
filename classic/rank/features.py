"""What rankers read, declared apart from them: fields, the categories that they take, and how a
table of raw columns becomes numbers.

Every category of every vocabulary has a row in one table of vectors. The first row of a vocabulary
stands for whatever training did not see, and for what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
        table: pl.DataFrame | pl.LazyFrame,
        fields: Sequence[Field],
        labels: Sequence[str],
        at_least: int = 1,
        length: int = 50,
        weight: str = "",
    ) -> "Schema":
        """Learned from a table, which may be larger than memory where it is lazy: a category is
        known from `at_least` rows on. Raises `BadInput` for columns that are missing, of another
        kind, or labels that nothing can be learned from."""
        rows = table.lazy()
        _check(rows.collect_schema(), fields, [*labels, *filter(None, [weight])])
        if rows.head(1).collect().is_empty():
            raise BadInput("there are no examples to learn from")
        known = {
            words: _known(rows, [f for f in fields if f.words == words], at_least)
            for words in dict.fromkeys(f.words for f in fields if f.kind != "number")
        }
        scales = {f.name: _scale(rows, f.name) for f in fields if f.kind == "number"}
        schema = cls(tuple(fields), tuple(labels), known, scales, length, weight)
        ones = {f.words for f in schema.of_kind("one")}
        if lost := [f.name for f in schema.of_kind("behaviour") if f.words not in ones]:
            raise BadInput(f"behaviour {lost[0]!r} has no field of its vocabulary to meet")
        return schema

    def of_kind(self, kind: Kind) -> list[Field]:
        return [f for f in self.fields if f.kind == kind]

    def without_behaviour(self) -> "Schema":
        """Every category keeps its row."""
        return replace(self, fields=tuple(f for f in self.fields if f.kind != "behaviour"))

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
    def told_by(self) -> list[str]:
        """The columns that say what happened, and how much it counts."""
        return [*self.labels, *filter(None, [self.weight])]

    @cached_property
    def _codes(self) -> Mapping[str, tuple[pl.Series, pl.Series]]:
        """The categories of each vocabulary that has any, and which of them each is, from 1 on."""
        return {
            words: (pl.Series(values), pl.int_range(1, len(values) + 1, eager=True))
            for words, values in self.vocabularies.items()
            if values
        }

    def encode(self, table: pl.DataFrame) -> Examples:
        """Raises `BadInput` for columns that are missing or of another kind than in training."""
        _check(table.schema, self.fields, self.told_by)
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
        if field.words not in self._codes:
            return np.full(len(column), self.first_rows[field.words], dtype=np.int32)
        known, places = self._codes[field.words]
        if known.dtype.is_numeric() != column.dtype.is_numeric():
            raise BadInput(
                f"{field.name!r} was {known.dtype} in training and is {column.dtype} now"
            )
        codes = column.cast(known.dtype).replace_strict(
            known, places, default=0, return_dtype=pl.Int32
        )
        return codes.fill_null(0).to_numpy() + np.int32(self.first_rows[field.words])

    def _ragged(self, column: pl.Series, field: Field) -> Ragged:
        lengths = column.list.len().fill_null(0)
        inside = column.filter(lengths > 0).explode()
        return Ragged.of_lengths(self._rows(inside, field), lengths.to_numpy())

    def _scaled(self, column: pl.Series) -> np.ndarray:
        """float32 [n]: standardised; what is missing is average."""
        mean, deviation = self.scales[column.name]
        found = (_finite(pl.col(column.name)) - mean) / deviation
        scaled = column.to_frame().select(found.fill_null(0.0).cast(pl.Float32))
        return scaled.to_series().to_numpy()


def _check(columns: pl.Schema, fields: Sequence[Field], labels: Sequence[str]) -> None:
    if missing := [name for name in [f.name for f in fields] + [*labels] if name not in columns]:
        raise BadInput(f"the table has no column {missing[0]!r}; it has: {', '.join(columns)}")
    for field in fields:
        kind = columns[field.name]
        if isinstance(kind, pl.List) != (field.kind in ("many", "behaviour")):
            wanted = "a list" if field.kind in ("many", "behaviour") else "one value"
            raise BadInput(f"{field.name!r} is to be {wanted} in each row, and is {kind}")
        if field.kind == "number" and not kind.is_numeric():
            raise BadInput(f"{field.name!r} is to be a number, and is {kind}")


def _known(rows: pl.LazyFrame, fields: Sequence[Field], at_least: int) -> tuple[Value, ...]:
    """The categories of a vocabulary, sorted."""
    flat = [_flat(f).alias("value") for f in fields]
    counts = pl.concat([rows.select(own) for own in flat]).drop_nulls().group_by("value").len()
    common = counts.filter(pl.col("len") >= at_least).select("value").sort("value")
    return tuple(common.collect(engine="streaming").to_series().to_list())


def _flat(field: Field) -> pl.Expr:
    column = pl.col(field.name)
    return column.explode() if field.kind in ("many", "behaviour") else column


def _finite(column: pl.Expr) -> pl.Expr:
    """float64: infinite and undefined numbers are missing ones."""
    real = column.cast(pl.Float64)
    return pl.when(real.is_finite()).then(real)


def _scale(rows: pl.LazyFrame, name: str) -> tuple[float, float]:
    real = _finite(pl.col(name))
    found = rows.select(real.mean().alias("mean"), real.std(ddof=0).alias("deviation"))
    mean, deviation = found.collect(engine="streaming").row(0)
    return (mean, deviation or 1.0) if mean is not None else (0.0, 1.0)


def _told(column: pl.Series) -> np.ndarray:
    """float32 [n]: labels and weights. Raises `BadInput` for one that is missing."""
    if column.null_count() or not column.cast(pl.Float64).is_finite().all():
        raise BadInput(f"{column.name!r} has no value in some rows, and has to have one")
    return column.cast(pl.Float32).to_numpy()


def _side_by_side(columns: Sequence[np.ndarray], table: pl.DataFrame) -> np.ndarray:
    """[n, columns]; n rows even of none."""
    return np.stack(columns, axis=1) if columns else np.zeros((len(table), 0), dtype=np.float32)
