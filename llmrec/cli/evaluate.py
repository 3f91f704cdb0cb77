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
    named = [m.strip() for m in models.split(",") if m.strip()]
    for line in measure(table, named, out, lambda said: typer.echo(said, err=True)):
        typer.echo(line)
