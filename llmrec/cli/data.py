"""`llmrec data`: which data sets there are, and how to get another one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from classic.data import datasets
from classic.data.tables import import_tables, read_columns
from classic.errors import BadInput

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every data set, where it lies, and its owner's terms."""
    rows = datasets.describe()
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(f"{row['name']:<18}{row['about']}\n{'':<18}{row['terms']}\n{'':<18}{row['at']}")


@app.command()
def get(name: Annotated[str, typer.Argument(help="One of `llmrec data list`.")]) -> None:
    """Fetches a data set from its owner, or finds it on this machine."""
    from tqdm import tqdm

    if name in datasets.FETCHED:
        typer.echo(f"{name}: {datasets.FETCHED[name].terms}", err=True)
    with tqdm(unit="B", unit_scale=True, desc=name, disable=None) as bar:

        def show(have: int, total: int | None) -> None:
            bar.total = total
            bar.update(have - bar.n)

        folder = datasets.get(name, show)
    print(folder)


@app.command()
def verify(name: str, as_json: Json = False) -> None:
    """Counts users, items and ratings and compares them with what was published."""
    counts = datasets.verify(name)
    wrong = [what for what, (have, want) in counts.items() if have != want]
    if as_json:
        print(json.dumps({what: {"here": h, "published": p} for what, (h, p) in counts.items()}))
    else:
        for what, (have, want) in counts.items():
            print(f"{what}: {have:,} (published {want:,})")
    if wrong:
        raise BadInput(f"{name} differs from what was published in: {', '.join(wrong)}")


@app.command("import")
def import_(
    items: Annotated[Path, typer.Option(help="CSV or Parquet: id, title, anything else.")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    interactions: Annotated[
        Path | None, typer.Option(help="CSV or Parquet: user, item, rating, timestamp.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite one of that name.")] = False,
) -> None:
    """Brings your own catalogue in; faulty rows are named and nothing is half imported."""
    catalog, events = import_tables(name, items, interactions, replace=replace)
    told = f" and {len(events):,} interactions" if events else ""
    print(f"{len(catalog):,} items{told}. Talk about them: llmrec chat --data {name}")


@app.command()
def audit(
    train: Annotated[Path, typer.Argument(help="CSV or Parquet: user, item, dialogue, timestamp.")],
    test: Annotated[Path, typer.Argument(help="The same columns, of what is asked for.")],
    apart: Annotated[
        str, typer.Option(help="What must not cross: users, dialogues, time, by commas.")
    ] = "",
) -> None:
    """Says what crosses a split; leaves with 2 when something crosses that must not."""
    from classic.evaluate.audit import KINDS, Side
    from classic.evaluate.audit import audit as look

    wanted = frozenset(filter(None, map(str.strip, apart.split(","))))
    if unknown := wanted - KINDS:
        raise BadInput(f"--apart knows no {min(unknown)!r}; it knows: {', '.join(sorted(KINDS))}")
    found = look(Side.of(read_columns(train)), Side.of(read_columns(test)), wanted)
    for finding in found:
        print(f"{'fails' if finding.fails else 'warns'}: {finding.text}")
    if failing := [finding for finding in found if finding.fails]:
        raise BadInput(f"{len(failing)} crossings: no figure over this split can be trusted")
    print("nothing that must not crosses this split")
