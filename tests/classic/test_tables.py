"""Rows of tables: chosen on hold-outs, reported once; and what their files must look like."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.data.benchmarks import read_reczoo, read_sasrec
from classic.errors import BadInput
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.protocol import Trial
from classic.evaluate.ratings import RatingFold, read_folds
from classic.evaluate.suites import TABLES
from classic.evaluate.tables import Entry, Table, run_row
from classic.retrieve.biased_mf import BiasedMfConfig, fit_biased_mf
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.sasrec import SasRecConfig, fit_sasrec
from classic.train.loop import TrainConfig
from llmrec.evaluate.classic import measure
from tests.small import catalog, interactions

DATA = interactions(catalog())
BRIEF = TrainConfig(epochs=2, look_every=1)


def table(entry: Entry, choose_by: str = "ndcg@10/full", lower: bool = False) -> Table:
    shown = (choose_by,)
    return Table("small", "-", ("-",), lambda _: (), {"m": entry}, choose_by, shown, 10, lower)


def ranking_trial() -> Trial:
    whole = leave_last_out(DATA)
    return Trial((leave_last_out(DATA, before=1),), (whole, whole.with_seen()))


def test_the_configuration_is_chosen_inside_training() -> None:
    said: list[str] = []
    entry = Entry(fit_ease, grid=(EaseConfig(l2=1.0), EaseConfig(l2=1e9)))
    row = run_row("m", table(entry), [ranking_trial()], said.append)
    tried = [line for line in said if "on the hold-outs" in line]
    best = max(tried, key=lambda line: float(line.split()[-4]))
    assert len(tried) == 2
    assert row.config in best
    assert set(row.metrics) >= {"ndcg@10/full", "ndcg@10/full+seen"}
    low, high = row.intervals["ndcg@10/full"]
    assert low <= row.metrics["ndcg@10/full"] <= high


def test_a_watched_model_never_trains_on_the_report() -> None:
    trained: list[int] = []

    def fit(data, config, watch, say):  # type: ignore[no-untyped-def]
        trained.append(len(data))
        return fit_sasrec(data, config, watch, say)

    config = SasRecConfig(dimensions=8, blocks=1, length=6, training=BRIEF)
    trial = ranking_trial()
    row = run_row("m", table(Entry(watched=fit, grid=(config,), seeds=(0, 1))), [trial], len)
    assert trained == [len(trial.inside[0].train)] * 2
    assert row.seeds == (0, 1)
    assert row.spread["ndcg@10/full"] >= 0.0


def test_refitting_takes_all_of_training_for_the_best_number_of_epochs() -> None:
    trained: list[tuple[int, int, bool]] = []

    def fit(data, config, watch, say):  # type: ignore[no-untyped-def]
        trained.append((len(data), config.training.epochs, watch is not None))
        return fit_sasrec(data, config, watch, say)

    training = replace(BRIEF, epochs=30, patience=2, learning_rate=0.1)
    config = SasRecConfig(dimensions=8, blocks=1, length=6, training=training)
    trial = ranking_trial()
    run_row("m", table(Entry(watched=fit, grid=(config,), seeds=(0, 1), refit=True)), [trial], len)
    (inside, _, watched), (whole, epochs, again), other = trained
    assert other == (whole, epochs, again)
    assert (inside, whole) == (len(trial.inside[0].train), len(trial.train))
    assert (watched, again) == (True, False)
    assert 1 <= epochs < 30


def test_lower_is_better_for_errors() -> None:
    fold = RatingFold(DATA, DATA)
    good, bad = BiasedMfConfig(4, 0.01, 16), BiasedMfConfig(4, 1e4, 16)
    grid = tuple(BiasedMfConfig(c.dimensions, c.l2, 16, BRIEF) for c in (bad, good))
    entry = Entry(watched=fit_biased_mf, grid=grid)
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


def test_every_entry_can_be_measured_one_way() -> None:
    for name, found in TABLES.items():
        for model, entry in found.entries.items():
            assert (entry.fit is None) != (entry.watched is None), (name, model)


def test_what_is_unknown_is_named() -> None:
    for table_name, models, wanted in (("t9", [], "t9"), ("t1", ["nobody"], "nobody")):
        with pytest.raises(BadInput, match=wanted):
            measure(table_name, models, None, len)
