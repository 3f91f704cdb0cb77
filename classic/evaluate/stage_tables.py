"""Running a table of the stages: what each finds, keeps and costs, and what is lost without it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from classic.configure import with_seed
from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.protocol import FirstShown, OfFiles, Say
from classic.evaluate.reranked import parts_of, reranked
from classic.evaluate.tables import Row, over_seeds
from classic.metrics import interval, paired_interval
from classic.pipeline import RERANKERS, Stage
from classic.rank.fit_staged import StagedConfig, fit_staged, settings_of
from classic.rank.rankers import NETS
from classic.rank.staged import Pool, Staged

_K = 10
_RETRIEVED, _LOOKED_AT = 1000, 50
"""Beyond which recall is not asked, and what the ranker passes on."""
_BLOCK = 256
"""People at once, for the lists."""
_REQUESTS = 200
"""People one at a time, for the milliseconds; some more come first, which are not counted."""
_WARM_UP = 10
Rerank = Callable[[Pool], np.ndarray]
"""int64 [n, 10]: the lists to show."""
Told = dict[str, np.ndarray]


@dataclass(frozen=True)
class Way:
    """Which stages there are, and how many candidates the pre-ranker leaves: so many as the model
    says, unless another number is here; 0 where it does not stand in the way."""

    retrieve: bool = True
    kept: int | None = None
    rank: bool = True
    re_rank: bool = True


WAYS: Mapping[str, Way] = {
    "all stages": Way(),
    "without retrieval": Way(retrieve=False),
    "without pre-ranking": Way(kept=0),
    "without ranking": Way(rank=False),
    "without re-ranking": Way(re_rank=False),
    **{f"pre-ranking to {kept}": Way(kept=kept) for kept in (25, 50, 100, 400)},
}


@dataclass(frozen=True)
class StagesEntry:
    """A row: a net of `classic.rank.rankers` as the ranker, the other stages being the table's."""

    ranker: str
    seeds: tuple[int, ...] = (0,)
    published: str = ""


@dataclass(frozen=True)
class StagesTable(OfFiles, FirstShown):
    """`read` makes what is asked, and what the items are. The re-ranker `rerank` comes last, its
    dial at `dial`. What a row gains is over the best of its own retrievers."""

    read: Callable[[Path], tuple[FullRanking, Catalog]]
    entries: Mapping[str, StagesEntry]
    stages: Mapping[str, Any]
    rerank: str = "mmr"
    dial: float = 0.1
    baseline: str = "the best retriever"
    shown: tuple[str, ...] = (
        "ndcg@10/re-rank",
        "recall@1000/retrieve",
        "recall@200/pre-rank",
        "recall@50/rank",
    )

    def run(self, name: str, folder: Path, say: Say) -> Row:
        everybody, catalog = self.read(folder)
        asked = everybody.of_asked()
        entry, config = self.entries[name], self.config_of(name)
        last = self.last_stage(asked, catalog)
        found, seconds, models = [], [], []
        for seed in entry.seeds:
            began = time.perf_counter()
            own, build = with_seed(config, seed), NETS[entry.ranker].built
            models.append(fit_staged(name, asked.train, catalog, build, own, say))
            seconds.append(time.perf_counter() - began)
            found.append(after_each(models[-1], asked, last))
            told = ", ".join(f"{m} {found[-1][m].mean():.4f}" for m in self.shown)
            say(f"  {name}, seed {seed}: {told} in {seconds[-1]:.1f} s")
        ways = compared(models[0], asked, last, say)
        whole = ways["all stages"]
        metrics, spread = over_seeds([{m: v.mean() for m, v in one.items()} for one in found])
        return Row(
            config=str(config),
            seeds=entry.seeds,
            seconds=float(np.mean(seconds)),
            metrics=metrics,
            spread=spread,
            intervals={m: interval(values) for m, values in found[0].items()},
            cases=found[0],
            gains={self.choose_by: (whole["gain"], (whole["low"], whole["high"]))},
            slices=ways,
            beyond=stage_ms(models[0], asked, last),
        )

    def config_of(self, name: str) -> StagedConfig:
        return settings_of(NETS[self.entries[name].ranker], **self.stages)

    def last_stage(self, asked: FullRanking, catalog: Catalog) -> Rerank:
        stage = RERANKERS[self.rerank](parts_of(asked.train, catalog))
        return reranked_by(stage, asked.train.item_ids, self.dial)


def reranked_by(stage: Stage, item_ids: tuple[str, ...], dial: float) -> Rerank:
    def of(pool: Pool) -> np.ndarray:
        return reranked(stage, item_ids, pool.histories, *pool.listed(_LOOKED_AT), dial, _K)

    return of


def walked(
    model: Staged, histories: Histories, last: Rerank, way: Way
) -> Iterator[tuple[str, Pool | np.ndarray]]:
    """The stages of a way, one after the other, with what each gives."""
    pool = model.retrieved(histories) if way.retrieve else model.unretrieved(histories)
    yield "retrieve", pool
    kept = model.kept if way.kept is None else way.kept
    if kept:
        pool = model.pre_ranked(pool).best(kept)
        yield "pre-rank", pool
    if way.rank:
        pool = model.ranked(pool).best(_LOOKED_AT)
        yield "rank", pool
    yield "re-rank", last(pool) if way.re_rank else pool.lists(_K)


def after_each(model: Staged, asked: FullRanking, last: Rerank) -> Told:
    """What is found after each stage, by person: recall of what it passes on, and what is shown."""
    sizes = {"retrieve": _RETRIEVED, "pre-rank": model.kept, "rank": _LOOKED_AT, "re-rank": _K}
    lists: dict[str, list[np.ndarray]] = {name: [] for name in sizes}
    for block in _blocks(asked):
        for name, given in walked(model, block, last, Way()):
            lists[name].append(given.lists(sizes[name]) if isinstance(given, Pool) else given)
    found: Told = {}
    for name, k in sizes.items():
        told = asked.judged(np.concatenate(lists[name]), k)
        for metric in ("recall", "ndcg") if name == "re-rank" else ("recall",):
            found[f"{metric}@{k}/{name}"] = told[f"{metric}@{k}/{asked.label}"]
    return found


def compared(
    model: Staged, asked: FullRanking, last: Rerank, say: Say
) -> dict[str, dict[str, float]]:
    """Every way, and every retriever alone: NDCG@10, what it gains over the best retriever with
    the interval, and the milliseconds of a request."""
    ndcg, ms = {}, {}
    for part in model.parts:
        alone = f"{part.name} alone"
        ndcg[alone] = _ndcg(asked, asked.ranked(part, _K))
        ms[alone] = _ms(asked, partial(part.recommend_rows, k=_K))
    best = ndcg[max(ndcg, key=lambda name: float(ndcg[name].mean()))]
    for name, way in WAYS.items():
        ndcg[name] = _ndcg(
            asked, np.concatenate([_shown(model, last, way, b) for b in _blocks(asked)])
        )
        ms[name] = _ms(asked, partial(_shown, model, last, way))
        say(f"  {name}: NDCG@10 {ndcg[name].mean():.4f}, {np.median(ms[name]):.1f} ms")
    return {name: _beside(values, best, ms[name]) for name, values in ndcg.items()}


def stage_ms(model: Staged, asked: FullRanking, last: Rerank) -> dict[str, float]:
    """The mean milliseconds of each stage in a request."""
    spent: dict[str, list[float]] = {}
    for own in _requests(asked):
        began = time.perf_counter()
        for name, _ in walked(model, own, last, Way()):
            now = time.perf_counter()
            spent.setdefault(f"ms/{name}", []).append(1000 * (now - began))
            began = now
    return {name: float(np.mean(values[_WARM_UP:])) for name, values in spent.items()}


def _shown(model: Staged, last: Rerank, way: Way, histories: Histories) -> np.ndarray:
    *_, (_, lists) = walked(model, histories, last, way)
    assert isinstance(lists, np.ndarray)
    return lists


def _beside(values: np.ndarray, best: np.ndarray, ms: np.ndarray) -> dict[str, float]:
    gain, (low, high) = paired_interval(values, best)
    p50, p95 = np.quantile(ms, (0.5, 0.95))
    told = {"ndcg@10": float(values.mean()), "gain": gain, "low": low, "high": high}
    return told | {"p50 ms": float(p50), "p95 ms": float(p95)}


def _ndcg(asked: FullRanking, lists: np.ndarray) -> np.ndarray:
    return asked.judged(lists, _K)[f"ndcg@{_K}/{asked.label}"]


def _ms(asked: FullRanking, answer: Callable[[Histories], Any]) -> np.ndarray:
    spent = []
    for own in _requests(asked):
        began = time.perf_counter()
        answer(own)
        spent.append(1000 * (time.perf_counter() - began))
    return np.array(spent[_WARM_UP:])


def _blocks(asked: FullRanking) -> Iterator[Histories]:
    for a in range(0, len(asked.given), _BLOCK):
        yield asked.given.block(a, min(a + _BLOCK, len(asked.given)))


def _requests(asked: FullRanking) -> Iterator[Histories]:
    """Some people, the same ones every time, one by one."""
    drawn = np.random.default_rng(0).choice(len(asked.given), _WARM_UP + _REQUESTS)
    return (asked.given.take(np.array([person])) for person in drawn)
