"""`llmrec`: the command line. Upper floors add their commands by entry point.

Exit codes: 0 done, 2 bad input (one line says what is wrong and the mend), 1 our fault.
"""

import sys
from importlib.metadata import entry_points

import typer
from typer.exceptions import Abort, TyperException

from classic.errors import BadInput

COMMANDS = "llmrec.commands"
"""Entry-point group of functions that take the `typer.Typer` and add commands to it."""


def build() -> typer.Typer:
    """The program with every command that is installed."""
    from llmrec.cli import (
        ask,
        data,
        doctor,
        evaluate,
        models,
        recommend,
        taste,
        train,
        understand,
        users,
    )

    program = typer.Typer(
        help="A conversational recommender that explains its suggestions truthfully.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in (ask, understand, recommend, taste, train, models, doctor):
        module.register(program)
    program.add_typer(data.app, name="data", help="Data sets: list, get, verify, import.")
    program.add_typer(evaluate.app, name="evaluate", help="Measures with run records.")
    program.add_typer(users.app, name="users", help="Who may log in to a shared server.")
    for command in sorted(entry_points(group=COMMANDS), key=lambda e: e.name):
        command.load()(program)
    return program


def main() -> None:
    """Runs the command line and turns errors into exit codes."""
    try:
        code = build()(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BadInput as error:
        _leave(str(error), 2)
    except TyperException as error:
        _leave(error.format_message() if isinstance(error, typer.BadParameter) else str(error), 2)
    except (Abort, KeyboardInterrupt):
        _leave("stopped", 130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        from llmrec.store.faults import write_trace

        _leave(f"our fault: {type(error).__name__}; details in {write_trace(error)}", 1)


def _leave(message: str, code: int) -> None:
    print(f"llmrec: {message}", file=sys.stderr)
    sys.exit(code)
