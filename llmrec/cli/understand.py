"""`llmrec understand`: intent, slots and mentions of utterances, without answering them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classic.errors import BadInput
from llmrec.understanding.reader import Reader
from llmrec.understanding.transcript import context_of

if TYPE_CHECKING:
    from llmrec.data import Opened


def register(program: typer.Typer) -> None:
    program.command()(understand)


def understand(
    text: Annotated[str | None, typer.Argument(help="An utterance.")] = None,
    file: Annotated[
        Path | None, typer.Option(help='Lines of {"id", "context": [...], "text"}.')
    ] = None,
    mode: Annotated[str, typer.Option(help="auto, rules, prompted or lora.")] = "auto",
    data: Annotated[str, typer.Option(help="Data set whose titles are meant.")] = "films",
    model: Annotated[str | None, typer.Option(help="Language model.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What an utterance asks for, and which items it names."""
    from llmrec.data import open_data
    from llmrec.llm.protocol import Usage
    from llmrec.modes import model_of, reader_for, resolve

    if (text is None) == (file is None):
        raise BadInput("give either a text or --file, as in: llmrec understand 'I loved Heat'")
    opened = open_data(data)
    chosen = resolve(mode)
    reader = reader_for(chosen, opened, model_of(chosen, model), Usage())
    asked = [{"id": "1", "context": [], "text": text}] if text is not None else _lines(file)
    told = [_told(row, opened, reader) for row in asked]
    if as_json:
        print(json.dumps(told if file else told[0], ensure_ascii=False))
        return
    for row in told:
        print(f"{row['id']}: {row['intent']} {row['slots']}")


def _lines(file: Path | None) -> list[dict]:
    """The turns of a file. Raises `BadInput` naming the line that cannot be read."""
    assert file is not None
    if not file.is_file():
        raise BadInput(f"there is no file {file}")
    rows = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({"id": row["id"], "context": row.get("context", []), "text": row["text"]})
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise BadInput(
                f'{file}, line {number}: write {{"id": "1", "context": [], "text": "..."}}'
            ) from None
    return rows


def _told(row: dict, opened: "Opened", reader: Reader) -> dict:
    """One understood turn. Places in the last list are read off the last system utterance."""
    catalog = opened.box.catalog
    context = context_of([str(u) for u in row["context"]], opened.linker)
    mentions = opened.linker.link(row["text"], known=context.shown)
    read = reader.read(row["text"], mentions, context)
    slots = read.slots.filled()
    named = {i for m in read.mentions for i in m.item_ids}
    for slot in ("liked", "disliked", "seen", "anchors"):
        named |= set(getattr(read.slots, slot))
    return {
        "id": row["id"],
        "intent": read.intent,
        "slots": slots,
        "mentions": [
            {
                "text": m.text,
                "start": m.start,
                "end": m.end,
                "item_id": m.item_id,
                "title": catalog[m.item_id].title if m.item_id else None,
                "year": catalog[m.item_id].year if m.item_id else None,
            }
            for m in read.mentions
        ],
        "items": {i: {"title": catalog[i].title, "year": catalog[i].year} for i in sorted(named)},
        "confidence": read.confidence,
    }
