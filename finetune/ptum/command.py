"""`llmrec pretrain ptum` and `llmrec evaluate ptum`."""

import shutil
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from classic.configure import configured
from classic.errors import BadInput
from finetune.job_file import read_job
from finetune.jobs import Board
from finetune.tuning.curve import Curve

app = typer.Typer(no_args_is_help=True)
_KEYS = ("data", "protocol", "size", "out", "settings")
_DEFAULTS: dict[str, Any] = {
    "protocol": "all",
    "size": "S",
    "settings": {"objective": {"liked": True}},
}
"""A model that is to be used foretells what is going to be liked."""


@app.callback()
def pretraining() -> None:
    """Pre-training on behaviour."""


@app.command()
def ptum(
    config: Annotated[
        Path | None, typer.Option(help="finetune/configs/ptum-*.yaml, or one like it.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="All of this data set, for the chat.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the weights go, a .npz.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed than the file says.")] = None,
    tensorboard: Board = None,
) -> None:
    """The behaviour encoder, by masked and next-K behaviours prediction. What is cut off goes on
    where it was when it is called again."""
    from classic.configure import with_seed
    from finetune.ptum.data import Split, opened, sequences_of
    from finetune.ptum.pretrain import PretrainConfig, pretrained
    from finetune.ptum.progress import go_on, run_of
    from llmrec.behaviour.encoder import SIZES
    from llmrec.behaviour.recommender import Ptum, save_ptum
    from llmrec.behaviour.weights import own_weights

    if (config is None) == (data is None):
        raise BadInput("say either --config FILE or --data NAME")
    told = read_config(config) if config else _DEFAULTS | {"data": data}
    if told["size"] not in SIZES:
        raise BadInput(f"size {told['size']!r} in {config}: there are {', '.join(SIZES)}")
    settings = configured(PretrainConfig(encoder=SIZES[told["size"]]), told["settings"])
    settings = settings if seed is None else with_seed(settings, seed)
    target = out or (Path(told["out"]).expanduser() if "out" in told else own_weights(data or ""))
    progress = target.with_suffix(f".seed-{settings.training.seed}")
    source = opened(told["data"])
    go_on(progress, run_of(settings, told["protocol"], source.sha256))
    settings = configured(settings, {"training": {"folder": str(progress)}})
    split = Split.of(source.interactions, told["protocol"])
    sequences = sequences_of(told["data"], split.to_learn)
    curve = Curve(tensorboard)
    net, epochs = pretrained(sequences, settings, source.text, _tell, curve.point)
    curve.close()
    about = {
        "command": f"llmrec pretrain ptum {f'--config {config}' if config else f'--data {data}'}",
        "data": told["data"],
        "data_sha256": source.sha256,
        "terms": source.terms,
        "protocol": told["protocol"],
        "size": told["size"],
        "epochs": epochs,
        "seed": settings.training.seed,
    }
    save_ptum(Ptum.of(net, source.interactions.item_ids), target, about)
    shutil.rmtree(progress, ignore_errors=True)
    typer.echo(f"{target}: {epochs} epochs")


@app.command("semantic-ids")
def semantic_ids(
    data: Annotated[str, typer.Option(help="A data set with interactions.")],
    out: Annotated[Path, typer.Option(help="Folder for the run record.")],
    encoder: Annotated[
        str, typer.Option(help="A behaviour encoder whose item vectors are read, not the text's.")
    ] = "",
    minutes: Annotated[float, typer.Option(min=0.01, help="End the training by then.")] = 60.0,
    config: Annotated[
        Path | None, typer.Option(help="YAML of settings that differ: levels: 3, decoder: {...}.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Research: items as semantic ids, and a decoder that writes the next one digit by digit. What
    is cut off goes on where it was when it is called again."""
    from classic.configure import configured, with_seed
    from finetune.ptum.semantic.job import SemanticConfig, measured

    told = read_job(config, tuple(f.name for f in fields(SemanticConfig)), ()) if config else {}
    settings = with_seed(configured(SemanticConfig(), told), seed)
    settings = configured(settings, {"training": {"minutes": minutes}})
    for line in measured(data, encoder, out, settings, _tell):
        typer.echo(line)


def read_config(path: Path) -> dict[str, Any]:
    """With what it leaves out. Raises `BadInput` as `read_job` does."""
    told = read_job(path, _KEYS, needed=("data", "out"))
    return {"protocol": "all", "size": "S", "settings": {}} | told


def evaluate(
    weights: Annotated[Path, typer.Option(help="What `llmrec pretrain ptum` made.")],
    data: Annotated[str, typer.Option(help="ml-1m or ml-100k.")] = "ml-1m",
    task: Annotated[
        str,
        typer.Option(
            help="gender, age or occupation, from few labels; next, the next item beside SASRec; "
            "cold, the same of new people; match, whether two halves are of one person."
        ),
    ] = "gender",
    shares: Annotated[str, typer.Option(help="Of the labels, in percent.")] = "1,5,10,20,50,100",
    arms: Annotated[
        str, typer.Option(help="scratch, linear, mlp, fine-tuned, fixed-items.")
    ] = "scratch,linear,mlp,fine-tuned,fixed-items",
    seeds: Annotated[int, typer.Option(min=1, help="How many, from 0 on.")] = 3,
    minutes: Annotated[
        float, typer.Option(min=0.01, help="Of next and cold, for each arm that learns.")
    ] = 20.0,
    out: Annotated[Path | None, typer.Option(help="Folder for the run record.")] = None,
) -> None:
    """What pre-training is worth when something is to be told of people from few labels, or what
    they do next."""
    from finetune.ptum import next_item
    from finetune.ptum.evaluate import TASKS
    from finetune.ptum.evaluate import evaluate as measured
    from finetune.ptum.profile import ARMS

    many = list(range(seeds))
    if task in next_item.TASKS:
        for line in next_item.evaluate(data, task, weights, minutes, many, out, _tell):
            typer.echo(line)
        return
    if task not in TASKS:
        raise BadInput(f"no task {task!r}; there are: {', '.join((*TASKS, *next_item.TASKS))}")
    named = [arm for arm in ARMS if arm in arms.split(",")]
    if unknown := [arm for arm in arms.split(",") if arm not in ARMS]:
        raise BadInput(f"no arm {unknown[0]!r}; there are: {', '.join(ARMS)}")
    try:
        parts = [float(share) / 100 for share in shares.split(",")]
    except ValueError:
        raise BadInput(f"--shares {shares}: percents separated by commas, as in 1,10,100") from None
    if not all(0 < part <= 1 for part in parts):
        raise BadInput(f"--shares {shares}: each is above 0 and at most 100")
    for line in measured(data, task, weights, parts, many, out, _tell, named):
        typer.echo(line)


def _tell(said: str) -> None:
    typer.echo(said, err=True)
