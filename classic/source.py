"""What a model learns from, and what is to be known of a model before it is fitted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from classic.data.catalog import UNKNOWN, Catalog
from classic.data.interactions import LIKED_FROM, Interactions
from classic.errors import BadInput
from classic.retrieve.content import Content
from classic.retrieve.modalities import modalities, word_shares
from classic.retrieve.recommender import Recommender
from classic.retrieve.sequence import Watch
from classic.train.loop import Say, silent


@dataclass(frozen=True, eq=False)
class Source:
    """What a model can learn from: who did what, and what the items are. `embed` makes sentence
    embeddings, float32 [n_items of the catalogue, d], for those models that read them."""

    interactions: Interactions
    catalog: Catalog = UNKNOWN
    embed: Callable[[Catalog], np.ndarray | None] = lambda _: None

    @cached_property
    def vectors(self) -> np.ndarray | None:
        return self.embed(self.catalog)

    @cached_property
    def likes(self) -> Interactions:
        return self.interactions.liked()

    @property
    def knows_items(self) -> bool:
        return any(item_id in self.catalog for item_id in self.interactions.item_ids)

    @cached_property
    def modalities(self) -> Mapping[str, np.ndarray]:
        """Empty where nothing is known of the items."""
        if not self.knows_items:
            return {}
        return modalities(self.catalog, self.interactions.item_ids, self.vectors)

    @property
    def features(self) -> np.ndarray | None:
        """float32 [n_items, w]: all that is known of each item, side by side."""
        known = list(self.modalities.values())
        return np.concatenate(known, axis=1) if known else None

    @property
    def words(self) -> np.ndarray | None:
        """float32 [n_items, n_words] with rows that sum to 1."""
        if not self.knows_items:
            return None
        return word_shares(self.catalog, self.interactions.item_ids)

    @cached_property
    def content(self) -> Content:
        """Raises `BadInput` where nothing is known of the items."""
        if not self.knows_items:
            raise BadInput("this model reads what items are, and nothing is known of these")
        return Content.of(self.catalog, self.vectors).over(self.interactions.item_ids)

    def learning_from(self, interactions: Interactions) -> "Source":
        """The same items, and only these interactions."""
        return replace(self, interactions=interactions)


Fit = Callable[[Source, Any, Watch | None, Say], Recommender]


@dataclass(frozen=True, eq=False)
class Model:
    """`config` are its settings, `None` where there are none. One `by_stars` learns from ratings
    and predicts them; the others learn from likes and rank. One `at_once` is fitted in seconds,
    whenever it is asked for; the others are trained once and kept."""

    about: str
    fitted: Fit
    config: Any = None
    by_stars: bool = False
    at_once: bool = False

    def events(self, source: Source) -> Interactions:
        """What it learns from. Raises `BadInput` when there is nothing."""
        found = source.interactions if self.by_stars else source.likes
        if not len(found) or (self.by_stars and found.ratings is None):
            what = "ratings" if self.by_stars else f"likes ({LIKED_FROM} stars or more)"
            raise BadInput(f"there are no {what} to learn from")
        return found

    def fit(
        self,
        source: Source,
        config: Any = None,
        watch: Watch | None = None,
        say: Say = silent,
    ) -> Recommender:
        """Raises `BadInput` for data that nothing can be learned from."""
        self.events(source)
        return self.fitted(source, config or self.config, watch, say)
