"""What tools that read a person are given of one."""

from collections.abc import Mapping

from pydantic import Field

from classic.data.catalog import Catalog
from classic.data.interactions import History
from llmrec.understanding.schema import Frozen


class PersonArguments(Frozen):
    """What somebody likes. Item ids come from linking, never from a model."""

    liked: tuple[str, ...] = Field(default=(), description="ids of items the person likes")
    disliked: tuple[str, ...] = Field(default=(), description="ids of items they dislike")
    weights: Mapping[str, float] = Field(default={}, description="finer likes by id, -1 to 1")

    def history(self) -> History:
        """`weights` count where an item is named twice."""
        weights = {**dict.fromkeys(self.liked, 1.0), **dict.fromkeys(self.disliked, -1.0)}
        weights |= self.weights
        return History(tuple(weights), tuple(weights.values()))

    def check(self, catalog: Catalog, *more: str) -> None:
        """Raises `UnknownItem` for an id that was given by hand; `weights` come from the store and
        may speak of items that the catalogue has lost."""
        catalog.rows((*self.liked, *self.disliked, *more))
