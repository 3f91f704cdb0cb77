"""What this floor adds to the command line."""

import typer


def register(program: typer.Typer) -> None:
    from finetune.ptum.command import app, evaluate
    from llmrec.cli.evaluate import app as measures

    program.add_typer(app, name="pretrain", help="Pre-training on behaviour.")
    measures.command("ptum")(evaluate)
