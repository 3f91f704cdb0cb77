"""Rows of a catalogue by the product of their vectors with a query's: compared with every one of
them, or found in a graph that visits few of them.

A graph of inner products links everything to the longest items and has dead ends. A coordinate
more, in which queries are 0, changes no score and can bring items to one length, after which the
nearest is the one with the largest product (Bachrach et al., RecSys 2014). The length of the
longest pushes all others together; where the hundred longest are left as they are, the same recall
takes a shorter walk: `results/retrieval` compares.
"""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from zipfile import BadZipFile

import numpy as np

from classic.data.histories import spans
from classic.errors import BadInput
from classic.metrics import top_items

if TYPE_CHECKING:
    from usearch.index import Index as Graph
    from usearch.index import Matches

EXACT_UP_TO = 250_000
"""Items up to which every one of them is compared: `results/retrieval` has the milliseconds."""

_BLOCK = 2**24
"""Scores held at once, 64 MB."""


class Index(Protocol):
    """Vectors of a catalogue, ready to be searched."""

    @classmethod
    def of(cls, vectors: np.ndarray) -> Self:
        """From float [n, d]. Raises `BadInput` where there are none or one is not finite."""

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(rows int64, scores float32), both [q, min(k, n)], of queries float [q, d]: the largest
        products, best first, equal ones by row."""

    def save(self, path: Path) -> None:
        """Writes the index to one file, whole or not at all."""


@dataclass(frozen=True, eq=False)
class Exact:
    """Compares a query with every item. `vectors` is float32 [n, d]."""

    vectors: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> Self:
        return cls(_checked(vectors))

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        queries = _asked(queries, k, self.vectors.shape[1])
        k = min(k, len(self.vectors))
        rows = np.empty((len(queries), k), dtype=np.int64)
        scores = np.empty((len(queries), k), dtype=np.float32)
        step = max(1, _BLOCK // len(self.vectors))
        for a in range(0, len(queries), step):
            block = slice(a, a + step)
            said = queries[block] @ self.vectors.T
            rows[block] = top_items(said, None, k)
            scores[block] = np.take_along_axis(said, rows[block], axis=1)
        return rows, scores

    def save(self, path: Path) -> None:
        _write(path, vectors=self.vectors)


@dataclass(frozen=True)
class ApproximateConfig:
    """HNSW's (Malkov & Yashunin, TPAMI 2020): `connectivity` links an item, found among
    `expansion_add` candidates when it is put in; a query keeps `expansion_search` of them, or `k`
    where that is more. More finds more and takes longer. The longest `unlevelled` items, at most
    half of all, keep their length; the others are brought to one. With one of the `threads` (0 is
    as many as there are cores) the same vectors make the same graph, with several nearly the same.
    """

    connectivity: int = 16
    expansion_add: int = 128
    expansion_search: int = 1600
    unlevelled: int = 100
    threads: int = 0

    def __post_init__(self) -> None:
        if min(self.connectivity, self.expansion_add, self.expansion_search) < 2:
            raise BadInput("an index needs a connectivity and expansions of 2 and more")
        if min(self.unlevelled, self.threads) < 0:
            raise BadInput("an index leaves 0 items unlevelled or more, and has 0 threads or more")


@dataclass(frozen=True, eq=False)
class Approximate:
    """Walks a graph of items.

    `first` is int64 [n]: the first row with the same vector, under whose number the graph holds it,
    once, since a graph of many equals falls into parts. `scale` is what the graph counts as 1: the
    length that items were brought to.
    """

    graph: "Graph"
    first: np.ndarray
    scale: float
    config: ApproximateConfig

    @classmethod
    def of(cls, vectors: np.ndarray, config: ApproximateConfig | None = None) -> Self:
        config = config or ApproximateConfig()
        vectors = _checked(vectors)
        first = _first_alike(vectors)
        rows = np.unique(first)
        lengths = np.linalg.norm(vectors[rows], axis=1)
        longest = np.sort(lengths)[::-1]
        scale = float(longest[min(config.unlevelled, len(rows) // 2)] or longest[0]) or 1.0
        lifted = np.empty((len(rows), vectors.shape[1] + 1), dtype=np.float32)
        lifted[:, :-1] = vectors[rows] / scale
        lifted[:, -1] = np.sqrt(np.maximum(1.0 - (lengths / scale) ** 2, 0.0))
        graph = _graph(lifted.shape[1], config)
        graph.add(rows, lifted, threads=config.threads)
        return cls(graph, first, scale, config)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        queries = _asked(queries, k, self.graph.ndim - 1)
        k = min(k, len(self.first))
        lengths = np.linalg.norm(queries, axis=1)[:, None]
        lifted = np.zeros((len(queries), self.graph.ndim), dtype=np.float32)
        lifted[:, :-1] = queries / np.where(lengths > 0, lengths, 1.0)
        rows = np.empty((len(queries), k), dtype=np.int64)
        scores = np.empty((len(queries), k), dtype=np.float32)
        for place, near in enumerate(self._walks(lifted, min(k, len(self.graph)))):
            rows[place], scores[place] = self._spread(near, k)
        return rows, scores * (self.scale * lengths)

    def save(self, path: Path) -> None:
        whole = self.graph.save()
        assert whole is not None
        _write(
            path,
            graph=np.frombuffer(whole, dtype=np.uint8),
            first=self.first,
            scale=np.array(self.scale),
            config=np.array(json.dumps(asdict(self.config))),
        )

    @cached_property
    def _groups(self) -> tuple[np.ndarray, np.ndarray]:
        """int64 [n] twice: all rows, those with the same vector together; and `first` of each."""
        rows = np.argsort(self.first, kind="stable")
        return rows, self.first[rows]

    def _walks(self, lifted: np.ndarray, k: int) -> "list[Matches]":
        """The `k` that the graph finds for each of float32 [q, d + 1]. Where a walk ends before it
        met so many, everything is compared."""
        return [
            near if len(near) == k else self._found(lifted[[place]], k, exact=True)[0]
            for place, near in enumerate(self._found(lifted, k))
        ]

    def _found(self, lifted: np.ndarray, k: int, exact: bool = False) -> "list[Matches]":
        from usearch.index import Matches

        threads = self.config.threads if len(lifted) > 1 else 1
        found = self.graph.search(lifted, k, threads=threads, exact=exact)
        return [found] if isinstance(found, Matches) else list(found)

    def _spread(self, near: "Matches", k: int) -> tuple[np.ndarray, np.ndarray]:
        """(rows int64 [k], products float32 [k] by `scale`) of all that have a vector found."""
        rows, first = self._groups
        keys = near.keys.astype(np.int64)
        start = np.searchsorted(first, keys)
        sizes = np.searchsorted(first, keys, side="right") - start
        alike = rows[spans(start, sizes)]
        products = np.repeat(1.0 - near.distances, sizes)
        order = np.lexsort((alike, -products))[:k]
        return alike[order], products[order]


def index_of(
    vectors: np.ndarray,
    exact_up_to: int = EXACT_UP_TO,
    config: ApproximateConfig | None = None,
) -> Index:
    """The index that suits so many vectors, float [n, d]."""
    return Exact.of(vectors) if len(vectors) <= exact_up_to else Approximate.of(vectors, config)


def load_index(path: Path) -> Index:
    """A saved index. Raises `BadInput` for a file that is not one."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if "vectors" in kept:
                return Exact.of(kept["vectors"])
            config = ApproximateConfig(**json.loads(str(kept["config"])))
            # How many dimensions there are, it reads in what it loads.
            graph = _graph(0, config)
            graph.load(kept["graph"])
            return Approximate(graph, kept["first"], float(kept["scale"]), config)
    except (OSError, EOFError, KeyError, TypeError, ValueError, RuntimeError, BadZipFile) as error:
        raise BadInput(f"{path} is not a whole index of this version: build it again") from error


def _graph(dimensions: int, config: ApproximateConfig) -> "Graph":
    # LightGBM comes first: loaded after usearch it can no longer write numbers, and refuses names.
    import lightgbm  # noqa: F401
    from usearch.index import Index

    return Index(
        ndim=dimensions,
        metric="ip",
        dtype="f32",
        connectivity=config.connectivity,
        expansion_add=config.expansion_add,
        expansion_search=config.expansion_search,
        enable_key_lookups=False,
    )


def _checked(vectors: np.ndarray) -> np.ndarray:
    """float32 [n, d], whole and finite."""
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or not vectors.size:
        raise BadInput(f"an index needs vectors [n, d]; there are {list(vectors.shape)}")
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise BadInput(f"an index needs finite vectors; that of row {row} is not")
    return vectors


def _asked(queries: np.ndarray, k: int, dimensions: int) -> np.ndarray:
    """float32 [q, d], finite and of the items' length."""
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    if queries.ndim != 2 or queries.shape[1] != dimensions:
        raise BadInput(f"queries are [q, {dimensions}] here, not {list(queries.shape)}")
    if not np.isfinite(queries).all():
        raise BadInput("a query is not finite")
    if k < 1:
        raise BadInput(f"a search is for 1 item or more, not {k}")
    return queries


def _first_alike(vectors: np.ndarray) -> np.ndarray:
    """int64 [n]: for each row of float32 [n, d] the first that is the same."""
    # Compared byte by byte, where -0 would not be 0.
    whole = vectors + np.float32(0.0)
    kinds = whole.view(np.dtype((np.void, whole.strides[0])))[:, 0]
    _, first, kind = np.unique(kinds, return_index=True, return_inverse=True)
    return np.asarray(first[kind])


def _write(path: Path, **arrays: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    unfinished.replace(path)
