"""`llmrec finetune chat`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from classic.configure import configured
from finetune.job_file import read_job

app = typer.Typer(no_args_is_help=True)
KEYS = ("out", "settings")
"""What a file may say."""


@app.callback()
def tuning() -> None:
    """Tuning a language model for a job."""


@app.command()
def chat(
    config: Annotated[Path, typer.Option(help="finetune/configs/chat-*.yaml, or one like it.")],
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="End by then.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the adapter.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed than the file says.")] = None,
) -> None:
    """The adapter with which a small model understands the chat. What is cut off goes on where it
    was when it is called again."""
    from finetune.chat.job import ChatConfig, tune_chat

    told = read_job(config, KEYS, needed=("out",))
    settings = configured(ChatConfig(), told.get("settings") or {})
    if max_minutes is not None:
        settings = replace(settings, training=replace(settings.training, minutes=max_minutes))
    if seed is not None:
        settings = replace(settings, training=replace(settings.training, seed=seed))
    target = out or Path(str(told["out"])).expanduser()
    command = f"llmrec finetune chat --config {config}"
    about = tune_chat(settings, target, command, lambda said: typer.echo(said, err=True))
    typer.echo(f"{target}: {about['rows']} rows, {about['ran']['seconds'] / 60:.1f} minutes")
    for kind, of in about["unseen"].items():
        typer.echo(f"  unseen {kind}: loss {of['loss']:.4f}, tokens right {of['right']:.4f}")
