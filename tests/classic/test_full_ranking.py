"""Full rankings: splits by hand, metrics against ranx, popularity against what was published."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranx import Qrels, Run, evaluate
from scipy import sparse

from classic.data.histories import Histories, histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking, leave_last_out, leave_share_out
from classic.evaluate.suites import TABLES
from classic.metrics import top_items
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from tests.small import catalog, interactions

DATA = interactions(catalog())


class Given(Recommender):
    """Scores that are given, whoever asks, one row after the other."""

    name = "given"

    def __init__(self, scores: np.ndarray) -> None:
        self.scores, self.item_ids = scores, tuple(map(str, range(scores.shape[1])))

    def fold_in(self, history: object) -> np.ndarray:
        return self.scores[0]

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return self.scores[: len(histories)]


class Acquainted(Given):
    """Knows those who train by their rows, and nobody else."""

    def of_users(self, users: np.ndarray, histories: Histories) -> np.ndarray:
        return self.scores[users]

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return np.zeros((len(histories), len(self.item_ids)))


def test_those_who_train_are_asked_as_those_they_are_and_strangers_are_not() -> None:
    protocol = leave_last_out(DATA)
    model = Acquainted(np.random.default_rng(0).random((DATA.n_users, DATA.n_items)))
    met = protocol.given.matrix.toarray() > 0
    best = np.where(met, -1.0, model.scores).argmax(axis=1)
    assert np.array_equal(protocol.ranked(model, 1)[:, 0], best)
    some = protocol.of_asked()
    assert np.array_equal(some.ranked(model, 1)[:, 0], best[protocol.asked])
    strangers = replace(protocol, users=None)
    assert np.array_equal(strangers.ranked(model, 1)[:, 0], met.argmin(axis=1))


def test_every_metric_equals_ranx() -> None:
    rng = np.random.default_rng(3)
    scores, wanted = rng.random((30, 50)), rng.random((30, 50)) < 0.15
    wanted[:, 0] = True
    nobody = Histories(np.zeros(0, np.int64), np.zeros(31, np.int64), np.zeros(0), 50)
    protocol = FullRanking(DATA, nobody, sparse.csr_matrix(wanted))
    ours = {m: v.mean() for m, v in protocol.metrics(Given(scores)).items()}
    qrels = {f"u{u}": {f"i{i}": 1 for i in np.flatnonzero(wanted[u])} for u in range(30)}
    run = {f"u{u}": {f"i{i}": float(scores[u, i]) for i in range(50)} for u in range(30)}
    for name in ("recall", "ndcg", "mrr", "map", "precision", "hr"):
        theirs = evaluate(Qrels(qrels), Run(run), {"hr": "hit_rate"}.get(name, name) + "@10")
        assert np.isclose(ours[f"{name}@10/full"], theirs, atol=1e-9), name


def test_leaving_the_last_out_by_hand() -> None:
    users = np.array([0, 1, 0, 1, 0, 1], dtype=np.int32)
    items = np.array([0, 3, 1, 2, 2, 1], dtype=np.int32)
    times = np.array([3, 1, 1, 2, 2, 3])
    data = Interactions(users, items, ("a", "b"), tuple("wxyz"), None, times)
    test, validation = leave_last_out(data), leave_last_out(data, before=1)
    assert test.held_out.indices.tolist() == [0, 1]
    assert validation.held_out.indices.tolist() == [2, 2]
    assert [test.given.items[:2].tolist(), test.given.items[2:].tolist()] == [[1, 2], [3, 2]]
    assert len(validation.train) == 2


def test_leaving_out_needs_enough_items() -> None:
    data = Interactions(np.array([0], dtype=np.int32), np.array([0], dtype=np.int32), ("a",), "x")
    with pytest.raises(BadInput, match="at least 2"):
        leave_last_out(data)


def test_a_share_is_held_out_of_everybody_and_trains_nobody() -> None:
    split = leave_share_out(DATA, 0.3, seed=1)
    assert split.train.matrix.multiply(split.held_out).nnz == 0
    assert (split.train.matrix + split.held_out).nnz == DATA.matrix.nnz
    assert (np.diff(split.held_out.indptr) >= 1).all()


def test_seen_items_stay_only_where_the_label_says_so() -> None:
    split = leave_share_out(DATA)
    model = fit_popularity(split.train)
    seen = split.given.matrix
    for protocol, stays in ((split, False), (split.with_seen(), True)):
        met = seen.toarray() > 0
        assert np.take_along_axis(met, protocol.ranked(model, 5), axis=1).any() == stays
    assert all(name.endswith("/full+seen") for name in split.with_seen().metrics(model))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 10**6))
def test_top_items_is_a_stable_sort(n_users: int, k: int, seed: int) -> None:
    """With many ties, and some items seen."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (n_users, 9)).astype(float)
    seen = sparse.csr_matrix(rng.random((n_users, 9)) < 0.2)
    open_ = np.where(seen.toarray(), -np.inf, scores)
    wanted = np.argsort(-open_, axis=1, kind="stable")[:, :k]
    found = top_items(scores, seen, k)
    ranked = np.isfinite(np.take_along_axis(open_, wanted, axis=1))
    assert np.array_equal(found[ranked], wanted[ranked])


def test_histories_keep_order_and_count_a_repeat_once() -> None:
    users = np.array([0, 0, 0, 2], dtype=np.int32)
    items = np.array([4, 1, 4, 2], dtype=np.int32)
    told = histories_of(Interactions(users, items, ("a", "b", "c"), tuple("vwxyz")))
    assert told.latest(2, 5).tolist() == [[1, 4], [5, 5], [2, 5]]
    assert told.matrix.toarray().tolist() == [[0, 1, 0, 0, 1], [0] * 5, [0, 0, 1, 0, 0]]
    assert told.block(1, 3).latest(2, 5).tolist() == [[5, 5], [2, 5]]


def real(table: str) -> Path:
    folder = TABLES[table].folder()
    if folder is None:
        pytest.skip(f"needs the data set {TABLES[table].data}")
    return folder


@pytest.mark.data
def test_popularity_on_sasrecs_file() -> None:
    """.0363/.0178 was measured with other code on the same file: a check of the evaluator."""
    trial = TABLES["t3"].read(real("t3"))[0]
    found = trial.report[0].metrics(fit_popularity(trial.train))
    assert abs(found["recall@10/full"].mean() - 0.0363) < 5e-4
    assert abs(found["ndcg@10/full"].mean() - 0.0178) < 5e-4
