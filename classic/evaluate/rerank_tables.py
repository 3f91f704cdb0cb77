"""Running a table of re-rankers: what variety along the dial costs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.evaluate.beyond import beyond_lists, intra_list_diversity
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.protocol import FirstShown, OfFiles, Say
from classic.evaluate.reranked import best_of, parts_of, reranked
from classic.evaluate.tables import Row
from classic.metrics import interval, paired_interval
from classic.models import model_named
from classic.pipeline import RERANKERS, Parts, Stage
from classic.rerank.listwise import Listwise, ListwiseConfig
from classic.rerank.pool import POOL
from classic.rerank.reinforce import ReinforceConfig
from classic.source import Source
from classic.train_listwise import lists_seen, taught

DIALS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
_COMPARED = 0.3
"""The dial at which a row is shown."""
_K = 10


@dataclass(frozen=True)
class RerankEntry:
    """A row: a re-ranker of `classic.pipeline`; one that is `taught` by those settings learns anew,
    from the people that the table may learn from."""

    rerank: str
    taught: ListwiseConfig | ReinforceConfig | None = None
    published: str = ""


@dataclass(frozen=True)
class RerankTable(OfFiles, FirstShown):
    """`read` makes what is asked, and what the items are. The best of a `retriever` are given to
    every re-ranker; a row is shown at one of its dials, compared with that list as it is. What is
    taught goes `epochs` times through the lists that it learns from."""

    read: Callable[[Path], tuple[FullRanking, Catalog]]
    entries: Mapping[str, RerankEntry]
    retriever: str
    epochs: int = 60
    baseline: str = "the list as it is"
    shown: tuple[str, ...] = tuple(
        f"{name}/{_COMPARED}"
        for name in ("ndcg@10", "content diversity", "behaviour diversity", "coverage", "ms")
    )

    def run(self, name: str, folder: Path, say: Say) -> Row:
        everybody, catalog = self.read(folder)
        asked = everybody.of_asked()
        began = time.perf_counter()
        model = model_named(self.retriever).fit(Source(asked.train, catalog), None, None, say)
        seconds = time.perf_counter() - began
        lists, scores = best_of(model, asked)
        parts = parts_of(asked.train, catalog)
        stage = self._stage(self.entries[name], asked, parts, say)
        cases, along = {}, {}
        for dial in DIALS:
            began = time.perf_counter()
            ids = asked.train.item_ids
            top = reranked(stage, ids, asked.given, lists, scores, dial, _K)
            ms = 1000 * (time.perf_counter() - began) / len(top)
            cases[f"ndcg@10/{dial}"] = asked.judged(top, _K)[f"ndcg@{_K}/{asked.label}"]
            along[str(dial)] = told(asked, top, parts) | {
                "ndcg@10": float(cases[f"ndcg@10/{dial}"].mean()),
                "ms": ms,
            }
            say(
                f"  {name} at {dial}: "
                + ", ".join(f"{m} {v:.4f}" for m, v in along[str(dial)].items())
            )
        metrics = {f"{m}/{dial}": v for dial, own in along.items() for m, v in own.items()}
        kept = self.choose_by
        return Row(
            config=f"the {POOL} best of {self.retriever}",
            seeds=(0,),
            seconds=seconds,
            metrics=metrics,
            spread=dict.fromkeys(metrics, 0.0),
            intervals={m: interval(values) for m, values in cases.items()},
            cases=cases,
            gains={kept: paired_interval(cases[kept], cases[f"ndcg@10/{DIALS[0]}"])},
            slices=along,
            beyond={},
        )

    def _stage(self, entry: RerankEntry, asked: FullRanking, parts: Parts, say: Say) -> Stage:
        if not entry.taught:
            return RERANKERS[entry.rerank](parts)
        slates = lists_seen(asked.train, parts.catalog, self.retriever, say)
        net = taught(slates, for_epochs(entry.taught, self.epochs), say)
        return Listwise(net, parts.catalog, parts.similarity, parts.popularity)


def for_epochs(
    config: ListwiseConfig | ReinforceConfig, epochs: int
) -> ListwiseConfig | ReinforceConfig:
    """So many by what was liked, and a third as many by trial after them."""
    if isinstance(config, ListwiseConfig):
        return replace(config, training=replace(config.training, epochs=epochs))
    start = replace(config.start, training=replace(config.start.training, epochs=epochs))
    training = replace(config.training, epochs=max(epochs // 3, 1))
    return replace(config, start=start, training=training)


def told(asked: FullRanking, top: np.ndarray, parts: Parts) -> dict[str, float]:
    """What lists are like: variety by what items are, and by who met them; how much of the
    catalogue anybody sees, and how popular it is."""
    ids = asked.train.item_ids
    here = parts.content.over(ids)
    by_content = intra_list_diversity(top, lambda rows: here.similarity(rows, rows))
    found = beyond_lists(asked, top)
    return {
        "content diversity": float(by_content.mean()),
        "behaviour diversity": found["diversity"],
        "coverage": found["coverage"],
        "novelty": found["novelty"],
        "gini": found["gini"],
    }
