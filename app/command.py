"""`llmrec chat`: opens the page, or talks in the terminal."""

import os
import socket
import threading
import webbrowser
from typing import Annotated

import typer

from llmrec.errors import BadInput


def register(program: typer.Typer) -> None:
    program.command()(chat)


def chat(
    mode: Annotated[str, typer.Option(help="auto, rules, prompted, lora or ptum.")] = "auto",
    data: Annotated[str, typer.Option(help="Data set to recommend from.")] = "films",
    model: Annotated[str | None, typer.Option(help="Language model of the prompted mode.")] = None,
    retriever: Annotated[
        str, typer.Option(help="hybrid, content..., or any model of `llmrec models`.")
    ] = "hybrid",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    terminal: Annotated[bool, typer.Option("--terminal", help="Talk here, no browser.")] = False,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """The chat, in the browser or here."""
    from llmrec.assistant import Assistant

    if not terminal:
        check_free(host, port)
    assistant = Assistant.open(data, mode, model=model, retriever=retriever)
    if terminal:
        from app.terminal import talk

        talk(assistant)
        return
    import uvicorn

    from app.serve import application

    threading.Thread(target=assistant.warm_up, daemon=True).start()
    address = f"http://{host}:{port}"
    typer.echo(f"llmrec is at {address} (stop with Ctrl-C)", err=True)
    if show and (os.environ.get("DISPLAY") or os.name == "nt" or os.uname().sysname == "Darwin"):
        threading.Timer(1.5, webbrowser.open, [address]).start()
    uvicorn.run(
        application(assistant),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


def check_free(host: str, port: int) -> None:
    """Raises `BadInput` naming a free port when this one is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            with socket.socket() as other:
                other.bind((host if host != "0.0.0.0" else "", 0))
                free = other.getsockname()[1]
            raise BadInput(
                f"port {port} cannot be used ({error.strerror}): try --port {free}"
            ) from None
