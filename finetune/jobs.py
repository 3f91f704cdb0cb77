"""`llmrec finetune JOB`: every job there is, from a file."""

from collections.abc import Callable, Iterator
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
Tell = Callable[[str], None]
About = dict[str, Any]


@app.callback()
def tuning() -> None:
    """Tuning a language model for a job. What is cut off goes on where it was when it is called
    again."""


def _adapter_job(
    job: str,
    help_: str,
    load: Callable[[], tuple[Callable[[Any, Path, str, Tell, Curve], About], Any]],
    lines: Callable[[About], Iterator[str]],
) -> None:
    """A command that makes an adapter; `load` gives the work and its default settings, `lines` tell
    of what was made."""

    def run(
        config: File,
        max_minutes: Minutes = None,
        out: Out = None,
        seed: Seed = None,
        tensorboard: Board = None,
    ) -> None:
        work, default = load()
        settings, target, command = _told(job, default, config, max_minutes, out, seed)
        curve = Curve(tensorboard)
        about = work(settings, target, command, _tell, curve)
        curve.close()
        minutes = about["ran"]["seconds"] / 60
        typer.echo(f"{target}: {about['ran']['rows']:.0f} rows read, {minutes:.1f} minutes")
        for line in lines(about):
            typer.echo(f"  {line}")

    app.command(job, help=help_)(run)


def _encoder_job(
    job: str, help_: str, load: Callable[[], tuple[Callable[[Any, Path, str, Tell], About], Any]]
) -> None:
    """A command that makes a text encoder."""

    def run(config: File, max_minutes: Minutes = None, out: Out = None, seed: Seed = None) -> None:
        work, default = load()
        settings, target, command = _told(job, default, config, max_minutes, out, seed)
        about = work(settings, target, command, _tell)
        typer.echo(f"{target}: {about['epochs']} epochs")

    app.command(job, help=help_)(run)


def _tell(said: str) -> None:
    typer.echo(said, err=True)


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


# What a job needs takes seconds to import: only who runs it waits for it.
def _chat() -> Any:
    from finetune.chat.job import ChatConfig, tune_chat

    return tune_chat, ChatConfig()


def _explain() -> Any:
    from finetune.explain.job import ExplainConfig, tune_explain

    return tune_explain, ExplainConfig()


def _likes() -> Any:
    from finetune.choices.job import LIKES, tune_likes

    return tune_likes, LIKES


def _ratings() -> Any:
    from finetune.choices.job import RATINGS, tune_ratings

    return tune_ratings, RATINGS


def _ranking() -> Any:
    from finetune.choices.job import RANKING, tune_ranking

    return tune_ranking, RANKING


def _next() -> Any:
    from finetune.choices.job import NEXT, tune_next

    return tune_next, NEXT


def _instructions() -> Any:
    from finetune.choices.instructions import InstructionsConfig, tune_instructions

    return tune_instructions, InstructionsConfig()


def _retriever() -> Any:
    from finetune.encoders.job import EncoderConfig, tune_retriever

    return tune_retriever, EncoderConfig()


def _reranker() -> Any:
    from finetune.encoders.job import EncoderConfig, tune_reranker

    return tune_reranker, EncoderConfig()


def _unseen(about: About) -> Iterator[str]:
    for kind, of in about["unseen"].items():
        yield f"unseen {kind}: loss {of['loss']:.4f}, tokens right {of['right']:.4f}"


def _apart(about: About) -> Iterator[str]:
    told = {"apart": "rows apart", "apart_as_others": "with the vectors of others"}
    for name, line in told.items():
        if of := about.get(name):
            yield f"{line}: loss {of['loss']:.4f}, answers right {of['right']:.4f}"


def _titles(about: About) -> Iterator[str]:
    of = about["apart"]
    yield f"rows apart: loss {of['loss']:.4f} a token, titles written {of['whole']:.4f}"


def _by_strategy(about: About) -> Iterator[str]:
    for kind, names in about["by_strategy"].items():
        for name, of in names.items():
            yield f"{kind:<6} {name:<20} loss {of['loss']:.4f}, right {of['right']:.4f}"


_adapter_job("chat", "The adapter with which a small model understands the chat.", _chat, _unseen)
_adapter_job(
    "explain", "The adapter with which a small model says why a title is here.", _explain, _unseen
)
_adapter_job("likes", "Will this person like this title, by Yes or No.", _likes, _apart)
_adapter_job("ratings", "How many stars will this person give this title.", _ratings, _apart)
_adapter_job(
    "ranking",
    "Which of these does this person take next, by the letter before it.",
    _ranking,
    _apart,
)
_adapter_job("next", "The title of what this person takes next, written whole.", _next, _titles)
_adapter_job(
    "instructions",
    "Many tasks, each told in many ways; judged by ways that were never told.",
    _instructions,
    _by_strategy,
)
_encoder_job(
    "retriever", "A sentence encoder in which people are near what they take next.", _retriever
)
_encoder_job("reranker", "A cross-encoder that reads a person and an item together.", _reranker)


@app.command("average")
def _average(
    adapters: Annotated[list[Path], typer.Argument(help="Folders of two adapters or more.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for their mean.")],
) -> None:
    """The mean of adapters that were tuned beside one model, by other seeds or rows."""
    from finetune.tuning.average import average

    names = " ".join(folder.name for folder in adapters)
    about = average(adapters, out, f"llmrec finetune average {names} --out {out.name}")
    typer.echo(f"{out}: the mean of {len(about['mean_of'])} adapters")
