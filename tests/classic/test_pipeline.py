"""The pipeline: limits hold, sources add up, evidence matters, moves move, the dial varies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.interactions import History
from classic.data.item import ATTRIBUTES
from classic.errors import BadInput
from classic.filters import allowed
from classic.hybrids import StackedConfig
from classic.models import MODELS
from classic.pipeline import PIPELINES
from classic.query import Constraints, Query
from classic.retrieve.hybrid import StackConfig
from classic.source import Source
from tests.small import catalog, interactions, pipeline

CATALOG = catalog()
PIPELINE = pipeline("hybrid", CATALOG)
HISTORY = History(("item-3", "item-6", "item-10"), (1.0, 1.0, -1.0))

queries = st.builds(
    Query,
    history=st.lists(st.sampled_from(CATALOG.ids), max_size=5, unique=True).map(
        lambda ids: History.of(*ids)
    ),
    constraints=st.builds(
        Constraints,
        year_min=st.none() | st.integers(1930, 2000),
        not_genres=st.sampled_from([(), ("Drama",), ("Comedy", "War")]),
        runtime_max=st.none() | st.integers(80, 200),
    ),
    anchors=st.lists(st.sampled_from(CATALOG.ids), max_size=2, unique=True).map(tuple),
    text=st.sampled_from(["", "a story about thing 3"]),
    diversity=st.floats(0, 1),
    k=st.integers(1, 12),
)


@settings(max_examples=80, deadline=None)
@given(queries)
def test_limits_hold_and_sources_add_up(query: Query) -> None:
    found = PIPELINE.recommend(query)
    mask = allowed(CATALOG, query.constraints)
    assert len(found) == min(query.k, int(mask.sum()))
    assert all(mask[CATALOG.row(i)] for i in found.item_ids)
    for score, sources in zip(found.scores, found.sources, strict=True):
        assert score == pytest.approx(sum(sources.values()))


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pipeline_answers_the_same_way_twice(name: str) -> None:
    built = pipeline(name, CATALOG)
    first, again = (built.recommend(Query(HISTORY)).item_ids for _ in range(2))
    assert first == again
    assert len(first) == 10


@pytest.mark.parametrize("name", ["ials", "pixie", "popularity", "item-knn-cosine", "stacked"])
def test_any_model_can_speak_for_behaviour(name: str) -> None:
    """Its order is the list's where nothing else speaks, and its parts add up to its score."""
    likes = interactions(CATALOG)
    small = StackedConfig(stack=StackConfig(pool=30, trees=20))
    config = small if name == "stacked" else None
    model = MODELS[name].fit(Source(likes, CATALOG), config)
    built = pipeline(name, CATALOG, model)
    rows = np.arange(len(CATALOG))
    behaviour = built.ranker.behaviour
    assert behaviour is not None
    parts = list(behaviour.pulls(HISTORY, rows))
    total = np.sum([part for _, part in parts], axis=0)
    new = [i for i in CATALOG.ids if i not in HISTORY.item_ids]
    best = model.recommend(HISTORY, 5).scores
    places = CATALOG.rows(new)
    found = [new[n] for n in np.argsort(-total[places], kind="stable")[:5]]
    if name != "item-knn-cosine":  # each of its neighbours speaks on a scale of its own
        own = dict(zip(model.item_ids, model.fold_in(HISTORY), strict=True))
        assert np.allclose([own[i] for i in found], best)
    scored = built.recommend(Query(HISTORY))
    for score, sources in zip(scored.scores, scored.sources, strict=True):
        assert score == pytest.approx(sum(sources.values()))


@pytest.mark.parametrize("name", ["ials", "pixie", "item-knn-cosine"])
def test_behaviour_retrieves_what_its_model_recommends(name: str) -> None:
    model = MODELS[name].fit(Source(interactions(CATALOG), CATALOG))
    behaviour = pipeline("behaviour", CATALOG, model).ranker.behaviour
    assert behaviour is not None
    inside = np.arange(len(CATALOG)) % 2 == 0
    inside[CATALOG.rows(HISTORY.item_ids)] = False
    ids = set(np.array(CATALOG.ids)[inside])
    mask = np.array([i in ids for i in model.item_ids])
    found = behaviour.best(HISTORY, 7, inside)
    assert [CATALOG.ids[row] for row in found] == list(
        model.recommend(HISTORY, 7, mask=mask).item_ids
    )
    assert not len(behaviour.best(History.of("nobody-knows"), 7, inside))


def test_unknown_pipeline_names_those_that_exist() -> None:
    with pytest.raises(BadInput, match="hybrid, behaviour, content, popularity"):
        pipeline("magic", CATALOG)


def test_taking_the_strongest_reason_away_lowers_the_score() -> None:
    """Faithfulness, on every top item: without what is cited the item scores less."""
    query = Query(HISTORY, diversity=0.0)
    found = PIPELINE.recommend(query)
    for item_id, score, sources in zip(found.item_ids, found.scores, found.sources, strict=True):
        cited = max(
            (s for s in sources if s.startswith(("neighbour:", "content:"))),
            key=sources.__getitem__,
        )
        without = Query(HISTORY.without(cited.partition(":")[2]))
        assert PIPELINE.score(without, (item_id,)).scores[0] < score


@pytest.mark.parametrize("attribute", ["age", "length", "lightness", "fame"])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_move_moves_the_list(attribute: str, direction: int) -> None:
    before = PIPELINE.recommend(Query(HISTORY, diversity=0.0))
    moved = Query(
        HISTORY, diversity=0.0, moves={attribute: float(direction)}, reference=before.item_ids
    )
    column = CATALOG.attributes[:, ATTRIBUTES.index(attribute)]
    mean = [
        np.nanmean(column[CATALOG.rows(c.item_ids)]) for c in (before, PIPELINE.recommend(moved))
    ]
    assert (mean[1] - mean[0]) * direction > 0


def test_the_dial_trades_relevance_for_difference() -> None:
    content = PIPELINE.ranker.content

    def likeness(diversity: float) -> float:
        rows = CATALOG.rows(PIPELINE.recommend(Query(HISTORY, diversity=diversity)).item_ids)
        alike = content.similarity(rows, rows)
        return float(alike[np.triu_indices(len(rows), 1)].mean())

    assert likeness(0.9) < likeness(0.0)


def test_trace_counts_every_stage() -> None:
    _, steps = PIPELINE.trace(Query(HISTORY, constraints=Constraints(year_min=1980)))
    assert [s.name for s in steps] == ["retrieve", "pre-rank", "rank", "rerank"]
    assert steps[0].n_in == len(CATALOG)
    assert all(s.n_out <= s.n_in for s in steps)


def test_wall_is_varied_and_the_question_splits() -> None:
    wall = PIPELINE.wall(Query(), 9)
    assert len(set(wall.item_ids)) == 9
    assert PIPELINE.wall(Query(), 9, seed=1).item_ids != wall.item_ids
    split = PIPELINE.question(Query())
    assert split is not None
    assert len(split.values) == 4
    assert PIPELINE.question(Query(constraints=Constraints(year_min=2024))) is None


def test_rating_is_predicted_from_neighbours_or_not_at_all() -> None:
    assert PIPELINE.ratings is not None
    rated = CATALOG.ids[int(np.flatnonzero(np.isfinite(PIPELINE.ratings.means))[0])]
    guess = PIPELINE.ratings.predict(HISTORY, rated)
    assert guess is not None
    assert guess.low <= guess.stars <= guess.high
    assert PIPELINE.ratings.predict(HISTORY, "unknown") is None
