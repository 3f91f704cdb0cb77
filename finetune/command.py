"""What this floor adds to the command line."""

import typer


def register(program: typer.Typer) -> None:
    from finetune.ptum.command import app

    program.add_typer(app, name="pretrain", help="Pre-training on behaviour.")
