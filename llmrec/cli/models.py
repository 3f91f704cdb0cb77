"""`llmrec models`: every recommender by name."""

from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    program.command()(models)


def models(
    data: Annotated[
        str | None, typer.Option(help="Say which are trained on this data set, too.")
    ] = None,
) -> None:
    """Every recommender that can be trained, recommended with and chatted over."""
    from classic.models import MODELS
    from classic.trained import is_trained

    width = max(map(len, MODELS))
    for name, model in MODELS.items():
        kept = "trained" if data and is_trained(data, name) else ""
        when = kept or ("at once" if model.at_once else "train first")
        typer.echo(f"{name:<{width}}  {when:<11}  {model.about}")
