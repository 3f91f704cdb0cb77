"""Settings searched by optuna's tree of Parzen estimators (Bergstra et al., NeurIPS 2011), on a
hold-out inside what is trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classic.configure import configured
from classic.errors import BadInput
from classic.train.loop import Say


@dataclass(frozen=True)
class Range:
    """Whole numbers where both ends are; drawn evenly in the logarithm unless it is not `log`."""

    low: float
    high: float
    log: bool = True


Space = Mapping[str, Range | tuple[int, ...]]
"""By setting, `training.epochs` being one of `training`."""

_SIZES = (16, 32, 64, 128, 256)
_FACTORS: Space = {"dimensions": _SIZES}
_RATE: Space = {"training.learning_rate": Range(3e-4, 1e-2)}
_SEQUENCE: Space = {**_FACTORS, **_RATE, "dropout": Range(0.0, 0.6, log=False)}
_PRODUCTS: Space = {**_FACTORS, **_RATE, "l2": Range(1e-4, 0.1)}
_STARS: Space = {**_FACTORS, "l2": Range(0.01, 0.3)}
_KNN: Space = {"k": Range(20, 800)}
_STAR_KNN: Space = {**_KNN, "shrink": Range(3.0, 300.0)}
_AUTOREC: Space = {"hidden": Range(50, 500), "l2": Range(1e-3, 0.3)}

SPACES: Mapping[str, Space] = {
    "user-knn": {**_KNN, "shrink": Range(1.0, 300.0)},
    "item-knn-cosine": _KNN,
    "item-knn-tfidf": _KNN,
    "item-knn-bm25": {**_KNN, "k1": Range(0.3, 10.0), "b": Range(0.0, 1.0, log=False)},
    "ease": {"l2": Range(10.0, 5000.0), "dropout": Range(0.0, 0.6, log=False)},
    "ials": {
        **_FACTORS,
        "unobserved": Range(0.01, 3.0),
        "regularisation": Range(3e-4, 0.1),
    },
    **dict.fromkeys(("mf", "gmf", "mlp", "neumf"), _PRODUCTS),
    **dict.fromkeys(("gru", "caser", "hstu", "sasrec"), _SEQUENCE),
    **dict.fromkeys(("sasrec-bce", "sasrec-gbce", "sasrec-sampled"), _SEQUENCE),
    **dict.fromkeys(("biased-mf-sgd", "biased-mf-adam"), _STARS),
    **dict.fromkeys(("item-knn-stars", "user-knn-stars"), _STAR_KNN),
    **dict.fromkeys(("item-autorec", "user-autorec"), _AUTOREC),
}
"""What is searched of each model's settings; the others stay as they are."""


def tuned(
    name: str,
    config: Any,
    score: Callable[[Any], float],
    trials: int,
    folder: Path,
    say: Say,
) -> Any:
    """The best of `config` and what the search tries, `trials` in all, by `score`, higher the
    better. Trials are kept in `folder`: a search that was cut off goes on. Raises `BadInput` for a
    model without anything to search."""
    # Here, since only who tunes waits for it.
    import optuna
    from optuna.storages.journal import JournalFileBackend

    if name not in SPACES:
        raise BadInput(f"{name} has no settings to tune; these have: {', '.join(SPACES)}")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(JournalFileBackend(str(folder / "trials.log"))),
        sampler=optuna.samplers.TPESampler(seed=0),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
    )
    begun = {path: _now(config, path) for path in SPACES[name]}
    done = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    if done:
        say(f"  goes on after {len(done)} trials")
    else:
        study.enqueue_trial(begun)

    def attempt(trial: optuna.Trial) -> float:
        tried = {p: _drawn(trial, p, span, begun[p]) for p, span in SPACES[name].items()}
        found = score(configured(config, _nested(tried)))
        told = ", ".join(f"{path} {value:.4g}" for path, value in tried.items())
        say(f"  trial {trial.number + 1} of {trials}: {found:.4f} with {told}")
        return found

    study.optimize(attempt, max(0, trials - len(done)))
    return configured(config, _nested(study.best_params))


def _drawn(trial: Any, path: str, span: Range | tuple[int, ...], begun: Any) -> int | float:
    if isinstance(span, tuple):
        # What the search began with may be a size of its own.
        chosen: int = trial.suggest_categorical(path, sorted({*span, begun}))
        return chosen
    whole = isinstance(span.low, int) and isinstance(span.high, int)
    ask = trial.suggest_int if whole else trial.suggest_float
    drawn: int | float = ask(path, span.low, span.high, log=span.log)
    return drawn


def _now(config: Any, path: str) -> Any:
    for part in path.split("."):
        config = getattr(config, part)
    return config


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`training.epochs` as a setting of `training`."""
    found: dict[str, Any] = {}
    for path, value in settings.items():
        inside, _, name = path.rpartition(".")
        (found.setdefault(inside, {}) if inside else found)[name] = value
    return found
