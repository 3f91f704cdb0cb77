"""Both indexes keep one contract; the exact one is the dense product, the other nearly; a model
searched through an index says what it says without one."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from classic.data.interactions import History
from classic.errors import BadInput
from classic.retrieve.ials import IalsConfig, fit_ials
from classic.retrieve.index import (
    Approximate,
    ApproximateConfig,
    Exact,
    Index,
    index_of,
    load_index,
)
from classic.retrieve.indexed import Factored, Indexed
from classic.retrieve.item2vec import Item2VecConfig, fit_item2vec
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.retrieve.two_tower import TwoTowerConfig, fit_two_tower
from classic.retrieve.youtube_dnn import YoutubeDnnConfig, fit_youtube_dnn
from classic.train.loop import TrainConfig
from classic.train.losses import SampledSoftmax
from tests.small import catalog, interactions

ONE_THREAD = ApproximateConfig(threads=1)
BOTH: dict[str, Callable[[np.ndarray], Index]] = {
    "exact": Exact.of,
    "approximate": lambda vectors: Approximate.of(vectors, ONE_THREAD),
}
both = pytest.mark.parametrize("build", BOTH.values(), ids=BOTH)


def vectors(n: int, d: int = 16, seed: int = 0) -> np.ndarray:
    """Of very different lengths, as the factors of popular and of rare items are."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(n, d)) * rng.lognormal(0.0, 0.5, (n, 1))
    return np.asarray(found, dtype=np.float32)


def dense(items: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    scores = queries @ items.T
    rows = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(scores, rows, axis=1)


@both
@pytest.mark.parametrize("n_queries", [0, 1, 7])
def test_lists_are_sorted_unique_and_true(
    build: Callable[[np.ndarray], Index], n_queries: int
) -> None:
    items, queries = vectors(500), vectors(n_queries, seed=1)
    rows, scores = build(items).search(queries, 20)
    assert rows.shape == scores.shape == (n_queries, 20)
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)
    assert (np.diff(scores, axis=1) <= 0).all()
    assert all(len(set(row)) == 20 for row in rows)
    assert np.allclose(scores, np.take_along_axis(queries @ items.T, rows, axis=1), atol=1e-4)


def test_exact_is_the_dense_product(monkeypatch: pytest.MonkeyPatch) -> None:
    items, queries = vectors(300), vectors(25, seed=1)
    wanted = dense(items, queries, 30)
    for block in (1, 1000, 10**6):
        monkeypatch.setattr("classic.retrieve.index._BLOCK", block)
        rows, scores = Exact.of(items).search(queries, 30)
        assert np.array_equal(rows, wanted[0])
        assert np.allclose(scores, wanted[1], rtol=1e-5)


# Small whole numbers, whose products are exact in any order and often the same.
whole = st.integers(-3, 3).map(float)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(4)), elements=whole),
    arrays.arrays(np.float32, st.tuples(st.integers(0, 5), st.just(4)), elements=whole),
    st.integers(1, 50),
)
def test_ties_go_by_row(items: np.ndarray, queries: np.ndarray, k: int) -> None:
    rows, scores = Exact.of(items).search(queries, k)
    wanted = dense(items, queries, k)
    assert np.array_equal(rows, wanted[0])
    assert np.array_equal(scores, wanted[1])


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(4)), elements=whole),
    arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(4)), elements=whole),
    st.integers(1, 50),
)
def test_a_small_graph_finds_the_same_scores(
    items: np.ndarray, queries: np.ndarray, k: int
) -> None:
    rows, scores = Approximate.of(items, ONE_THREAD).search(queries, k)
    assert np.allclose(scores, dense(items, queries, k)[1], atol=1e-4)
    assert all(len(set(row)) == min(k, len(items)) for row in rows)


def recall(found: np.ndarray, wanted: np.ndarray) -> float:
    shared = [len(np.intersect1d(a, b)) for a, b in zip(found, wanted, strict=True)]
    return float(np.mean(shared)) / wanted.shape[1]


def test_the_graph_finds_nearly_everything() -> None:
    items, queries = vectors(5000), vectors(50, seed=1)
    rows, _ = Approximate.of(items, ONE_THREAD).search(queries, 100)
    assert recall(rows, dense(items, queries, 100)[0]) >= 0.95


def test_one_item_far_longer_than_the_rest_does_not_hide_them() -> None:
    items, queries = vectors(3000), vectors(50, seed=1)
    items[7] *= 1000
    wanted = dense(items, queries, 100)[0]
    whole = ApproximateConfig(unlevelled=0, threads=1)
    found = [
        recall(Approximate.of(items, config).search(queries, 100)[0], wanted)
        for config in (ONE_THREAD, whole)
    ]
    assert found[0] >= 0.95
    assert found[0] > found[1]


def test_a_wider_search_finds_more() -> None:
    items, queries = vectors(3000), vectors(50, seed=1)
    wanted = dense(items, queries, 50)[0]
    found = [
        recall(
            Approximate.of(items, ApproximateConfig(8, 32, wide, threads=1)).search(queries, 50)[0],
            wanted,
        )
        for wide in (50, 800)
    ]
    assert found[0] < found[1]


def test_items_without_a_vector_of_their_own_do_not_tear_the_graph() -> None:
    """Nobody met most of them, and each other one stands there ten times."""
    items = np.zeros((3000, 8), dtype=np.float32)
    items[2000:] = vectors(100, 8).repeat(10, axis=0)
    queries = vectors(20, 8, seed=1)
    rows, scores = Approximate.of(items, ONE_THREAD).search(queries, 100)
    wanted = Exact.of(items).search(queries, 100)
    assert np.array_equal(rows, wanted[0])
    assert np.allclose(scores, wanted[1], atol=1e-4)


@both
def test_lengths_of_any_size(build: Callable[[np.ndarray], Index]) -> None:
    items, query = vectors(200), vectors(1, seed=1)
    rows = build(items).search(query, 10)[0]
    for size in (np.float32(1e-9), np.float32(1e9)):
        assert np.array_equal(build(items * size).search(query, 10)[0], rows)
        assert np.array_equal(build(items).search(query * size, 10)[0], rows)


@both
def test_more_than_there_are_is_all_there_are(build: Callable[[np.ndarray], Index]) -> None:
    for n in (1, 2, 30):
        rows, _ = build(vectors(n)).search(vectors(3, seed=1), 100)
        assert rows.shape == (3, n)
        assert (np.sort(rows, axis=1) == np.arange(n)).all()


@both
def test_a_query_of_zeros_scores_zero(build: Callable[[np.ndarray], Index]) -> None:
    for items in (vectors(50), np.zeros((50, 16))):
        rows, scores = build(items).search(np.zeros((1, 16)), 5)
        assert len(set(rows[0])) == 5
        assert not scores.any()


@both
def test_a_saved_index_is_the_same(build: Callable[[np.ndarray], Index], tmp_path: Path) -> None:
    items, queries = vectors(400), vectors(9, seed=1)
    index, path = build(items), tmp_path / "new" / "items.index"
    index.save(path)
    again = load_index(path)
    assert type(again) is type(index)
    for ours, theirs in zip(index.search(queries, 25), again.search(queries, 25), strict=True):
        assert np.array_equal(ours, theirs)
    assert [p.name for p in path.parent.iterdir()] == ["items.index"]


def test_the_settings_are_saved_too(tmp_path: Path) -> None:
    config = ApproximateConfig(8, 40, 70, 5, threads=1)
    Approximate.of(vectors(50), config).save(tmp_path / "index")
    again = load_index(tmp_path / "index")
    assert isinstance(again, Approximate)
    assert again.config == config
    assert (again.graph.connectivity, again.graph.expansion_search) == (8, 70)


@both
def test_a_broken_file_is_refused(build: Callable[[np.ndarray], Index], tmp_path: Path) -> None:
    path = tmp_path / "index"
    build(vectors(100)).save(path)
    saved = path.read_bytes()
    turned = bytearray(saved)
    turned[len(saved) // 3] ^= 1
    for broken in (b"", b"no index", saved[: len(saved) // 2], saved[:-30], bytes(turned)):
        path.write_bytes(broken)
        with pytest.raises(BadInput, match="not a whole index"):
            load_index(path)
    path.unlink()
    with pytest.raises(BadInput, match="not a whole index"):
        load_index(path)


def test_another_file_of_arrays_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", vectors(5))
    np.savez(tmp_path / "many.npz", graph=vectors(5))
    for name in ("one.npy", "many.npz"):
        with pytest.raises(BadInput, match="not a whole index"):
            load_index(tmp_path / name)


@both
@pytest.mark.parametrize(
    ("items", "message"),
    [
        (np.zeros((0, 16)), r"there are \[0, 16\]"),
        (np.zeros((3, 0)), r"there are \[3, 0\]"),
        (np.zeros(16), r"there are \[16\]"),
        (np.array([[1.0], [np.nan]]), "row 1 is not"),
        (np.array([[1e300], [0.0]]), "row 0 is not"),
    ],
)
def test_vectors_that_will_not_do(
    build: Callable[[np.ndarray], Index], items: np.ndarray, message: str
) -> None:
    with pytest.raises(BadInput, match=message), np.errstate(over="ignore"):
        build(items)


@both
def test_questions_that_will_not_do(build: Callable[[np.ndarray], Index]) -> None:
    index = build(vectors(20))
    with pytest.raises(BadInput, match=r"queries are \[q, 16\] here, not \[1, 8\]"):
        index.search(np.zeros((1, 8)), 5)
    with pytest.raises(BadInput, match=r"not \[16\]"):
        index.search(np.zeros(16), 5)
    with pytest.raises(BadInput, match="not finite"):
        index.search(np.full((1, 16), np.inf), 5)
    with pytest.raises(BadInput, match="1 item or more, not 0"):
        index.search(np.zeros((1, 16)), 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connectivity": 1},
        {"expansion_add": 0},
        {"expansion_search": -1},
        {"unlevelled": -1},
        {"threads": -1},
    ],
)
def test_settings_that_will_not_do(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="an index"):
        ApproximateConfig(**wrong)


def test_the_size_chooses() -> None:
    assert isinstance(index_of(vectors(100)), Exact)
    assert isinstance(index_of(vectors(100), exact_up_to=100), Exact)
    assert isinstance(index_of(vectors(101), exact_up_to=100), Approximate)


CATALOG = catalog()
DATA = interactions(CATALOG)
BRIEF = TrainConfig(epochs=3)
FACTORED: dict[str, Callable[[], Factored]] = {
    "ials": lambda: fit_ials(DATA, IalsConfig(dimensions=6)),
    "item2vec": lambda: fit_item2vec(DATA, Item2VecConfig(8, training=BRIEF)),
    "two-tower": lambda: fit_two_tower(DATA, TwoTowerConfig(8, 16, training=BRIEF)),
    "youtube-dnn": lambda: fit_youtube_dnn(
        DATA, YoutubeDnnConfig(8, (16,), loss=SampledSoftmax(30), training=BRIEF)
    ),
    "sasrec": lambda: fit_sasrec(DATA, SasRecConfig(8, training=BRIEF)),
}
HISTORIES = (
    History.of("item-3", "item-9", "nobody-knows", "item-14"),
    History(("item-3", "item-9", "item-20"), (1.0, -1.0, 0.5)),
    History.of("item-0"),
)


@pytest.mark.parametrize("name", FACTORED)
def test_an_indexed_model_says_what_it_says_without(name: str) -> None:
    model = FACTORED[name]()
    vectors = np.asarray(model.factors)
    mask = np.arange(len(model.item_ids)) % 7 == 0
    for index in (Exact.of(vectors), Approximate.of(vectors, ONE_THREAD)):
        for history in HISTORIES:
            for k, inside in ((10, None), (5, mask), (1000, None), (1000, mask)):
                ours = Indexed(model, index).recommend(history, k, mask=inside)
                wanted = model.recommend(history, k, mask=inside)
                assert ours.item_ids == wanted.item_ids
                assert np.allclose(ours.scores, wanted.scores, atol=1e-4)
                assert ours.sources[0] == {model.name: ours.scores[0]}


def test_of_a_stranger_and_of_nothing_left() -> None:
    model = Indexed.of(FACTORED["sasrec"]())
    assert model.recommend(History(), 5).item_ids == model.model.item_ids[:5]
    nothing = np.zeros(len(CATALOG), dtype=bool)
    assert not len(model.recommend(HISTORIES[0], 5, mask=nothing))
    assert not len(model.recommend(History(), 5, mask=nothing))


def test_a_mask_is_left_as_it_was() -> None:
    mask = np.ones(len(CATALOG), dtype=bool)
    Indexed.of(FACTORED["ials"]()).recommend(HISTORIES[0], 5, mask=mask)
    assert mask.all()


def test_trees_can_be_grown_after_a_graph_was_built() -> None:
    """In a process of its own: the order in which the libraries are loaded is what matters."""
    script = (
        "import numpy as np\n"
        "from classic.retrieve.index import Approximate\n"
        "Approximate.of(np.random.default_rng(0).random((50, 4)))\n"
        "import lightgbm\n"
        "x = np.random.default_rng(1).random((100, 3))\n"
        "lightgbm.train({'verbose': -1}, lightgbm.Dataset(x, x[:, 0]), 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
