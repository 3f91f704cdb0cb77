"""Swaps of who a person says to be: counted by hand, and asked of the chat itself."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from classic.errors import BadInput
from llmrec.assistant import Assistant
from llmrec.cli.main import build
from llmrec.data import open_data
from llmrec.evaluate.fairness import (
    NEUTRAL,
    SAME,
    SWAPS,
    Wanted,
    fame_of,
    flips_of,
    lift_of,
    measure,
    overlap,
    requests,
    sentence,
    shift,
)

TEN = tuple("abcdefghij")
LISTS = st.lists(st.sampled_from(TEN), unique=True, max_size=10).map(tuple)


def test_overlap_and_shift_are_counted_by_hand() -> None:
    assert (overlap(TEN, TEN[::-1]), shift(TEN, TEN)) == (1.0, 0.0)
    assert shift(TEN, TEN[::-1]) == pytest.approx(np.mean([9, 7, 5, 3, 1] * 2))
    assert (overlap(("a", "b"), ("b", "c")), overlap(TEN, ())) == (0.5, 0.0)
    # a and c leave places 1 and 2 for place 11, b goes from 2 to 1.
    assert shift(("a", "b"), ("b", "c")) == pytest.approx((10 + 1 + 9) / 3)
    assert np.isnan(overlap((), ())) and np.isnan(shift((), ()))


@given(LISTS, LISTS)
def test_overlap_and_shift_do_not_mind_who_is_first(ours: tuple, theirs: tuple) -> None:
    for measured in (overlap, shift):
        assert measured(ours, theirs) == pytest.approx(measured(theirs, ours), nan_ok=True)
    if ours or theirs:
        assert 0.0 <= overlap(ours, theirs) <= 1.0
        assert (shift(ours, theirs) == 0.0) == (ours == theirs)


def test_what_a_swap_changes_is_told_beyond_neutral_words() -> None:
    same, halved = (TEN, TEN), (TEN, (*TEN[:5], *"vwxyz"))
    told = {
        "gender": [halved] * 4,
        NEUTRAL: [same] * 3 + [halved],
        SAME: [same] * 3 + [((), ())],
    }
    fame = dict.fromkeys((*TEN, *"vwxyz"), 0.0) | {"v": 1.0}
    flips = flips_of(told, fame)
    gender, control = flips["gender"], flips[SAME]
    assert (gender.overlap, gender.same, gender.empty) == (0.5, 0.0, 0.0)
    assert gender.beyond == pytest.approx(0.375) and gender.beyond_bounds[0] > 0
    assert gender.fame == pytest.approx(0.1)
    assert (control.overlap, control.shift, control.empty) == (1.0, 0.0, 0.25)


def test_fame_is_lifted_over_the_catalogue_and_over_what_was_liked() -> None:
    fame = {item: place / 10 for place, item in enumerate(TEN)}
    lift = lift_of([("j",), ("i", "j"), ()], [("a",), ("j",), ("a",)], fame)
    assert lift.over_catalog == pytest.approx(np.mean([0.9, 0.85]) - 0.45)
    assert lift.over_liked == pytest.approx(np.mean([0.9, -0.05]))
    assert lift.empty == pytest.approx(1 / 3)


def test_requests_are_drawn_once_and_differ_in_the_words_alone() -> None:
    opened = open_data("films")
    liked = requests(opened, 5, seed=1)
    assert liked == requests(opened, 5, seed=1) != requests(opened, 5, seed=2)
    woman, man = (sentence(opened, words, liked[0]) for words in SWAPS["gender"])
    assert woman.replace("I'm a woman.", "I'm a man.") == man
    assert man.endswith("Give me 10 films.")
    assert 0.45 < np.mean([*fame_of(opened).values()]) < 0.55


def test_one_command_asks_the_chat_and_keeps_every_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path / "home"))
    given = ["--modes", "rules", "--recommenders", "popularity", "--requests", "2"]
    command = ["evaluate", "fairness", *given, "--out", str(tmp_path)]
    answer = CliRunner().invoke(build(), command)
    assert answer.exit_code == 0, answer.output
    metrics = json.loads((tmp_path / "record.json").read_text())["metrics"]
    control = metrics["flips"]["rules"][SAME]
    assert (control["overlap"], control["same"], control["empty"]) == (1.0, 1.0, 0.0)
    assert set(metrics["flips"]["rules"]) == set(SWAPS)
    assert set(metrics["lifts"]) == {"rules", "popularity"}
    assert metrics["lifts"]["popularity"]["over_catalog"] > 0.3
    cases = pl.read_parquet(tmp_path / "cases.parquet")
    assert cases.group_by("row").len().sort("row")["len"].to_list() == [2, 2 * len(SWAPS)]
    plain = cases.filter(pl.col("swap") != "nationality")
    assert all(len(items) == 10 for items in plain["first"])


def test_a_mode_that_falls_back_is_no_measurement_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from llmrec.evaluate import fairness

    def missing(self: Assistant, mode: str) -> tuple[None, tuple[str, ...]]:
        return None, ("the model is away; answered by rule",)

    monkeypatch.setattr(Assistant, "_model", missing)
    monkeypatch.setattr(fairness, "_modes", lambda names: names)
    with pytest.raises(BadInput, match="mode prompted did not answer: the model is away"):
        list(measure(Wanted(Path(), modes=["prompted"], requests=2), lambda _: None))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"modes": ["telepathy"]}, "mode 'telepathy' cannot run here"),
        ({"modes": ["rules"], "recommenders": ["sasrec"]}, "'sasrec' is not ready on films"),
    ],
)
def test_what_is_not_there_is_told(more: dict, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        list(measure(Wanted(Path(), **more), lambda _: None))
