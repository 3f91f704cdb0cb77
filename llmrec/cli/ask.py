"""`llmrec ask`: one turn from the shell."""

import json
import os
from getpass import getuser
from typing import Annotated

import typer

from llmrec.dialogue.nouns import Turn


def register(program: typer.Typer) -> None:
    program.command()(ask)


def ask(
    text: Annotated[str, typer.Argument(help="What you would say in the chat.")],
    session: Annotated[
        str | None, typer.Option(help="Name of a chat to continue, made when new.")
    ] = None,
    mode: Annotated[str, typer.Option(help="auto, rules, prompted, lora or ptum.")] = "auto",
    data: Annotated[str, typer.Option(help="Data set to recommend from.")] = "films",
    model: Annotated[str | None, typer.Option(help="Language model of the prompted mode.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """One turn of the conversation; a second `ask --session S` continues S."""
    from llmrec.assistant import Assistant

    assistant = Assistant.open(data, mode, model=model)
    user = shell_user()
    chat = assistant.session(user, session) if session else assistant.new_session(user)
    turn = assistant.ask(user, chat.session_id, text)
    if session is None:
        assistant.delete_session(user, chat.session_id)
    print(json.dumps(contract(turn), ensure_ascii=False) if as_json else plain(turn))


def shell_user() -> str:
    """The user of the shell and of a page without login: one person on one machine."""
    return os.environ.get("LLMREC_USER") or f"local:{getuser()}"


def contract(turn: Turn) -> dict:
    """The JSON document that `ask --json` promises."""
    told = turn.model_dump(mode="json", exclude_none=True)
    return {
        "reply": turn.reply,
        "mode": turn.mode,
        "intent": turn.intent,
        "slots": turn.slots.filled(),
        "items": [_item(s) for s in told["items"]],
        "trace": told["trace"],
        "llm": {"model": turn.llm.model, **told["llm"]},
        "fallbacks": told["fallbacks"],
        "ms": turn.ms,
    }


def _item(told: dict) -> dict:
    return {
        "item_id": told["item_id"],
        "title": told["title"],
        "year": told.get("year"),
        "score": told["score"],
        "rank": told["rank"],
        "sources": sorted(told["sources"], key=lambda s: -told["sources"][s]),
        "evidence": [
            {"id": e["id"], "kind": e["kind"], "text": e["text"]} for e in told["evidence"]
        ],
    }


def plain(turn: Turn) -> str:
    """The reply and the list, for reading."""
    lines = [turn.reply, ""] if turn.items else [turn.reply]
    for s in turn.items:
        year = f" ({s.year})" if s.year else ""
        reason = f": {s.evidence[0].text}" if s.evidence else ""
        lines.append(f"{s.rank}. {s.title}{year}{reason}")
    return "\n".join(lines)
