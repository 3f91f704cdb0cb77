"""`llmrec evaluate`: suites of measures, each with a run record."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def suites() -> None:
    """Measures with run records."""


def _listed(names: str) -> list[str]:
    """What stands between commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


@app.command()
def classic(
    table: Annotated[
        str, typer.Option(help="A table: t1, t3, t4, t5, cold-people-small, ctr-100k-time...")
    ] = "t1",
    models: Annotated[
        str, typer.Option(help="Models of the table, separated by commas; all when left out.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the run records, a row each; rows that are there are kept."),
    ] = None,
) -> None:
    """Classic models under the protocol of a published table, beside what was published."""
    from llmrec.evaluate.classic import measure

    # An exit like any other, which takes the row's process along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for line in measure(table, _listed(models), out, lambda said: typer.echo(said, err=True)):
        typer.echo(line)


@app.command()
def prompts(
    strategies: Annotated[
        str,
        typer.Option(
            help="Names or .md files, separated by commas, with changes as in "
            "zero_shot:history.last=5; when left out, all that a model answers by one token, alone "
            "and without writing before it."
        ),
    ] = "",
    data: Annotated[
        str,
        typer.Option(
            help="A data set, llmrank-ml-1m, llmrank-games, a task file (.jsonl), tallrec-movie, "
            "redial..."
        ),
    ] = "ml-latest-small",
    task: Annotated[
        str,
        typer.Option(help="What is asked: ranking, likes, ratings, conversation or explanations."),
    ] = "ranking",
    model: Annotated[
        str | None,
        typer.Option(help="A hub name, a path, a .gguf, or a model of the server $LLMREC_LLM_URL."),
    ] = None,
    users: Annotated[
        int, typer.Option(help="How many people, drawn by the seed; 0 for all.", min=0)
    ] = 100,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out: Annotated[
        Path,
        typer.Option(help="Folder of answers, records and report; a rerun goes on there."),
    ] = Path("prompt-lab"),
    concurrency: Annotated[int, typer.Option(help="Questions in flight to a server.", min=1)] = 8,
    room: Annotated[
        int, typer.Option(help="Most tokens of a prompt; a longer history is cut.", min=64)
    ] = 4096,
    most_tokens: Annotated[
        int, typer.Option(help="Stop after so many tokens of prompts, against a bill.", min=0)
    ] = 0,
    adapter: Annotated[
        Path | None, typer.Option(help="A folder that `llmrec finetune` made for the model.")
    ] = None,
    baselines: Annotated[
        str,
        typer.Option(
            help="Names, separated by commas; when left out, random, popularity, bm25, item-mean "
            "and ease. sasrec is trained first, which takes minutes."
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show one prompt of each strategy and the bill.")
    ] = False,
) -> None:
    """Prompting strategies and baselines on the same people, with a report."""
    from llmrec.lab.evaluate import Wanted, bill, evaluate

    wanted = Wanted(
        out,
        data,
        task,
        _listed(strategies),
        model,
        users or None,
        seed,
        concurrency,
        room,
        most_tokens,
        adapter,
        _listed(baselines),
    )
    if dry_run:
        for line in bill(wanted):
            typer.echo(line)
        return
    for line in evaluate(wanted, lambda said: typer.echo(said, err=True)):
        typer.echo(line)
    typer.echo(f"report: {out}")


@app.command()
def together(
    runs: Annotated[list[Path], typer.Argument(help="Folders that `prompts` wrote.")],
    reference: Annotated[
        str, typer.Option(help="The row, of every data set, that the others are set against.")
    ] = "popularity",
    out: Annotated[Path, typer.Option(help="Folder of summary and record.")] = Path(
        "prompts-together"
    ),
) -> None:
    """Strategies over several data sets and models, by a mixed model of finished runs."""
    from llmrec.lab.together import together as summary

    for line in summary(runs, reference, out):
        typer.echo(line)
    typer.echo(f"summary: {out / 'together.md'}")


@app.command()
def strategies() -> None:
    """The strategies there are, and the closed lists that a new one is made of."""
    from llmrec.lab.listing import listing

    for line in listing():
        typer.echo(line)


@app.command()
def fairness(
    data: Annotated[str, typer.Option(help="The catalogue that the chat is about.")] = "films",
    modes: Annotated[
        str, typer.Option(help="Separated by commas; when left out, all that can run here.")
    ] = "",
    recommenders: Annotated[
        str,
        typer.Option(
            help="Separated by commas; when left out, the pipelines, and ease, sasrec and ptum "
            "where they are ready."
        ),
    ] = "",
    requests: Annotated[int, typer.Option(help="How many are made.", min=2)] = 50,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    model: Annotated[str | None, typer.Option(help="Of mode prompted, as for `prompts`.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the record.")] = Path("fairness"),
) -> None:
    """The chat's lists when somebody says to be a woman or a man, young or old, of one country or
    another; and how famous what every mode and recommender suggests is."""
    from llmrec.evaluate.fairness import Wanted, measure

    ways, below = _listed(modes), _listed(recommenders)
    wanted = Wanted(out, data, ways, below, requests, seed, model)
    for line in measure(wanted, lambda said: typer.echo(said, err=True)):
        typer.echo(line)


@app.command()
def memory(
    data: Annotated[str, typer.Option(help="A data set.")] = "ml-1m",
    model: Annotated[str | None, typer.Option(help="As for `prompts`.")] = None,
    items: Annotated[int, typer.Option(help="How many titles are asked for.", min=1)] = 50,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out: Annotated[Path, typer.Option(help="Folder of answers and record.")] = Path("memory-probe"),
) -> None:
    """Whether a model knows the titles of a data set by their numbers, by heart."""
    from llmrec.lab.evaluate import Wanted, asking_of
    from llmrec.lab.memory import measure

    def say(line: str) -> None:
        typer.echo(line, err=True)

    asking = asking_of(Wanted(out, model=model))
    typer.echo(measure(data, asking, out, items, seed, say).line())
