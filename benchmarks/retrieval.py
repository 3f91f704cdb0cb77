"""Searching a catalogue: every item compared, against a graph that visits few of them.

    python -m benchmarks.retrieval --out results/retrieval [--sizes 62423,1000000]

Items have made-up vectors shaped like trained factors, queries are people who met a few of them.
Each graph is searched more and more widely; times are of one query at a time, and a ratio is the
exact median over the graph's in the same run. A graph of a million items takes minutes to build.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.progress import say
from classic.metrics import interval
from classic.retrieve.index import EXACT_UP_TO, Approximate, ApproximateConfig, Exact, Index
from llmrec.evaluate.record import write_record

_K = 100
_DIMENSIONS = 64
_SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=whole_numbers, default=[62_423, 1_000_000])
    parser.add_argument(
        "--expansions", type=whole_numbers, default=[100, 200, 400, 800, 1600, 3200]
    )
    parser.add_argument(
        "--unlevelled",
        type=whole_numbers,
        default=[ApproximateConfig.unlevelled, 0, 10**9],
        help="a graph each: 0 levels all items, more than there are leaves half as they are",
    )
    parser.add_argument("--connectivity", type=int, default=ApproximateConfig.connectivity)
    parser.add_argument("--expansion-add", type=int, default=ApproximateConfig.expansion_add)
    parser.add_argument("--threads", type=int, default=0, help="of a build; 0 is every core")
    parser.add_argument("--queries", type=int, default=500)
    given = parser.parse_args()
    configs = [
        ApproximateConfig(
            given.connectivity,
            given.expansion_add,
            unlevelled=unlevelled,
            threads=given.threads,
        )
        for unlevelled in given.unlevelled
    ]
    cases = []
    metrics: dict[str, dict[str, dict]] = {}
    for n_items in given.sizes:
        rows = metrics.setdefault(str(n_items), {})
        for name, row, own in measured(n_items, given.queries, configs, given.expansions):
            rows[name] = row
            cases += [{"items": n_items, "index": name, **case} for case in own]
            print(json.dumps({"items": n_items, "index": name, **row}), flush=True)
    write_record(
        given.out,
        config={
            "k": _K,
            "dimensions": _DIMENSIONS,
            "queries": given.queries,
            "connectivity": given.connectivity,
            "expansion_add": given.expansion_add,
            "build_threads": given.threads or os.cpu_count(),
            "exact_threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)),
            "exact_up_to": EXACT_UP_TO,
            "usearch": version("usearch"),
        },
        metrics=metrics,
        per_case=cases,
        seeds=[_SEED],
    )


def measured(
    n_items: int, n_queries: int, configs: list[ApproximateConfig], expansions: list[int]
) -> Iterator[tuple[str, dict, list[dict]]]:
    """(index, its row, its cases), the exact one first."""
    say(f"{n_items:,} items")
    vectors, counts = factors(n_items, np.random.default_rng(_SEED))
    queries = people(vectors, counts, n_queries, np.random.default_rng(_SEED + 1))
    began = time.perf_counter()
    exact = Exact.of(vectors)
    sizes = cost(exact, time.perf_counter() - began, vectors.nbytes)
    wanted, ms = searched(exact, queries)
    base = float(np.median(ms))
    yield "exact", {**sizes, **quantiles(ms)}, cases(ms)
    for config in configs:
        graph = f"graph, {min(config.unlevelled, n_items // 2):,} unlevelled"
        say(f"{n_items:,} items: {graph}")
        began = time.perf_counter()
        index = Approximate.of(vectors, config)
        took = time.perf_counter() - began
        sizes = cost(index, took, index.graph.memory_usage + index.first.nbytes)
        for expansion in expansions:
            index.graph.expansion_search = expansion
            found, ms = searched(index, queries)
            recalls = [len(np.intersect1d(*pair)) / _K for pair in zip(found, wanted, strict=True)]
            quality = {
                f"recall@{_K}": round(float(np.mean(recalls)), 4),
                f"recall@{_K}_interval": [round(x, 4) for x in interval(np.array(recalls))],
                "ratio": round(base / float(np.median(ms)), 2),
            }
            name = f"{graph}, expansion {expansion}"
            yield name, {**sizes, **quantiles(ms), **quality}, cases(ms, recalls)


def cost(index: Index, build_s: float, n_bytes: int) -> dict:
    """What it takes to have the index, in memory and in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path)
        kept = path.stat().st_size
    return {"build_s": round(build_s, 2), "memory_bytes": n_bytes, "file_bytes": kept}


def searched(index: Index, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows int64 [q, k], milliseconds float64 [q]), after a few queries that warm up."""
    for query in queries[:10]:
        index.search(query[None], _K)
    rows, ms = [], []
    for query in queries:
        began = time.perf_counter()
        found, _ = index.search(query[None], _K)
        ms.append((time.perf_counter() - began) * 1000)
        rows.append(found[0])
    return np.array(rows), np.array(ms)


def quantiles(ms: np.ndarray) -> dict:
    return {f"p{p}_ms": round(float(np.percentile(ms, p)), 3) for p in (50, 95)}


def cases(ms: np.ndarray, recalls: Sequence[float] | None = None) -> list[dict]:
    """One a query; the exact index finds everything."""
    shares = np.ones(len(ms)) if recalls is None else recalls
    return [
        {"query": n, "ms": float(took), f"recall@{_K}": float(share)}
        for n, (took, share) in enumerate(zip(ms, shares, strict=True))
    ]


def factors(n_items: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(float32 [n, d], float64 [n] how often each was met): directions are mixtures of two tastes
    out of Zipf's many, more or less pure, in a space whose axes fade, all leaning to what everybody
    likes; lengths grow with the logarithm of the count. The mixture was set by the cosines that
    iALS's items have on ml-latest-small with their nearest 1, 10 and 100 and with any other."""
    n_tastes = max(8, round(n_items**0.5))
    axes = np.arange(1, _DIMENSIONS + 1, dtype=np.float32) ** -0.35
    tastes = normal(rng, n_tastes)
    share = 1.0 / np.arange(1, n_tastes + 1)
    first, second = rng.choice(n_tastes, (2, n_items), p=share / share.sum())
    found = tastes[first]
    found += rng.random((n_items, 1), dtype=np.float32) * tastes[second]
    found += 1.2 * rng.random((n_items, 1), dtype=np.float32) * normal(rng, n_items)
    found *= axes
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found[:, 0] += 0.3
    counts = 1.0 + rng.lognormal(1.6, 2.3, n_items)
    found *= (np.log1p(counts) / np.linalg.norm(found, axis=1))[:, None].astype(np.float32)
    return found, counts


def people(vectors: np.ndarray, counts: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """float32 [n, d]: means of 3 to 20 items, met as often as they are."""
    met = rng.choice(len(vectors), (n, 20), p=counts / counts.sum())
    lengths = rng.integers(3, 21, n)
    inside = np.arange(20) < lengths[:, None]
    summed = (vectors[met] * inside[:, :, None]).sum(axis=1)
    return (summed / lengths[:, None]).astype(np.float32)


def normal(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_normal((n, _DIMENSIONS), dtype=np.float32)


def whole_numbers(said: str) -> list[int]:
    return [int(part) for part in said.split(",")]


if __name__ == "__main__":
    main()
