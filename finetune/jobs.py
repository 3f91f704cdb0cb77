"""`llmrec finetune JOB`: every job there is, from a file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from classic.configure import configured
from finetune.job_file import read_job
from finetune.tuning.curve import Curve

app = typer.Typer(no_args_is_help=True)
KEYS = ("out", "settings")
"""What a file may say."""
File = Annotated[Path, typer.Option("--config", help="A file of finetune/configs, or one like it.")]
Minutes = Annotated[float | None, typer.Option("--max-minutes", min=0.1, help="End by then.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the adapter.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed than the file says.")]
Board = Annotated[
    Path | None, typer.Option("--tensorboard", help="Folder for loss curves, for TensorBoard.")
]
Work = Callable[[Any, Path, str, Callable[[str], None], Curve], dict[str, Any]]


@app.callback()
def tuning() -> None:
    """Tuning a language model for a job. What is cut off goes on where it was when it is called
    again."""


@app.command()
def chat(
    config: File,
    max_minutes: Minutes = None,
    out: Out = None,
    seed: Seed = None,
    tensorboard: Board = None,
) -> None:
    """The adapter with which a small model understands the chat."""
    from finetune.chat.job import ChatConfig, tune_chat

    about = _run("chat", tune_chat, ChatConfig(), config, max_minutes, out, seed, tensorboard)
    for kind, of in about["unseen"].items():
        typer.echo(f"  unseen {kind}: loss {of['loss']:.4f}, tokens right {of['right']:.4f}")


@app.command()
def likes(
    config: File,
    max_minutes: Minutes = None,
    out: Out = None,
    seed: Seed = None,
    tensorboard: Board = None,
) -> None:
    """Will this person like this title, by Yes or No."""
    from finetune.choices.job import LIKES, tune_likes

    about = _run("likes", tune_likes, LIKES, config, max_minutes, out, seed, tensorboard)
    typer.echo(_apart(about))


@app.command()
def ranking(
    config: File,
    max_minutes: Minutes = None,
    out: Out = None,
    seed: Seed = None,
    tensorboard: Board = None,
) -> None:
    """Which of these does this person take next, by the letter before it."""
    from finetune.choices.job import RANKING, tune_ranking

    about = _run("ranking", tune_ranking, RANKING, config, max_minutes, out, seed, tensorboard)
    typer.echo(_apart(about))


@app.command()
def instructions(
    config: File,
    max_minutes: Minutes = None,
    out: Out = None,
    seed: Seed = None,
    tensorboard: Board = None,
) -> None:
    """Many tasks, each told in many ways; judged by ways that were never told."""
    from finetune.choices.instructions import InstructionsConfig, tune_instructions

    about = _run(
        "instructions",
        tune_instructions,
        InstructionsConfig(),
        config,
        max_minutes,
        out,
        seed,
        tensorboard,
    )
    for kind, names in about["by_strategy"].items():
        for name, of in names.items():
            typer.echo(f"  {kind:<6} {name:<20} loss {of['loss']:.4f}, right {of['right']:.4f}")


@app.command()
def retriever(
    config: File, max_minutes: Minutes = None, out: Out = None, seed: Seed = None
) -> None:
    """A sentence encoder in which people are near what they take next."""
    from finetune.encoders.job import tune_retriever

    _encoder("retriever", tune_retriever, config, max_minutes, out, seed)


@app.command()
def reranker(config: File, max_minutes: Minutes = None, out: Out = None, seed: Seed = None) -> None:
    """A cross-encoder that reads a person and an item together."""
    from finetune.encoders.job import tune_reranker

    _encoder("reranker", tune_reranker, config, max_minutes, out, seed)


def _encoder(
    job: str,
    work: Callable[[Any, Path, str, Callable[[str], None]], dict[str, Any]],
    config: Path,
    max_minutes: float | None,
    out: Path | None,
    seed: int | None,
) -> None:
    from finetune.encoders.job import EncoderConfig

    settings, target, command = _told(job, EncoderConfig(), config, max_minutes, out, seed)
    about = work(settings, target, command, lambda said: typer.echo(said, err=True))
    typer.echo(f"{target}: {about['epochs']} epochs")


def _run(
    job: str,
    work: Work,
    default: Any,
    config: Path,
    max_minutes: float | None,
    out: Path | None,
    seed: int | None,
    board: Path | None,
) -> dict[str, Any]:
    settings, target, command = _told(job, default, config, max_minutes, out, seed)
    curve = Curve(board)
    about = work(settings, target, command, lambda said: typer.echo(said, err=True), curve)
    curve.close()
    minutes = about["ran"]["seconds"] / 60
    typer.echo(f"{target}: {about['ran']['rows']:.0f} rows read, {minutes:.1f} minutes")
    return about


def _told(
    job: str,
    default: Any,
    config: Path,
    max_minutes: float | None,
    out: Path | None,
    seed: int | None,
) -> tuple[Any, Path, str]:
    """(settings, folder, command): what a file says, with what the shell says instead."""
    told = read_job(config, KEYS, needed=("out",))
    settings = configured(default, told.get("settings") or {})
    training = settings.training
    if max_minutes is not None:
        training = replace(training, minutes=max_minutes)
    if seed is not None:
        training = replace(training, seed=seed)
    target = out or Path(str(told["out"])).expanduser()
    command = f"llmrec finetune {job} --config {config}"
    return replace(settings, training=training), target, command


def _apart(about: dict[str, Any]) -> str:
    of = about["apart"]
    return f"  rows apart: loss {of['loss']:.4f}, answers right {of['right']:.4f}"
