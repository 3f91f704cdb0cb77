"""`llmrec recommend`: the pipeline from the shell, without a conversation."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from classic.errors import BadInput

if TYPE_CHECKING:
    from llmrec.linking import Linker


def register(program: typer.Typer) -> None:
    program.command()(recommend)


def recommend(
    liked: Annotated[str, typer.Option(help='Titles, as in "Heat;Casino (1995)".')] = "",
    disliked: Annotated[str, typer.Option(help="Titles, separated by semicolons.")] = "",
    where: Annotated[
        str, typer.Option(help='Limits, as in "year>=1990 and genre=Comedy and runtime<=120".')
    ] = "",
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many.")] = 10,
    pipeline: Annotated[
        str,
        typer.Option(
            help="hybrid, behaviour, content, popularity, or any model of `llmrec models`."
        ),
    ] = "hybrid",
    data: Annotated[str, typer.Option(help="Data set to recommend from.")] = "films",
    diversity: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="How much the re-ranker may change.")
    ] = 0.2,
    rerank: Annotated[
        str,
        typer.Option(help="The last stage: mmr, dpp, calibrated, neural, reinforced, unpopular."),
    ] = "mmr",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Items for someone who likes these."""
    from llmrec.data import open_data
    from llmrec.dialogue.act import suggestions
    from llmrec.tools.recommend import RECOMMEND, RecommendArguments
    from llmrec.tools.where import parse_where

    opened = open_data(data, pipeline, rerank)
    arguments = RecommendArguments(
        liked=ids_of(liked, opened.linker),
        disliked=ids_of(disliked, opened.linker),
        where=parse_where(where),
        diversity=diversity,
        k=k,
    )
    result = RECOMMEND.run(arguments, opened.box)
    found = suggestions(opened.box, result.candidates, arguments.query())
    if as_json:
        items = [s.model_dump(mode="json") for s in found]
        print(json.dumps({"items": items, "relaxed": result.relaxed}, ensure_ascii=False))
        return
    for s in found:
        print(f"{s.rank}. {s.title} ({s.year})  {s.evidence[0].text if s.evidence else ''}")


def ids_of(titles: str, linker: "Linker") -> tuple[str, ...]:
    """Titles between semicolons as ids. Raises `BadInput` for one that is unknown or unclear."""
    found = []
    for title in filter(None, map(str.strip, titles.split(";"))):
        mentions = linker.link(f'"{title}"')
        if len(mentions) != 1 or not mentions[0].item_ids:
            raise BadInput(f"no item is called {title!r}: check the title, or leave it out")
        if mentions[0].item_id is None:
            years = ", ".join(mentions[0].item_ids)
            raise BadInput(f"{title!r} could be several: {years}; add the year, as in Heat (1995)")
        found.append(mentions[0].item_id)
    return tuple(found)
