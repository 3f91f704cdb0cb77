"""`llmrec users`: who may log in to a shared server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from classic.home import home
from llmrec.identity import Users

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Login name.")]


def _users() -> Users:
    return Users(Path(os.environ.get("LLMREC_USERS") or home() / "users.json"))


@app.command()
def add(name: Name) -> None:
    """Adds a user, or changes the password of one."""
    users = _users()
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    users.add(name, password)
    typer.echo(f"{name} may log in once LLMREC_USERS={users.path} is set.")


@app.command()
def remove(name: Name) -> None:
    """Removes a user; their chats stay until they are erased."""
    _users().remove(name)


@app.command("list")
def list_users() -> None:
    """Names of all users."""
    for name in _users().names():
        typer.echo(name)
