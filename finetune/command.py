"""What this floor adds to the command line."""

import typer


def register(program: typer.Typer) -> None:
    from finetune.jobs import app as jobs
    from finetune.ptum.command import app, evaluate
    from llmrec.cli.evaluate import app as measures

    program.add_typer(app, name="pretrain", help="Pre-training on behaviour.")
    program.add_typer(jobs, name="finetune", help="Tuning a language model for a job.")
    measures.command("ptum")(evaluate)
