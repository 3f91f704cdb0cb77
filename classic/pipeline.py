"""The four stages, one signature: retrieve -> pre-rank -> rank -> re-rank."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.elicit import Split, best_split, wall_of
from classic.errors import BadInput
from classic.filters import allowed, in_direction
from classic.query import Query
from classic.rank.behaviour import Behaviour, Modelled, Neighbouring
from classic.rank.hybrid import HybridConfig, HybridRanker
from classic.rate import RatingModel
from classic.rerank.calibrated import Calibrated
from classic.rerank.dpp import Determinantal
from classic.rerank.learned import Name, shipped
from classic.rerank.listwise import Listwise
from classic.rerank.mmr import MaximalMarginalRelevance, Similarity
from classic.rerank.unpopular import PopularityCorrected
from classic.retrieve.content import Content
from classic.retrieve.item_item import ItemItem
from classic.retrieve.recommender import Recommender, top_k
from classic.signal import Signal, aligned


class Stage(Protocol):
    """One step of a pipeline."""

    @property
    def name(self) -> str: ...

    def __call__(self, query: Query, candidates: Candidates) -> Candidates: ...


@dataclass(frozen=True)
class StageTrace:
    """What a stage took in and gave out, and how long it needed."""

    name: str
    n_in: int
    n_out: int
    ms: float


@dataclass(frozen=True, eq=False)
class Retrieve:
    """Everything inside the limits that any source speaks for, `most` items at the most.

    The limits come first, so that a narrow wish never loses a match to a broad retriever.
    """

    catalog: Catalog
    ranker: HybridRanker
    most: int = 1000
    name: str = "retrieve"

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        mask = in_direction(self.catalog, query, allowed(self.catalog, query.constraints))
        rows = np.flatnonzero(mask)
        if len(rows) > self.most:
            rows = self._strongest(query, mask)
        ids = tuple(self.catalog.ids[r] for r in rows)
        return Candidates(ids, np.zeros(len(ids)), ({},) * len(ids))

    def _strongest(self, query: Query, mask: np.ndarray) -> np.ndarray:
        """Rows of the union of the best by behaviour, content, text and popularity."""
        ranker, share = self.ranker, self.most // 4
        pulls = [ranker.popularity, ranker.content.fold_in(query.history)]
        for anchor in query.anchors:
            if anchor in self.catalog:
                here = np.array([self.catalog.row(anchor)])
                pulls.append(ranker.content.similarity(here)[0])
        if query.text_vector is not None and ranker.content.vectors is not None:
            pulls.append(ranker.content.vectors @ query.text_vector)
        pulls += [ranker.wish_matches(query)]
        best = [top_k(pull, share, mask) for pull in pulls if np.any(pull)]
        if ranker.behaviour is not None:
            best.append(ranker.behaviour.best(query.history, share, mask))
        return np.unique(np.concatenate(best))


@dataclass(frozen=True, eq=False)
class PreRank:
    """The cheap cut: scores without the work of splitting them, the best `most` stay."""

    ranker: HybridRanker
    most: int = 200
    name: str = "pre-rank"

    def __call__(self, query: Query, candidates: Candidates) -> Candidates:
        if len(candidates) <= self.most:
            return candidates
        return self.ranker(query, candidates).take(range(self.most))


class Pipeline:
    """Stages in order over one catalogue."""

    def __init__(
        self,
        name: str,
        catalog: Catalog,
        ranker: HybridRanker,
        stages: tuple[Stage, ...],
        ratings: RatingModel | None = None,
    ) -> None:
        self.name, self.catalog, self.ranker = name, catalog, ranker
        self.stages, self.ratings = stages, ratings

    def recommend(self, query: Query) -> Candidates:
        """At most `query.k` items, in the order to show them."""
        return self.trace(query)[0]

    def trace(self, query: Query) -> tuple[Candidates, list[StageTrace]]:
        """The same, with what each stage did."""
        candidates, steps, n_in = Candidates(), [], len(self.catalog)
        for stage in self.stages:
            began = time.perf_counter()
            candidates = stage(query, candidates)
            ms = (time.perf_counter() - began) * 1000
            steps.append(StageTrace(stage.name, n_in, len(candidates), ms))
            n_in = len(candidates)
        return candidates, steps

    def score(self, query: Query, item_ids: tuple[str, ...]) -> Candidates:
        """The rank stage alone, over the given items in the given order, limits ignored."""
        return self.ranker.score(query, item_ids)

    def question(self, query: Query) -> Split | None:
        """The question whose answer would narrow the catalogue most, if any is worth asking."""
        mask = allowed(self.catalog, query.constraints)
        return best_split(self.catalog, mask, self.ranker.popularity)

    def wall(self, query: Query, n: int = 9, seed: int = 0) -> Candidates:
        """`n` well-known items as different from each other as can be, to pick from."""
        mask = allowed(self.catalog, query.constraints)
        return wall_of(self.catalog, mask, self.ranker.popularity, n, seed)


PIPELINES: dict[str, HybridConfig] = {
    "hybrid": HybridConfig(),
    "behaviour": HybridConfig(content=0.0, popularity=0.02),
    "content": HybridConfig(behaviour=0.0, popularity=0.02),
    "popularity": HybridConfig(behaviour=0.0, content=0.0, anchor=0.0, popularity=1.0),
}
"""Each pipeline by name: which parts of the score speak, and how loudly."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a re-ranker may be made of."""

    catalog: Catalog
    content: Content
    popularity: np.ndarray

    @property
    def similarity(self) -> Similarity:
        def of(ids: tuple[str, ...]) -> np.ndarray:
            rows = self.catalog.rows(ids)
            return np.asarray(self.content.similarity(rows, rows))

        return of


def _learned(name: Name) -> Callable[[Parts], Stage]:
    return lambda parts: Listwise(shipped(name), parts.catalog, parts.similarity, parts.popularity)


RERANKERS: dict[str, Callable[[Parts], Stage]] = {
    "mmr": lambda parts: MaximalMarginalRelevance(parts.similarity),
    "dpp": lambda parts: Determinantal(parts.similarity),
    "calibrated": lambda parts: Calibrated(parts.catalog),
    "neural": _learned("listwise"),
    "reinforced": _learned("reinforced"),
    "unpopular": lambda parts: PopularityCorrected(parts.catalog, parts.popularity),
}
"""Each re-ranker by name; the dial of a query says how much it may change."""


def assemble(
    name: str,
    catalog: Catalog,
    content: Content,
    signal: Signal,
    model: Recommender | None = None,
    rerank: str = "mmr",
) -> Pipeline:
    """The pipeline of that name; where a `model` is given it alone speaks for behaviour, whatever
    the name. Raises `BadInput` for a name that is not in `PIPELINES` when there is no model, or not
    in `RERANKERS`."""
    if name not in PIPELINES and model is None:
        raise BadInput(f"no pipeline {name!r}; there are: {', '.join(PIPELINES)}")
    if rerank not in RERANKERS:
        raise BadInput(f"no re-ranker {rerank!r}; there are: {', '.join(RERANKERS)}")
    config = PIPELINES.get(name, PIPELINES["behaviour"])
    behaviour = _behaviour(model or signal.behaviour, catalog)
    ranker = HybridRanker(catalog, content, signal.popularity, behaviour, config)
    last = RERANKERS[rerank](Parts(catalog, content, signal.popularity))
    stages: tuple[Stage, ...] = (Retrieve(catalog, ranker), PreRank(ranker), ranker, last)
    return Pipeline(name, catalog, ranker, stages, signal.ratings)


def _behaviour(model: Recommender | None, catalog: Catalog) -> Behaviour | None:
    if model is None:
        return None
    return (
        Neighbouring(aligned(model, catalog))
        if isinstance(model, ItemItem)
        else Modelled(model, catalog)
    )
