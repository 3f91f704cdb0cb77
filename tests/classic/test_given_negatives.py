"""Ranks among given negatives: by hand, and the published popularity figure on the real files."""

from pathlib import Path

import numpy as np
import pytest

from classic.data.histories import histories_of
from classic.data.interactions import History, Interactions
from classic.data.places import find_folder
from classic.errors import BadInput
from classic.evaluate.given_negatives import GivenNegatives, read_ncf
from classic.models import MODELS
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.source import Source


class Fixed(Recommender):
    """The same scores for everybody."""

    name = "fixed"

    def __init__(self, scores: list[float]) -> None:
        self.scores = np.array(scores)
        self.item_ids = tuple(map(str, range(len(scores))))

    def fold_in(self, history: History) -> np.ndarray:
        return self.scores

    def contributions(self, history: History) -> np.ndarray:
        return np.zeros((len(history), len(self.item_ids)))


def protocol() -> GivenNegatives:
    users = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    items = np.array([0, 1, 1, 2, 0, 2], dtype=np.int32)
    train = Interactions(users, items, ("a", "b", "c"), tuple(map(str, range(12))))
    negatives = np.array([[4, 5, 6], [4, 5, 6], [7, 8, 3]])
    return GivenNegatives(train, np.array([3, 7, 3]), negatives)


def test_ranks_by_hand() -> None:
    scores = [0, 0, 0, 5, 9, 5, 1, 7, 6, 0, 0, 0]
    # User a: 9 beats 5, the tie does not. User b: only 9 beats 7. User c: 7 and 6 beat 5, and the
    # held-out item among its own negatives does not count against itself.
    assert protocol().ranks(Fixed(scores)).tolist() == [2, 2, 3]


def test_a_model_whose_scores_are_no_numbers_finds_nothing() -> None:
    assert protocol().ranks(Fixed([float("nan")] * 12)).tolist() == [4, 4, 4]


def test_metrics_of_those_ranks() -> None:
    scores = [0, 0, 0, 5, 9, 5, 1, 7, 6, 0, 0, 0]
    found = protocol().metrics(Fixed(scores), k=2)
    assert found["hr@2/3neg"].tolist() == [1.0, 1.0, 0.0]
    assert np.allclose(found["ndcg@2/3neg"], [1 / np.log2(3), 1 / np.log2(3), 0.0])


def test_validation_never_sees_the_test_item() -> None:
    whole = protocol()
    inside = whole.validation()
    assert len(inside.train) == len(whole.train) - whole.train.n_users
    for user in range(3):
        assert whole.train.matrix[user, inside.held_out[user]] == 1.0
        assert inside.train.matrix[user, inside.held_out[user]] == 0.0
        drawn = set(inside.negatives[user])
        assert not drawn & {int(whole.held_out[user]), *whole.train.matrix[user].indices.tolist()}


def test_folding_in_many_is_folding_in_each() -> None:
    data = protocol().train
    histories = histories_of(data)
    for name in ("popularity", "user-knn", "item-knn-bm25", "ease", "ials", "pixie"):
        model = MODELS[name].fit(Source(data))
        one_by_one = Recommender.fold_in_rows(model, histories)
        assert np.allclose(model.fold_in_rows(histories), one_by_one, atol=1e-5), model.name


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ml-1m\.train"):
        read_ncf(tmp_path)


def test_popularity_is_what_was_published() -> None:
    """Rendle et al. 2020 print .4535/.2543 for popularity: the check of the evaluator itself."""
    folder = find_folder("ml-1m-ncf", "ml-1m.train.implicit.tsv")
    if folder is None:
        pytest.skip("needs the data set ml-1m-ncf")
    whole = read_ncf(folder)
    found = whole.metrics(fit_popularity(whole.train))
    assert found["hr@10/99neg"].mean() == pytest.approx(0.4535, abs=0.001)
    assert found["ndcg@10/99neg"].mean() == pytest.approx(0.2543, abs=0.001)
