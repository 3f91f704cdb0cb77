"""`llmrec pretrain ptum`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from classic.configure import configured
from classic.errors import BadInput

app = typer.Typer(no_args_is_help=True)
_KEYS = ("data", "protocol", "size", "out", "settings")


@app.callback()
def pretraining() -> None:
    """Pre-training on behaviour."""


@app.command()
def ptum(
    config: Annotated[Path, typer.Option(help="finetune/configs/ptum-*.yaml, or one like it.")],
    out: Annotated[Path | None, typer.Option(help="Where the weights go, a .npz.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed than the file says.")] = None,
) -> None:
    """The behaviour encoder, by masked and next-K behaviours prediction. What is cut off goes on
    where it was when it is called again."""
    from classic.configure import with_seed
    from finetune.ptum.data import Split, opened, sequences_of
    from finetune.ptum.pretrain import PretrainConfig, pretrained
    from llmrec.behaviour.encoder import SIZES
    from llmrec.behaviour.recommender import Ptum, save_ptum

    told = read_config(config)
    if told["size"] not in SIZES:
        raise BadInput(f"size {told['size']!r} in {config}: there are {', '.join(SIZES)}")
    base = PretrainConfig(encoder=SIZES[told["size"]])
    settings = configured(base, told["settings"])
    settings = settings if seed is None else with_seed(settings, seed)
    target = out or Path(told["out"]).expanduser()
    progress = target.with_suffix("") / f"seed-{settings.training.seed}"
    settings = configured(settings, {"training": {"folder": str(progress)}})
    data = opened(told["data"])
    split = Split.of(data.interactions, told["protocol"])
    sequences = sequences_of(told["data"], split.to_learn)
    began = time.perf_counter()
    net, epochs = pretrained(
        sequences, settings, data.text, lambda said: typer.echo(said, err=True)
    )
    about = {
        "command": f"llmrec pretrain ptum --config {config}",
        "data": told["data"],
        "terms": data.catalog.terms,
        "protocol": told["protocol"],
        "size": told["size"],
        "epochs": epochs,
        "seconds": round(time.perf_counter() - began, 1),
        "seed": settings.training.seed,
    }
    save_ptum(Ptum.of(net, data.interactions.item_ids), target, about)
    typer.echo(f"{target}: {epochs} epochs in {about['seconds']} s")


def read_config(path: Path) -> dict[str, Any]:
    """Raises `BadInput` for a file that is missing, no mapping, or says what nobody knows."""
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}") from None
    told = found if isinstance(found, dict) else {}
    if unknown := [key for key in told if key not in _KEYS]:
        raise BadInput(f"{path}: nobody knows {unknown[0]!r}; there are: {', '.join(_KEYS)}")
    if missing := [key for key in ("data", "out") if key not in told]:
        raise BadInput(f"{path} says no {missing[0]!r}")
    return {"protocol": "all", "size": "S", "settings": {}} | told
