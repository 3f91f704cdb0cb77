"""Settings searched on a hold-out: never worse there than what it began with, and resumable."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from classic.errors import BadInput
from classic.models import MODELS
from classic.retrieve.ease import EaseConfig
from classic.retrieve.ials import IalsConfig
from classic.source import Source
from classic.trained import folder_of, train_model
from classic.tuning import SPACES, tuned
from tests.small import catalog, interactions

CATALOG = catalog()


def closeness(config: EaseConfig) -> float:
    """Best at l2 = 100 and no dropout."""
    return -abs(config.l2 - 100.0) - 50.0 * config.dropout


@pytest.mark.parametrize("name", SPACES)
def test_every_searched_setting_is_one_of_the_model(name: str) -> None:
    config: Any = MODELS[name].config
    for path in SPACES[name]:
        part, _, setting = path.rpartition(".")
        assert setting in {f.name for f in fields(getattr(config, part) if part else config)}


def test_the_search_starts_from_what_it_is_given_and_finds_better(tmp_path: Path) -> None:
    said: list[str] = []
    begun = EaseConfig(l2=900.0)
    found = tuned("ease", begun, closeness, 30, tmp_path, said.append)
    assert "trial 1 of 30: -800.0000" in said[0]
    assert closeness(found) > -200.0
    assert tuned("ease", EaseConfig(l2=100.0), closeness, 3, tmp_path / "b", said.append).l2 == 100


def test_a_search_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    tuned("ease", EaseConfig(), closeness, 4, tmp_path, lambda _: None)
    said: list[str] = []
    tuned("ease", EaseConfig(), closeness, 6, tmp_path, said.append)
    assert said[0] == "  goes on after 4 trials"
    assert len(said) == 3


def test_a_search_that_was_cut_off_in_its_first_trial_still_starts_from_what_it_is_given(
    tmp_path: Path,
) -> None:
    def cut(_: EaseConfig) -> float:
        raise KeyboardInterrupt

    begun = EaseConfig(l2=100.0)
    with pytest.raises(KeyboardInterrupt):
        tuned("ease", begun, cut, 2, tmp_path, lambda _: None)
    assert tuned("ease", begun, closeness, 1, tmp_path, lambda _: None) == begun


def test_a_size_of_its_own_may_be_where_it_starts(tmp_path: Path) -> None:
    begun = IalsConfig(dimensions=48)
    found = tuned("ials", begun, lambda c: -abs(c.dimensions - 48), 3, tmp_path, lambda _: None)
    assert found.dimensions == 48


def test_training_tunes_first_and_keeps_what_it_found() -> None:
    source = Source(interactions(CATALOG), CATALOG)
    said: list[str] = []
    done = train_model(
        folder_of("small", "ease"), "ease", source, EaseConfig(l2=5000.0), said.append, trials=5
    )
    tried = [float(line.split(": ")[1].split()[0]) for line in said if "trial" in line]
    assert len(tried) == 5
    assert f"tuned: {done.config}" in said
    assert (done.config == EaseConfig(l2=5000.0)) == (max(tried) == tried[0])
    assert not list(folder_of("small", "ease").glob("unfinished*"))


def test_a_model_without_settings_cannot_be_tuned(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="popularity has no settings to tune; these have: user-knn"):
        tuned("popularity", None, closeness, 2, tmp_path, lambda _: None)
