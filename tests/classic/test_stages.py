"""Retrieve, pre-rank, rank, re-rank: what each passes on, and the table that takes them apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

from classic.data.catalog import Catalog
from classic.data.histories import Histories, histories_of
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking, leave_last_out
from classic.evaluate.stage_tables import (
    WAYS,
    StagesEntry,
    StagesTable,
    Way,
    reranked_by,
    walked,
)
from classic.rank.fit_staged import _drawn, _held_apart, distilled, fit_staged, settings_of
from classic.rank.light import Light, LightConfig
from classic.rank.rankers import NETS
from classic.rank.staged import Pool, Staged
from classic.rerank.unpopular import PopularityCorrected
from classic.retrieve.sasrec import SasRecConfig
from classic.train.line import choice_weights, log_shares
from classic.train.loop import TrainConfig
from tests.small import catalog, interactions

CATALOG = catalog()
EVENTS = interactions(CATALOG)
BRIEF = TrainConfig(3, clip=None, warm_up_steps=0)
STAGES: dict[str, Any] = {
    "sequence": SasRecConfig(dimensions=8, length=10, training=replace(BRIEF, half_precision=True)),
    "pool": 20,
    "kept": 12,
}


@pytest.fixture(scope="module")
def model() -> Staged:
    settings = replace(settings_of(NETS["deepfm"], **STAGES), training=BRIEF)
    return fit_staged("deepfm", EVENTS, CATALOG, NETS["deepfm"].built, settings)


@pytest.fixture(scope="module")
def people() -> Histories:
    return histories_of(EVENTS).block(0, 9)


def test_the_best_of_everybody() -> None:
    given = Histories(np.zeros(0, int), np.zeros(4, int), np.zeros(0), 9)
    owner, items = np.array([2, 0, 2, 0, 2]), np.array([1, 2, 3, 4, 5])
    pool = Pool(given, np.zeros((1, 3, 9)), owner, items, np.array([0.5, 1.0, 0.7, 2.0, 0.5]))
    assert pool.lists(2).tolist() == [[4, 2], [-1, -1], [3, 1]], "ties go by row"
    assert pool.best(1).items.tolist() == [4, 3]
    assert len(pool.best(9)) == len(pool)


def test_each_stage_passes_on_some_of_what_it_was_given(model: Staged, people: Histories) -> None:
    stage = PopularityCorrected(CATALOG, np.zeros(len(CATALOG)))
    last = reranked_by(stage, model.item_ids, 0.5)
    given = dict(walked(model, people, last, Way()))
    retrieved, kept, ranked = (given[name] for name in ("retrieve", "pre-rank", "rank"))
    assert isinstance(retrieved, Pool) and isinstance(kept, Pool) and isinstance(ranked, Pool)
    met = people.matrix.toarray() != 0
    for person in range(len(people)):
        sets = [set(p.items[p.people == person]) for p in (retrieved, kept, ranked)]
        assert len(sets[1]) == min(12, len(sets[0])) and sets[1] <= sets[0]
        assert sets[2] == sets[1], "fifty are fewer than were kept"
        assert not met[person, list(sets[0])].any()
    # Nothing is popular here, so the last stage leaves the ranker's order as it is.
    assert np.array_equal(given["re-rank"], ranked.lists(10))


def test_the_model_shows_what_its_stages_say(model: Staged, people: Histories) -> None:
    ranked = model.ranked(model.pre_ranked(model.retrieved(people)).best(model.kept))
    scores = model.fold_in_rows(people)
    assert np.array_equal(model.recommend_rows(people, 5), ranked.lists(5))
    inside = np.zeros(scores.shape, dtype=bool)
    inside[ranked.people, ranked.items] = True
    assert (scores[~inside] < 0).all() and (scores[inside] > 0).all()


@pytest.mark.parametrize("name", WAYS)
def test_every_way_shows_what_was_not_met(model: Staged, people: Histories, name: str) -> None:
    last = reranked_by(PopularityCorrected(CATALOG, np.zeros(60)), model.item_ids, 0.5)
    *_, (_, lists) = walked(model, people, last, WAYS[name])
    assert isinstance(lists, np.ndarray)
    assert lists.shape == (len(people), 10)
    met = people.matrix.toarray() != 0
    for person, own in enumerate(lists):
        shown = own[own >= 0]
        assert len(set(shown)) == len(shown) and not met[person, shown].any()


def test_the_pre_ranker_comes_nearer_to_the_ranker_than_the_line(
    model: Staged, people: Histories
) -> None:
    """Of a ranker that speaks up: what it learned here, of what is liked at random, is little."""
    loud = (1.0, 20.0)
    pool = model.retrieved(people)
    numbers = model._numbers(pool)
    odds = model.items.odds(numbers, pool.people)
    pairs = pool.people, pool.items, numbers, np.zeros(len(pool)), odds, model.length
    settings = replace(settings_of(NETS["deepfm"], **STAGES), training=replace(BRIEF, epochs=30))
    examples = model.items.pairs(people, *pairs)
    light = distilled(model.net, np.array(loud), examples, model.items.layout, settings)
    model = replace(model, light=light, trust=loud)
    wanted = expit(model.ranked(pool).scores)
    line, ours = expit(odds), expit(model.pre_ranked(pool).scores)
    assert np.abs(line - wanted).mean() > 1e-3
    assert np.abs(ours - wanted).mean() < 0.7 * np.abs(line - wanted).mean()


def test_weights_of_choice_are_those_that_chose() -> None:
    """Choices drawn from a softmax; the oracle is that softmax's own likelihood, by L-BFGS."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(2000), rng.integers(2, 9, 2000))
    x = rng.normal(size=(len(owner), 3))
    x[:, 2] = owner % 7  # What all candidates share.
    loud = x @ [1.5, -0.7, 0.0] + rng.gumbel(size=len(owner))
    best = np.lexsort((loud, owner))[np.flatnonzero(np.diff(owner, append=-1))]
    chosen = np.zeros(len(owner), dtype=bool)
    chosen[best] = True

    def missed(w: np.ndarray) -> float:
        return -float(log_shares(x @ w, owner)[chosen].sum())

    found = choice_weights(x, owner, chosen)
    assert np.allclose(found, minimize(missed, np.zeros(3)).x, atol=0.02)
    assert np.allclose(found, [1.5, -0.7, 0.0], atol=0.1)
    assert np.allclose(np.bincount(owner, np.exp(log_shares(x @ found, owner))), 1.0)


def test_drawing_fewer_candidates_raises_the_odds_of_what_is_wanted() -> None:
    people, labels = np.repeat([0, 1, 4], [5, 2, 9]), np.zeros(16, dtype=bool)
    labels[[3, 6, 15]] = True
    drawn, rarer = _drawn(people, labels, 3, np.random.default_rng(0))
    assert np.bincount(people[drawn]).tolist() == [4, 2, 0, 0, 4]
    assert labels[drawn].sum() == 3
    assert np.allclose(np.exp(rarer[[0, 5, 7]]), [4 / 3, 1.0, 8 / 3])


def test_some_histories_are_held_apart_whole() -> None:
    people = np.repeat(np.arange(3, 53), 4)
    held = _held_apart(people)
    assert set(people[held]) == {3, 4, 5, 6, 7}
    assert _held_apart(np.array([1, 1, 8])).tolist() == [True, True, False]
    with pytest.raises(BadInput, match="more data"):
        _held_apart(np.array([2, 2]))


def test_one_product_is_what_the_net_says(model: Staged, people: Histories) -> None:
    """With the items' vectors made once, and without: the same."""
    pool = model.retrieved(people)
    told = model._numbers(pool)
    odds = model.items.odds(told, pool.people)
    own = model.items.pairs(people, pool.people, pool.items, told, np.zeros(len(pool)), odds, 50)
    slow = model.light.logits(own)[:, 0] + model.trust[0] * own.offsets
    assert np.allclose(model.pre_ranked(pool).scores, slow, atol=1e-4)


def test_who_did_nothing_has_gradients_that_are_numbers(model: Staged) -> None:
    nobody = Histories(np.zeros(0, int), np.zeros(3, int), np.zeros(0), len(model.item_ids))
    light = Light(model.items.layout, LightConfig(), 50)
    batch = model.items.behaviours(nobody, 50)
    light.loss(batch).backward()  # type: ignore[no-untyped-call]
    assert light.recency.grad is not None and torch.isfinite(light.recency.grad).all()
    assert np.isfinite(model.fold_in_rows(nobody)).all()


def test_people_that_nothing_is_asked_of_are_left_out() -> None:
    asked = leave_last_out(EVENTS)
    some = np.arange(asked.held_out.shape[0]) % 3 == 0
    held_out = sparse.csr_matrix(asked.held_out.toarray() & some[:, None])
    fewer = replace(asked, held_out=held_out)
    alone = fewer.of_asked()
    assert len(alone.given) == some.sum() == len(alone.asked)
    popular = np.tile(np.arange(10), (len(some), 1))
    for metric, values in fewer.judged(popular, 10).items():
        assert np.array_equal(values, alone.judged(popular[some], 10)[metric])


def test_a_row_from_end_to_end(tmp_path: Path) -> None:
    def read(_: Path) -> tuple[FullRanking, Catalog]:
        return leave_last_out(EVENTS), CATALOG

    entries = {"din": StagesEntry("din", seeds=(0, 1))}
    stages = {**STAGES, "length": 10, "people": 20}
    shown = ("ndcg@10/re-rank", "recall@12/pre-rank")
    table = StagesTable("small", "-", ("-",), read, entries, stages, shown=shown)
    said: list[str] = []
    row = table.run("din", tmp_path, said.append)
    assert row.metrics["recall@1000/retrieve"] >= row.metrics["recall@12/pre-rank"]
    assert row.metrics["recall@12/pre-rank"] >= row.metrics["recall@50/rank"]
    assert set(WAYS) < set(row.slices) and "sasrec alone" in row.slices
    best = max(v["ndcg@10"] for name, v in row.slices.items() if name.endswith("alone"))
    whole = row.slices["all stages"]
    assert whole["gain"] == pytest.approx(whole["ndcg@10"] - best)
    assert row.gains["ndcg@10/re-rank"] == (whole["gain"], (whole["low"], whole["high"]))
    assert set(row.beyond) == {"ms/retrieve", "ms/pre-rank", "ms/rank", "ms/re-rank"}
    assert all(0 < v["p50 ms"] <= v["p95 ms"] for v in row.slices.values())
