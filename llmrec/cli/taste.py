"""`llmrec taste`: what the behaviour encoder tells of somebody who likes these, without a
conversation."""

import json
from typing import Annotated

import typer


def register(program: typer.Typer) -> None:
    program.command()(taste)


def taste(
    liked: Annotated[str, typer.Option(help='Titles, as in "Heat;Casino (1995)".')] = "",
    disliked: Annotated[str, typer.Option(help="Titles, separated by semicolons.")] = "",
    data: Annotated[str, typer.Option(help="Data set whose encoder tells.")] = "films",
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many next items.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What somebody leans to, what comes next, and what people like them share."""
    from llmrec.cli.recommend import ids_of
    from llmrec.data import open_data
    from llmrec.tools.registry import TOOLS

    opened = open_data(data)
    box = opened.box
    told = {"liked": ids_of(liked, opened.linker), "disliked": ids_of(disliked, opened.linker)}
    asked = {"user_profile": told, "next_items": {**told, "k": k}}
    if box.people().known:
        asked["similar_users"] = told
    found = {
        name: TOOLS[name].run(TOOLS[name].arguments.model_validate(arguments), box)
        for name, arguments in asked.items()
    }
    if as_json:
        rows = {n: {"note": r.note, "items": r.items} for n, r in found.items()}
        print(json.dumps(rows, ensure_ascii=False))
        return
    for name, result in found.items():
        print(result.note)
        for item_id in result.items if name == "next_items" else ():
            why = next((f.text for f in result.facts if f.item_id == item_id), "")
            print(f"  {box.catalog[item_id].label}{': ' if why else ''}{why}")
