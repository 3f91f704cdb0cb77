"""The tools that make a list: `recommend`, `similar`, `search`."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from classic.query import Query
from llmrec.tools.person import PersonArguments
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.tools.where import Where
from llmrec.understanding.schema import CritiqueAttribute


class ListArguments(PersonArguments):
    """What every list-making tool takes."""

    where: Where = Where()
    moods: tuple[str, ...] = ()
    keywords: tuple[str, ...] = Field(default=(), description="what the item should be about")
    liked_genres: tuple[str, ...] = ()
    liked_people: tuple[str, ...] = ()
    moves: Mapping[CritiqueAttribute, float] = {}
    reference: tuple[str, ...] = Field(default=(), description="the list that `moves` starts from")
    diversity: float = Field(default=0.2, ge=0.0, le=1.0)
    k: int = Field(default=6, ge=1, le=50)

    def query(self, *, anchors: tuple[str, ...] = (), text: str = "") -> Query:
        history = self.history()
        known = tuple(dict.fromkeys((*self.where.exclude, *history.item_ids, *anchors)))
        return Query(
            history=history,
            constraints=replace(self.where.constraints(), exclude=known),
            anchors=anchors,
            moods=self.moods,
            keywords=self.keywords,
            liked_genres=dict.fromkeys(self.liked_genres, 1.0),
            liked_people=dict.fromkeys(self.liked_people, 1.0),
            moves={str(name): step for name, step in self.moves.items()},
            reference=self.reference,
            text=text,
            diversity=self.diversity,
            k=self.k,
        )

    @classmethod
    def of(cls, query: Query) -> dict[str, object]:
        """The arguments that say what `query` says."""
        return {
            "weights": dict(zip(query.history.item_ids, query.history.weights, strict=True)),
            "where": Where.of(query.constraints).model_dump(mode="json"),
            "moods": query.moods,
            "keywords": query.keywords,
            "liked_genres": tuple(query.liked_genres),
            "liked_people": tuple(query.liked_people),
            "moves": dict(query.moves),
            "reference": query.reference,
            "diversity": query.diversity,
            "k": query.k,
        }


class RecommendArguments(ListArguments):
    text: str = Field(default="", description="what the item should be about, in free words")


class SimilarArguments(ListArguments):
    anchors: tuple[str, ...] = Field(min_length=1, description="ids of items to be similar to")
    text: str = ""


class SearchArguments(ListArguments):
    text: str = Field(min_length=1, description="what the item should be about, in free words")


def _recommend(arguments: RecommendArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog)
    return box.run(arguments.query(text=arguments.text), "recommend")


def _similar(arguments: SimilarArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog, *arguments.anchors)
    query = arguments.query(anchors=arguments.anchors, text=arguments.text)
    return box.run(query, "similar")


def _search(arguments: SearchArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog)
    return box.run(arguments.query(text=arguments.text), "search")


RECOMMEND = Tool(
    "recommend",
    "Suggest items from what a person likes, within hard limits.",
    RecommendArguments,
    _recommend,
)
SIMILAR = Tool(
    "similar", "Items similar to the given ones, within hard limits.", SimilarArguments, _similar
)
SEARCH = Tool("search", "Items whose description fits free words.", SearchArguments, _search)
