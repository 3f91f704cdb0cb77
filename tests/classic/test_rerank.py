"""Re-rankers: what each maximises, against trying everything; and what all of them leave alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.rerank_tables import DIALS, RerankEntry, RerankTable
from classic.evaluate.splits import users_held_out
from classic.pipeline import RERANKERS, Parts
from classic.query import Query
from classic.rerank.calibrated import Calibrated, divergence
from classic.rerank.dpp import Determinantal, greedy_map
from classic.rerank.pool import POOL, relevance
from classic.retrieve.item_knn import fit_item_knn
from tests.small import catalog, interactions, pipeline

CATALOG = catalog()
BUILT = pipeline("hybrid", CATALOG)
PARTS = Parts(CATALOG, BUILT.ranker.content, BUILT.ranker.popularity)
HISTORY = History.of("item-3", "item-6", "item-10")


def candidates(n: int = 40, seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    ids = tuple(rng.permutation(CATALOG.ids)[:n])
    scores = np.sort(rng.normal(size=n))[::-1]
    return Candidates(ids, scores, tuple({"it": float(s)} for s in scores))


def similarity(ids: tuple[str, ...]) -> np.ndarray:
    rows = CATALOG.rows(ids)
    return np.asarray(BUILT.ranker.content.similarity(rows, rows))


@pytest.mark.parametrize("name", RERANKERS)
@given(st.integers(0, 60), st.integers(1, 15), st.floats(0, 1), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_a_list_of_what_there_was(name: str, n: int, k: int, dial: float, seed: int) -> None:
    given_ = candidates(n, seed)
    stage = RERANKERS[name](PARTS)
    found = stage(Query(HISTORY, k=k, diversity=dial), given_)
    assert len(found) == min(k, n) == len(set(found.item_ids))
    score = dict(zip(given_.item_ids, given_.scores, strict=True))
    assert all(score[i] == s for i, s in zip(found.item_ids, found.scores, strict=True))
    assert set(found.item_ids) <= set(given_.item_ids[:POOL])
    if dial == 0.0:
        assert found.item_ids == given_.item_ids[:k]
    again = stage(Query(HISTORY, k=k, diversity=dial), given_)
    assert again.item_ids == found.item_ids


@pytest.mark.parametrize("name", ["mmr", "dpp"])
def test_the_dial_makes_lists_less_alike(name: str) -> None:
    stage = RERANKERS[name](PARTS)
    alike = []
    for dial in (0.0, 0.4, 0.9):
        found = stage(Query(HISTORY, diversity=dial), candidates(60))
        pairs = similarity(found.item_ids)[np.triu_indices(10, 1)]
        alike.append(pairs.mean())
    assert alike[0] > alike[1] > alike[2]


@given(st.integers(0, 10**6), st.integers(2, 7), st.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_each_pick_enlarges_the_determinant_most(seed: int, n: int, k: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, n + 2))
    kernel = x @ x.T
    chosen: list[int] = []
    for _ in range(min(k, n)):
        volumes = [
            -np.inf if i in chosen else np.linalg.det(kernel[np.ix_([*chosen, i], [*chosen, i])])
            for i in range(n)
        ]
        chosen.append(int(np.argmax(volumes)))
    assert greedy_map(kernel, min(k, n)) == chosen


def test_twins_add_no_volume() -> None:
    assert greedy_map(np.ones((3, 3)), 3) == [0]
    few = candidates(4)
    twins = Determinantal(lambda ids: np.ones((len(ids), len(ids))))
    assert twins(Query(k=3, diversity=0.5), few).item_ids == few.item_ids[:3]


def test_calibration_brings_the_genres_nearer() -> None:
    stage = Calibrated(CATALOG)
    wanted = stage._of_history(HISTORY)

    def apart(dial: float) -> float:
        found = stage(Query(HISTORY, diversity=dial), candidates(60))
        listed = np.mean([stage._of_item(i) for i in found.item_ids], axis=0)
        return float(divergence(wanted, listed[None])[0])

    assert apart(0.9) < apart(0.5) <= apart(0.0)


def test_each_pick_is_the_best_calibrated_one() -> None:
    """Against the whole objective, computed anew for every list that could come next."""
    stage, pool = Calibrated(CATALOG), candidates(8)
    wanted, relevant, dial = stage._of_history(HISTORY), relevance(pool), 0.6
    chosen: list[int] = []
    for _ in range(4):
        values = []
        for n in range(8):
            made = [*chosen, n]
            listed = np.mean([stage._of_item(pool.item_ids[i]) for i in made], axis=0)
            mixed = 0.99 * listed + 0.01 * wanted
            known = wanted > 0
            kl = (wanted[known] * np.log(wanted[known] / mixed[known])).sum()
            value = (1 - dial) * relevant[made].sum() - dial * kl
            values.append(-np.inf if n in chosen else value)
        chosen.append(int(np.argmax(values)))
    found = stage(Query(HISTORY, k=4, diversity=dial), pool)
    assert found.item_ids == tuple(pool.item_ids[n] for n in chosen)


def test_who_said_nothing_has_the_order_by_score() -> None:
    found = Calibrated(CATALOG)(Query(History(), diversity=0.8), candidates())
    assert found.item_ids == candidates().item_ids[:10]


def test_the_unknown_comes_forward() -> None:
    popularity = np.linspace(0, 1, len(CATALOG))
    stage = RERANKERS["unpopular"](replace(PARTS, popularity=popularity))
    known = [
        popularity[CATALOG.rows(stage(Query(diversity=d), candidates(60)).item_ids)].mean()
        for d in (0.0, 0.5, 1.0)
    ]
    assert known[0] > known[1] > known[2]


def test_a_row_along_the_dial(tmp_path: Path) -> None:
    def read(_: Path) -> tuple[FullRanking, Catalog]:
        return users_held_out(interactions(CATALOG), 0.4), CATALOG

    entries = {"mmr": RerankEntry("mmr")}
    table = RerankTable("small", "-", ("-",), read, entries, "item-knn-cosine")
    row = table.run("mmr", tmp_path, lambda _: None)
    assert set(table.shown) <= set(row.metrics)
    assert [row.slices[str(d)]["ndcg@10"] for d in DIALS] == [
        pytest.approx(row.cases[f"ndcg@10/{d}"].mean()) for d in DIALS
    ]
    variety = [row.slices[str(d)]["content diversity"] for d in DIALS]
    assert variety[0] < variety[3] < variety[-1]
    # With the dial at 0 the list is that of the retriever.
    asked = read(tmp_path)[0]
    plain = asked.metrics(fit_item_knn(asked.train))
    assert np.allclose(row.cases["ndcg@10/0.0"], plain["ndcg@10/full"])
    gain, (low, high) = row.gains["ndcg@10/0.3"]
    assert low <= gain <= high
