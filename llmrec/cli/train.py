"""`llmrec train`: a recommender trained on a data set, measured, and kept."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from classic.errors import BadInput


def register(program: typer.Typer) -> None:
    program.command()(train)


def train(
    model: Annotated[str, typer.Argument(help="As in `llmrec models`: ease, sasrec, neumf...")],
    data: Annotated[str, typer.Option(help="Data set with interactions, as in ml-latest-small.")],
    config: Annotated[
        Path | None,
        typer.Option(help="YAML file of settings that differ: dimensions: 128, training: {...}."),
    ] = None,
    tune: Annotated[
        int, typer.Option(min=0, help="Try so many settings first, on a hold-out inside training.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="What is drawn is drawn alike.")] = 0,
    ray: Annotated[
        int, typer.Option(min=0, help="Train in so many processes of a Ray cluster.")
    ] = 0,
) -> None:
    """Trains a model on a data set and keeps it for `recommend` and `chat`.

    `torchrun --nproc-per-node 2 -m llmrec train ...` has two processes share every batch.
    """
    from classic.configure import configured, with_seed
    from classic.models import model_named
    from classic.train.on_ray import train_on_ray
    from llmrec.data import source_of

    chosen = model_named(model)
    settings = with_seed(configured(chosen.config, _settings(config)), seed)
    # Before other processes start: who has nothing to learn from hears it in one line.
    events = len(chosen.events(source_of(data)))
    work = partial(_train, model, data, settings, tune, seed, events)
    if ray and tune:
        raise BadInput("settings are tuned by one process: first --tune, then --ray")
    if ray:
        train_on_ray(work, ray)
    else:
        work()


def _train(model: str, data: str, settings: Any, tune: int, seed: int, events: int) -> None:
    from classic.models import model_named
    from classic.train.loop import silent
    from classic.train.processes import is_first
    from classic.trained import folder_of, told, train_model
    from llmrec.data import source_of
    from llmrec.evaluate.record import write_record

    say = (lambda line: typer.echo(line, err=True)) if is_first() else silent
    say(f"{model}: {model_named(model).about}; {events:,} events")
    folder = folder_of(data, model)
    done = train_model(folder, model, source_of(data), settings, say, tune)
    if not is_first():
        return
    write_record(
        folder,
        config={"model": model, "data": data, "settings": str(done.config), "tuned": tune},
        metrics={m: vars(found) for m, found in done.metrics.items()},
        seeds=(seed,),
    )
    for metric, found in done.metrics.items():
        typer.echo(told(metric, found))
    typer.echo(f"kept in {folder} after {done.seconds:.0f} s")


def _settings(path: Path | None) -> dict[str, Any]:
    import yaml

    if path is None:
        return {}
    try:
        found = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path} is no YAML file of settings: {error}") from None
    if not isinstance(found, dict):
        raise BadInput(f"{path}: settings are wanted, as in dimensions: 128")
    return found
