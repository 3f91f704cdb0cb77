"""Published tables, and the models that are run for each: chosen on a hold-out inside training,
reported once on the test part."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from classic.data.interactions import Interactions
from classic.evaluate.given_negatives import GivenNegatives
from classic.metrics import interval
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, Weighting, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.retrieve.user_knn import UserKnnConfig, fit_user_knn

Fit = Callable[[Interactions, Any], Recommender]
Say = Callable[[str], None]
_HOLD_OUTS = 2


@dataclass(frozen=True)
class Entry:
    """A model of a table: the configurations to choose from, how the chosen one is grown for the
    report (`final`), the seeds to repeat it with, and what others published."""

    fit: Fit
    grid: tuple[Any, ...] = (None,)
    final: Mapping[str, Any] | None = None
    seeds: tuple[int, ...] = (0,)
    published: str = ""


def _knn(weighting: Weighting) -> Entry:
    grid = tuple(ItemKnnConfig(weighting=weighting, k=k) for k in (50, 100, 200, 400))
    return Entry(fit_item_knn, grid)


T1: dict[str, Entry] = {
    "popularity": Entry(
        lambda data, _: fit_popularity(data), published="0.4535 / 0.2543 (Rendle et al. 2020)"
    ),
    "user-knn": Entry(
        fit_user_knn,
        tuple(UserKnnConfig(k=k, shrink=s) for k in (100, 200, 400, 800) for s in (10.0, 100.0)),
    ),
    "item-knn-cosine": _knn("cosine"),
    "item-knn-tfidf": _knn("tfidf"),
    "item-knn-bm25": _knn("bm25"),
    "ease": Entry(
        fit_ease,
        tuple(
            EaseConfig(l2=l2, keep=10**9) for l2 in (250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0)
        ),
        published="0.7184 / 0.4494 (Rendle et al. 2022)",
    ),
    "ials": Entry(
        fit_ials,
        tuple(
            IalsConfig(dimensions=64, epochs=12, unobserved=a, regularisation=r)
            for a in (0.1, 0.3)
            for r in (0.003, 0.007, 0.015)
        ),
        final={"dimensions": 192},
        seeds=(0, 1, 2, 3, 4),
        published="0.7294 / 0.4523 (MF, d = 192; Rendle et al. 2020)",
    ),
}
"""Leave-latest-out on ml-1m with the 99 negatives of He et al. (2017): HR@10 and NDCG@10."""


def chosen(entry: Entry, protocol: GivenNegatives, metric: str, say: Say) -> Any:
    """The configuration of the grid with the best mean on hold-outs inside training."""
    if len(entry.grid) == 1:
        return entry.grid[0]
    inside = [protocol.validation(seed) for seed in range(_HOLD_OUTS)]
    scores = []
    for config in entry.grid:
        found = [p.metrics(entry.fit(p.train, config))[metric].mean() for p in inside]
        scores.append(float(np.mean(found)))
        say(f"  {config}: {metric} {scores[-1]:.4f} on the hold-outs")
    return entry.grid[int(np.argmax(scores))]


def row(name: str, entry: Entry, protocol: GivenNegatives, say: Say) -> dict[str, Any]:
    """One line of the table: means over the seeds, the interval over users of the first seed,
    seconds of one fit."""
    metric = f"ndcg@10/{protocol.label}"
    config = chosen(entry, protocol, metric, say)
    if entry.final:
        config = replace(config, **entry.final)
    runs, seconds = [], []
    for seed in entry.seeds:
        seeded = replace(config, seed=seed) if len(entry.seeds) > 1 else config
        began = time.perf_counter()
        model = entry.fit(protocol.train, seeded)
        seconds.append(time.perf_counter() - began)
        runs.append(protocol.metrics(model))
        told = ", ".join(f"{m} {v.mean():.4f}" for m, v in runs[-1].items())
        say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
    return {
        "model": name,
        "config": str(config),
        "seeds": len(runs),
        "seconds": round(float(np.mean(seconds)), 1),
        "published": entry.published,
        **{m: round(float(np.mean([r[m].mean() for r in runs])), 4) for m in runs[0]},
        **{f"{m} interval": _rounded(interval(runs[0][m])) for m in runs[0]},
    }


def _rounded(bounds: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(b, 4) for b in bounds)


TABLES = {"t1": T1}
