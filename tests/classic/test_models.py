"""Every model by name: fitted on a small catalogue, and clear about data it cannot learn from."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.hybrids import FusedConfig, StackedConfig
from classic.memory import TooLarge
from classic.models import MODELS, model_named
from classic.retrieve.hybrid import StackConfig
from classic.retrieve.recommender import Recommender
from classic.signal import fit_signal
from classic.source import Source
from tests.small import catalog, interactions

CATALOG = catalog()
DATA = interactions(CATALOG)


def brief(name: str) -> Any:
    """The settings of a model, trained for one epoch."""
    config = MODELS[name].config
    if isinstance(config, StackedConfig):
        return replace(config, stack=StackConfig(trees=5, pool=20))
    if not hasattr(config, "training"):
        return config
    training = replace(config.training, epochs=1, half_precision=False)
    if isinstance(config, FusedConfig):
        return replace(config, training=training, epochs=(1, 1, 1))
    return replace(config, training=training)


def fitted(name: str, data: Interactions) -> Recommender:
    return MODELS[name].fit(Source(data, CATALOG), brief(name))


@pytest.mark.parametrize("name", MODELS)
def test_every_model_recommends_by_name(name: str) -> None:
    model = fitted(name, DATA)
    found = model.recommend(History.of("item-3", "item-9"), 5)
    assert len(found) == 5
    assert np.isfinite(found.scores).all()
    more = model.recommend(History.of("item-3"), 1000)
    assert len(more) < 1000, "never more than the catalogue has"
    assert len(set(more.item_ids)) == len(more)


@pytest.mark.parametrize("name", MODELS)
def test_data_that_nothing_can_be_learned_from_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="to learn from"):
        fitted(name, DATA.select(np.zeros(len(DATA), dtype=bool)))


@pytest.mark.parametrize("name", MODELS)
def test_one_user_said_twice_and_an_item_never_met(name: str) -> None:
    """A model of one person, whose every event stands there twice: it answers, or says why not."""
    rows = np.flatnonzero(DATA.users == 3)
    try:
        model = fitted(name, DATA.select(np.concatenate([rows, rows])))
    except BadInput as error:
        assert "need" in str(error)
        return
    scores = model.fold_in(History.of("item-3", "item-59"))
    assert np.isfinite(scores).all()


def test_models_of_stars_need_stars() -> None:
    bare = replace(DATA, ratings=None)
    for name, model in MODELS.items():
        if model.by_stars:
            with pytest.raises(BadInput, match="no ratings to learn from"):
                fitted(name, bare)


def test_an_unknown_name_names_those_there_are() -> None:
    with pytest.raises(BadInput, match="no model 'magic'; there are: popularity"):
        model_named("magic")


@pytest.mark.parametrize("worst", [np.nan, np.inf])
def test_a_rating_that_is_no_number_is_refused(worst: float) -> None:
    assert DATA.ratings is not None
    ratings = DATA.ratings.copy()
    ratings[5] = worst
    with pytest.raises(BadInput, match=r"rating .* user-0.* is no number"):
        replace(DATA, ratings=ratings)


def test_a_code_outside_the_ids_is_refused() -> None:
    items = DATA.items.copy()
    items[0] = len(CATALOG)
    with pytest.raises(BadInput, match="outside"):
        replace(DATA, items=items)


def test_ids_may_be_strings_or_large_numbers() -> None:
    """Ids are text; a 64-bit number is itself in text."""
    wide = tuple(str(2**62 + n) for n in range(DATA.n_items))
    data = replace(DATA, item_ids=wide)
    model = fitted("ease", data)
    assert model.recommend(History.of(wide[3]), 1).item_ids[0] in wide


@pytest.mark.parametrize("name", ["ease", "item-knn-stars", "user-knn-stars", "weighted"])
def test_what_does_not_fit_is_refused_before_it_begins(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(
        TooLarge, match=r"needs about 0\.0 GiB of memory and 0\.0 GiB are free: use"
    ):
        fitted(name, DATA)


def test_a_large_catalogue_still_has_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))
    behaviour = fit_signal(CATALOG, DATA).behaviour
    assert behaviour is not None
    assert behaviour.name == "item-knn-cosine"
