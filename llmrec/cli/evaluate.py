"""`llmrec evaluate`: suites of measures, each with a run record."""

from pathlib import Path
from typing import Annotated

import typer

from classic.errors import BadInput

app = typer.Typer(no_args_is_help=True)


@app.callback()
def suites() -> None:
    """Measures with run records."""


@app.command()
def classic(
    table: Annotated[str, typer.Option(help="A published table: t1.")] = "t1",
    models: Annotated[
        str, typer.Option(help="Models of the table, separated by commas; all when left out.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the run record.")] = None,
) -> None:
    """Classic models under the protocol of a published table, beside what was published."""
    from classic.data.places import find_folder
    from classic.evaluate.given_negatives import read_ncf
    from classic.evaluate.tables import TABLES, row
    from llmrec.evaluate.record import write_record

    if table not in TABLES:
        raise BadInput(f"no table {table!r}; there are: {', '.join(TABLES)}")
    entries = TABLES[table]
    wanted = [m.strip() for m in models.split(",") if m.strip()] or list(entries)
    if unknown := [m for m in wanted if m not in entries]:
        raise BadInput(f"{table} has no model {unknown[0]!r}; it has: {', '.join(entries)}")
    needed = "ml-1m.train.implicit.tsv"
    folder = find_folder("ml-1m-ncf", needed)
    if folder is None:
        raise BadInput(f"{table} needs the data set ml-1m-ncf ({needed}): set LLMREC_DATA")
    protocol = read_ncf(folder)
    rows = []
    for name in wanted:
        typer.echo(name, err=True)
        rows.append(row(name, entries[name], protocol, lambda s: typer.echo(s, err=True)))
        typer.echo(_line(rows[-1]))
    if out:
        data = sorted(p for p in folder.iterdir() if p.name.startswith("ml-1m."))
        config = {"table": table, "models": wanted}
        write_record(out, config=config, metrics={"rows": rows}, data=data)


def _line(row: dict) -> str:
    told = "  ".join(f"{k} {v}" for k, v in row.items() if "@" in k and "interval" not in k)
    return f"{row['model']:<18} {told}  {row['seconds']} s  published: {row['published'] or '-'}"
