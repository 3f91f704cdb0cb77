"""Training by name: measured without what it is measured on, kept, opened again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.data.interactions import History
from classic.errors import BadInput
from classic.models import MODELS
from classic.source import Source
from classic.trained import folder_of, is_trained, open_trained, train_model
from tests.small import catalog, interactions

CATALOG = catalog()
SOURCE = Source(interactions(CATALOG), CATALOG)
BRIEF = replace(MODELS["gru"].config.training, epochs=4, look_every=1, half_precision=False)


def test_a_trained_model_is_opened_by_name() -> None:
    done = train_model(
        folder_of("small", "ease"), "ease", SOURCE, MODELS["ease"].config, lambda _: None
    )
    assert is_trained("small", "ease")
    again = open_trained("small", "ease", lambda: SOURCE)
    history = History.of("item-3")
    assert np.array_equal(again.fold_in(history), done.model.fold_in(history))
    whole = MODELS["ease"].fit(SOURCE)
    assert np.allclose(done.model.fold_in(history), whole.fold_in(history)), "fitted on everything"


def test_metrics_are_of_a_model_that_has_not_seen_what_is_asked() -> None:
    """EASE fitted on everything finds the last likes more often than what is reported."""
    done = train_model(
        folder_of("small", "ease"), "ease", SOURCE, MODELS["ease"].config, lambda _: None
    )
    found = done.metrics["hr@10/full"]
    assert 0.0 < found.own < 1.0
    assert found.popularity is not None
    assert found.gain is not None
    assert found.gain[0] <= found.own - found.popularity <= found.gain[1]


def test_the_epochs_that_were_best_are_trained_again_on_everything() -> None:
    said: list[str] = []
    config = replace(MODELS["gru"].config, dimensions=8, training=BRIEF)
    done = train_model(folder_of("small", "gru"), "gru", SOURCE, config, said.append)
    again = said[said.index("once more, with everything") + 1 :]
    measured = [line for line in said if "validation" in line]
    best = max(measured, key=lambda line: float(line.split("validation ")[1].split()[0]))
    assert f"epoch {len(again)}:" in best
    assert not list(folder_of("small", "gru").glob("unfinished*"))
    assert done.model.name == "gru"


def test_a_run_that_was_cut_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(MODELS["gru"].config, dimensions=8, training=BRIEF)

    def cut(line: str) -> None:
        if "epoch 2:" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(folder_of("small", "gru"), "gru", SOURCE, config, cut)
    said: list[str] = []
    train_model(folder_of("small", "gru"), "gru", SOURCE, config, said.append)
    assert any("goes on after epoch" in line for line in said)
    assert not any("epoch 1:" in line for line in said[: said.index("once more, with everything")])


def test_models_of_stars_report_their_error() -> None:
    config = replace(
        MODELS["biased-mf-adam"].config,
        training=replace(MODELS["biased-mf-adam"].config.training, epochs=3),
    )
    done = train_model(
        folder_of("small", "biased-mf-adam"), "biased-mf-adam", SOURCE, config, lambda _: None
    )
    assert 0.0 < done.metrics["mae"].own <= done.metrics["rmse"].own < 2.0


def test_what_takes_seconds_is_fitted_when_asked_for_and_the_rest_is_not() -> None:
    assert open_trained("small", "pixie", lambda: SOURCE).name == "pixie"
    with pytest.raises(BadInput, match="llmrec train sasrec --data small"):
        open_trained("small", "sasrec", lambda: SOURCE)


def test_a_broken_file_says_to_train_again() -> None:
    path = folder_of("small", "sasrec") / "model.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    with pytest.raises(BadInput, match="train it again"):
        open_trained("small", "sasrec", lambda: SOURCE)


def test_the_folder_is_in_the_home(tmp_path: Path) -> None:
    assert folder_of("small", "ease").is_relative_to(tmp_path)
