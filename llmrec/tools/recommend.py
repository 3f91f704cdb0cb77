"""The tools that make a list: `recommend`, `similar`, `search`."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from classic.data.interactions import History
from classic.query import Query
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.tools.where import Where
from llmrec.understanding.schema import CritiqueAttribute, Frozen


class ListArguments(Frozen):
    """What every list-making tool takes. Item ids come from linking, never from a model."""

    liked: tuple[str, ...] = Field(default=(), description="ids of items the person likes")
    disliked: tuple[str, ...] = Field(default=(), description="ids of items they dislike")
    weights: Mapping[str, float] = Field(default={}, description="finer likes by id, -1 to 1")
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
        weights = {**dict.fromkeys(self.liked, 1.0), **dict.fromkeys(self.disliked, -1.0)}
        weights |= self.weights
        known = tuple(dict.fromkeys((*self.where.exclude, *weights, *anchors)))
        return Query(
            history=History(tuple(weights), tuple(weights.values())),
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


def _known(box: Toolbox, arguments: ListArguments, *more: str) -> None:
    """Raises `UnknownItem` for an id that was given by hand; `weights` come from the store and may
    speak of items that the catalogue has lost."""
    box.catalog.rows((*arguments.liked, *arguments.disliked, *more))


def _recommend(arguments: RecommendArguments, box: Toolbox) -> ToolResult:
    _known(box, arguments)
    return box.run(arguments.query(text=arguments.text), "recommend")


def _similar(arguments: SimilarArguments, box: Toolbox) -> ToolResult:
    _known(box, arguments, *arguments.anchors)
    query = arguments.query(anchors=arguments.anchors, text=arguments.text)
    return box.run(query, "similar")


def _search(arguments: SearchArguments, box: Toolbox) -> ToolResult:
    _known(box, arguments)
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
