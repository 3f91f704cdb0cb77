"""Rows of tables: chosen on hold-outs, reported once; and what their files must look like."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classic.data.benchmarks import films_of, read_reczoo, read_sasrec
from classic.data.catalog import UNKNOWN
from classic.data.datasets import names
from classic.errors import BadInput
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.protocol import Trial
from classic.evaluate.ratings import RatingFold, read_folds
from classic.evaluate.suites import TABLES
from classic.evaluate.tables import Entry, Table, run_row
from classic.evaluate.task_tables import TaskEntry
from classic.models import MODELS
from classic.rank.rankers import RANKERS
from classic.retrieve.biased_mf import BiasedMfConfig
from classic.retrieve.ease import EaseConfig
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.source import Source
from classic.train.loop import TrainConfig
from llmrec.evaluate.classic import measure
from tests.small import catalog, interactions

DATA = interactions(catalog())
BRIEF = TrainConfig(epochs=2, look_every=1)


def table(entry: Entry, choose_by: str = "ndcg@10/full", lower: bool = False) -> Table:
    shown = (choose_by,)
    entries = {"m": entry, "popularity": Entry("popularity")}
    baseline = "" if lower else "popularity"
    found = Table("small", "-", ("-",), lambda _: (), entries, choose_by, shown, 10, lower)
    return replace(found, baseline=baseline)


def ranking_trial() -> Trial:
    whole = leave_last_out(DATA)
    return Trial((leave_last_out(DATA, before=1),), (whole, whole.with_seen()))


def test_the_configuration_is_chosen_inside_training() -> None:
    said: list[str] = []
    entry = Entry("ease", (EaseConfig(l2=1.0), EaseConfig(l2=1e9)))
    row = run_row("m", table(entry), [ranking_trial()], said.append)
    tried = [line for line in said if "on the hold-outs" in line]
    best = max(tried, key=lambda line: float(line.split()[-4]))
    assert len(tried) == 2
    assert row.config in best
    assert set(row.metrics) >= {"ndcg@10/full", "ndcg@10/full+seen"}
    low, high = row.intervals["ndcg@10/full"]
    assert low <= row.metrics["ndcg@10/full"] <= high


Call = tuple[int, int, bool]


@pytest.fixture
def sequences(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What `sasrec` is fitted with: events, epochs, and whether it is watched."""
    calls: list[Call] = []

    def fit(source: Source, config: Any, watch: Any, say: Any) -> Any:
        calls.append((len(source.likes), config.training.epochs, watch is not None))
        return fit_sasrec(source.likes, config, watch, say)

    monkeypatch.setitem(MODELS, "sasrec", replace(MODELS["sasrec"], fitted=fit))
    return calls


SMALL = SasRecConfig(dimensions=8, blocks=1, length=6, training=BRIEF)


def test_a_watched_model_never_trains_on_the_report(sequences: list[Call]) -> None:
    trial = ranking_trial()
    entry = Entry("sasrec", (SMALL,), epochs="watched", seeds=(0, 1))
    row = run_row("m", table(entry), [trial], len)
    assert sequences == [(len(trial.inside[0].train), 2, True)] * 2
    assert row.seeds == (0, 1)
    assert row.spread["ndcg@10/full"] >= 0.0


def test_refitting_takes_all_of_training_for_the_best_number_of_epochs(
    sequences: list[Call],
) -> None:
    training = replace(BRIEF, epochs=30, patience=2, learning_rate=0.1)
    trial = ranking_trial()
    entry = Entry("sasrec", (replace(SMALL, training=training),), "refitted", seeds=(0, 1))
    run_row("m", table(entry), [trial], len)
    (inside, _, watched), (whole, epochs, again), other = sequences
    assert other == (whole, epochs, again)
    assert (inside, whole) == (len(trial.inside[0].train), len(trial.train))
    assert (watched, again) == (True, False)
    assert 1 <= epochs < 30


def test_a_model_reads_what_the_table_knows_of_the_items() -> None:
    whole = leave_last_out(DATA)
    for known, wanted in ((catalog(), None), (UNKNOWN, "nothing is known")):
        trial = Trial((leave_last_out(DATA, before=1),), (whole,), known)
        if wanted is None:
            assert run_row("m", table(Entry("content")), [trial], len).config == "None"
            continue
        with pytest.raises(BadInput, match=wanted):
            run_row("m", table(Entry("content")), [trial], len)


def test_lower_is_better_for_errors() -> None:
    fold = RatingFold(DATA, DATA)
    good, bad = BiasedMfConfig(4, 0.01, 16), BiasedMfConfig(4, 1e4, 16)
    grid = tuple(BiasedMfConfig(c.dimensions, c.l2, 16, BRIEF) for c in (bad, good))
    entry = Entry("biased-mf-adam", grid, epochs="watched")
    trial = Trial((fold.validation(),), (fold,))
    row = run_row("m", table(entry, "rmse/ratings", lower=True), [trial, trial], len)
    assert f"l2={good.l2}" in row.config
    assert np.isclose(row.metrics["rmse/ratings"], np.sqrt(row.cases["rmse/ratings"].mean()))
    assert len(row.cases["rmse/ratings"]) == 2 * len(fold.test)


def test_files_that_are_not_what_they_should_be(tmp_path: Path) -> None:
    path = tmp_path / "ml-1m.txt"
    with pytest.raises(BadInput, match="not there"):
        read_sasrec(path)
    path.write_text("1 2\n1 three\n", "utf-8")
    with pytest.raises(BadInput, match="three"):
        read_sasrec(path)
    for name, rows in (("train", [[1, 2]]), ("test", [[1], [2]])):
        (tmp_path / name).write_text(json.dumps(rows), "utf-8")
    with pytest.raises(BadInput, match="1 users"):
        read_reczoo(tmp_path / "train", tmp_path / "test")
    (tmp_path / "test").write_text('[["x"]]', "utf-8")
    with pytest.raises(BadInput, match="whole numbers"):
        read_reczoo(tmp_path / "train", tmp_path / "test")
    (tmp_path / "u1.base").write_text("1\t2\t3\n", "utf-8")
    with pytest.raises(BadInput, match="seconds"):
        read_folds(tmp_path, (("u1.base", "u1.base"),))


def test_reading_what_is_right(tmp_path: Path) -> None:
    (tmp_path / "ml-1m.txt").write_text("1 2\n1 1\n2 3\n", "utf-8")
    data = read_sasrec(tmp_path / "ml-1m.txt")
    assert (data.n_users, data.n_items, data.items.tolist()) == (2, 3, [1, 0, 2])
    (tmp_path / "train").write_text("[[0, 2], [1]]", "utf-8")
    (tmp_path / "test").write_text("[[1], []]", "utf-8")
    train, test = read_reczoo(tmp_path / "train", tmp_path / "test")
    assert train.matrix.shape == test.matrix.shape == (2, 3)


def test_every_row_is_a_model_and_its_settings() -> None:
    for name, found in TABLES.items():
        for row, entry in found.entries.items():
            for config in getattr(entry, "grid", ()):
                assert type(config) is type(_kind_of(entry).config), (name, row)


def _kind_of(entry: Any) -> Any:
    if isinstance(entry, TaskEntry):
        return RANKERS["mmoe"]
    return MODELS[entry.model] if isinstance(entry, Entry) else RANKERS[entry.ranker]


def test_what_is_unknown_is_named() -> None:
    for table_name, models, wanted in (("t9", [], "t9"), ("t1", ["nobody"], "nobody")):
        with pytest.raises(BadInput, match=wanted):
            measure(table_name, models, None, len)


def test_films_take_the_numbers_of_a_benchmark(tmp_path: Path) -> None:
    numbers = tmp_path / "map.txt"
    assert films_of(numbers, " ") is UNKNOWN
    if "ml-1m" not in names():
        pytest.skip("needs the data set ml-1m")
    numbers.write_text("1 1193\n2 661\n3 no-film\n", "utf-8")
    found = films_of(numbers, " ")
    assert [(i.item_id, i.title) for i in found] == [
        ("0", "One Flew Over the Cuckoo's Nest"),
        ("1", "James and the Giant Peach"),
    ]
