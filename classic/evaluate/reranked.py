"""A re-ranker asked of many people at once, as a pipeline would ask it of each."""

from typing import Any

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.data.interactions import History, Interactions
from classic.evaluate.full_ranking import FullRanking
from classic.pipeline import Parts, Stage
from classic.query import Query
from classic.rerank.pool import POOL
from classic.retrieve.content import Content


def parts_of(train: Interactions, catalog: Catalog) -> Parts:
    """What re-rankers are made of, popularity being how many met an item in training."""
    counts = np.bincount(train.items, minlength=train.n_items)
    inside = [n for n, item_id in enumerate(train.item_ids) if item_id in catalog]
    known = np.zeros(len(catalog))
    known[catalog.rows(tuple(train.item_ids[n] for n in inside))] = counts[inside]
    return Parts(catalog, Content.of(catalog), known / max(known.max(), 1))


def best_of(model: Any, asked: FullRanking) -> tuple[np.ndarray, np.ndarray]:
    """int64 and float64 [n, m]: what re-rankers look at, with its scores."""
    lists = asked.ranked(model, POOL)
    return lists, np.take_along_axis(model.scores_of(asked.given, asked.users), lists, axis=1)


def reranked(
    stage: Stage,
    item_ids: tuple[str, ...],
    histories: Histories,
    lists: np.ndarray,
    scores: np.ndarray,
    dial: float,
    k: int = 10,
) -> np.ndarray:
    """int64 [n, k]: what is shown of int64 [n, m] lists of items, best first, -1 where they end,
    with float64 [n, m] scores."""
    rows = {item_id: n for n, item_id in enumerate(item_ids)}
    shown = np.full((len(lists), k), -1, dtype=np.int64)
    for person, own in enumerate(lists):
        there = own >= 0
        ids = tuple(item_ids[i] for i in own[there])
        met = histories.items[histories.bounds[person] : histories.bounds[person + 1]]
        query = Query(History.of(*(item_ids[i] for i in met)), diversity=dial, k=k)
        found = stage(query, Candidates(ids, scores[person][there], ({},) * len(ids)))
        shown[person, : len(found)] = [rows[item_id] for item_id in found.item_ids]
    return shown
