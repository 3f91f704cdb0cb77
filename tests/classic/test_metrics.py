"""Metrics against ranx, on random rankings."""

import numpy as np
from ranx import Qrels, Run, evaluate

from classic.metrics import hits, interval, ndcg, top_items


def test_ndcg_equals_ranx() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random((30, 50))
    wanted = rng.random((30, 50)) < 0.1
    wanted[:, 0] = True
    seen = np.zeros_like(wanted)
    ours = ndcg(hits(top_items(scores, seen, 10), wanted), wanted.sum(axis=1)).mean()
    qrels = {f"u{u}": {f"i{i}": 1 for i in np.flatnonzero(wanted[u])} for u in range(30)}
    run = {f"u{u}": {f"i{i}": float(scores[u, i]) for i in range(50)} for u in range(30)}
    assert np.isclose(ours, evaluate(Qrels(qrels), Run(run), "ndcg@10"), atol=1e-9)


def test_seen_items_are_never_ranked() -> None:
    scores = np.arange(12.0).reshape(2, 6)
    seen = np.zeros((2, 6), dtype=bool)
    seen[:, 5] = True
    assert top_items(scores, seen, 3).tolist() == [[4, 3, 2], [4, 3, 2]]


def test_interval_holds_the_mean() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.1, 400)
    low, high = interval(values)
    assert low < values.mean() < high
    assert high - low < 0.04
