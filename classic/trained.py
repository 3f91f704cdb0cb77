"""Training a recommender once, measured honestly, and keeping it for whoever opens it by name."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from classic.errors import BadInput
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.protocol import Protocol
from classic.evaluate.ratings import leave_ratings_out
from classic.home import home
from classic.metrics import interval
from classic.models import model_named
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.saving import load, save
from classic.source import Model, Source
from classic.train.loop import Say
from classic.train.processes import alone, is_first
from classic.tuning import tuned

_FILE = "model.pt"


@dataclass(frozen=True)
class Trained:
    """A model, what it was told, and how it did before it was given everything: per metric its
    mean, that of popularity, and the interval of the difference by user (or by rating)."""

    model: Recommender
    config: Any
    metrics: Mapping[str, "Compared"]
    seconds: float


@dataclass(frozen=True)
class Compared:
    own: float
    popularity: float | None
    gain: tuple[float, float] | None


def folder_of(data: str, name: str) -> Path:
    """Where a model of that data set is kept."""
    return home() / "models" / data / name


def is_trained(data: str, name: str) -> bool:
    return (folder_of(data, name) / _FILE).is_file()


def open_trained(data: str, name: str, source: Callable[[], Source]) -> Recommender:
    """The model that was trained on the data set, or one fitted now where that takes seconds.
    Raises `BadInput` for an unknown name, or a model that has to be trained first."""
    model = model_named(name)
    if is_trained(data, name):
        return load(folder_of(data, name) / _FILE)
    if not model.at_once:
        source()  # who has nothing to learn from hears that first
        raise BadInput(f"{name} is not trained on {data} yet: llmrec train {name} --data {data}")
    return model.fit(source())


def kept_or_trained(folder: Path, name: str, source: Source, config: Any, say: Say) -> Recommender:
    """The model that `folder` keeps; where it keeps none, one that is trained now. Raises
    `BadInput`."""
    if (folder / _FILE).is_file():
        return load(folder / _FILE)
    return train_model(folder, name, source, config, say).model


def train_model(
    folder: Path, name: str, source: Source, config: Any, say: Say, trials: int = 0
) -> Trained:
    """Fits without what is held out, measures, fits with everything, and keeps the file in
    `folder`. With `trials`, the settings are the best of so many on what it stops by, which is not
    what is reported. A run that was cut off goes on where it was. Raises `BadInput`."""
    model = model_named(name)
    began = time.perf_counter()
    watched, asked = _hold_outs(model, source)
    unfinished = folder / f"unfinished-{sha256(f'{config} {trials}'.encode()).hexdigest()[:12]}"
    inside, watch = source.learning_from(watched.train), partial(_score, watched)
    if trials and not alone():
        raise BadInput("settings are tuned by one process: first --tune alone, then train")
    if trials:
        config = tuned(
            name,
            config,
            lambda tried: watch(model.fit(inside, tried, watch)),
            trials,
            unfinished,
            say,
        )
        say(f"tuned: {config}")
    measured = model.fit(inside, _kept_in(config, unfinished / "measured"), watch, say)
    metrics = _compared(asked, measured, watched)
    for metric, found in metrics.items():
        say(told(metric, found))
    say("once more, with everything")
    final = _kept_in(_for_epochs(config, measured), unfinished / "final")
    fitted = model.fit(source, final, None, say)
    if is_first():
        save(fitted, folder / _FILE)
        rmtree(unfinished, ignore_errors=True)
    return Trained(fitted, config, metrics, time.perf_counter() - began)


def told(metric: str, found: Compared) -> str:
    if found.popularity is None or found.gain is None:
        return f"{metric} {found.own:.4f}"
    low, high = found.gain
    return (
        f"{metric} {found.own:.4f} (popularity {found.popularity:.4f}, "
        f"difference {low:+.4f} to {high:+.4f})"
    )


def _hold_outs(model: Model, source: Source) -> tuple[Protocol, Protocol]:
    """What to stop by and what to report: of likes each user's last but one and last; of ratings a
    tenth each."""
    events = model.events(source)
    if model.by_stars:
        asked = leave_ratings_out(events)
        return asked.validation(), asked
    return leave_last_out(events, before=1), leave_last_out(events)


def _score(watched: Protocol, fitted: Any) -> float:
    """Higher is better: NDCG, or the squared error turned round."""
    found = watched.metrics(fitted)
    by_error = f"rmse/{watched.label}"
    return float(-found[by_error].mean() if by_error in found else found[_ndcg(found)].mean())


def _ndcg(found: Mapping[str, np.ndarray]) -> str:
    return next(metric for metric in found if metric.startswith("ndcg"))


def _compared(asked: Protocol, fitted: Any, watched: Protocol) -> dict[str, Compared]:
    own = asked.metrics(fitted)
    if f"rmse/{asked.label}" in own:
        rmse, mae = (float(own[f"{m}/{asked.label}"].mean()) for m in ("rmse", "mae"))
        return {"rmse": Compared(rmse**0.5, None, None), "mae": Compared(mae, None, None)}
    other = asked.metrics(fit_popularity(watched.train))
    return {
        m: Compared(float(own[m].mean()), float(other[m].mean()), interval(own[m] - other[m]))
        for m in own
        if m.startswith(("hr", "ndcg"))
    }


def _for_epochs(config: Any, measured: Any) -> Any:
    epochs = getattr(measured, "epochs", 0)
    if not epochs or not hasattr(config, "training"):
        return config
    return replace(config, training=replace(config.training, epochs=epochs))


def _kept_in(config: Any, folder: Path) -> Any:
    if not hasattr(config, "training"):
        return config
    return replace(config, training=replace(config.training, folder=folder))
