"""What a ranking depends on besides taste: places, orders, fame, and how much history there is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
from scipy.stats import kendalltau, rankdata

from classic.metrics import interval
from llmrec.lab.agent import FAILED
from llmrec.lab.baselines import counts_of
from llmrec.lab.measure import best_of, metrics_of, ranks_of
from llmrec.lab.runner import Put
from llmrec.lab.task import RankingTask

Curve = list[tuple[str, float, float, float, int]]
"""Points: what they are of, the mean, its interval, and how many people or prompts."""
_PARTS = 5


def of_strategy(puts: Sequence[Put], name: str) -> list[Put]:
    """Its prompts that asked about real content for an answer, not for a text before it."""
    own = [put for put in puts if put.strategy == name]
    return [put for put in own if not put.asked.free and not put.asked.step]


def first_choices(puts: Sequence[Put], n: int) -> list[float] | None:
    """The share of prompts with all items in which the item at each place came first; `None` for a
    strategy that never shows all. Without a bias towards places every share is 1 / n."""
    whole = [p for p in puts if len(p.asked.items) == n and p.reading.scores]
    if not whole:
        return None
    best = [max(p.reading.scores, key=lambda i: p.reading.scores[i]) for p in whole]
    places = [p.asked.items.index(b) for p, b in zip(whole, best, strict=True)]
    return (np.bincount(places, minlength=n) / len(whole)).tolist()


def by_place(puts: Sequence[Put], task: RankingTask) -> Curve:
    """NDCG@10 of single prompts by where the truth was shown."""
    n, values = task.n_candidates, defaultdict(list)
    for put in puts:
        if len(put.asked.items) == n:
            scores = np.array([[put.reading.scores.get(i, np.nan) for i in put.asked.items]])
            place = put.asked.items.index(task.cases[put.case].truth)
            rank = ranks_of(scores, np.array([place]))
            values[place * _PARTS // n].append(float(metrics_of(rank, "x")["ndcg@10/x"][0]))
    edges = np.linspace(0, n, _PARTS + 1).astype(int)
    names = [f"{a + 1}–{b}" for a, b in pairwise(edges)]
    return [_point(names[part], values[part]) for part in sorted(values)]


def agreement(puts: Sequence[Put], n: int) -> dict[str, float] | None:
    """Of orders of the same candidates: Kendall's tau between the rankings of any two, and how
    often both have the same item first; `None` with one order."""
    own: dict[int, list[dict[str, float]]] = defaultdict(list)
    for put in puts:
        if len(put.asked.items) == n and len(put.reading.scores) == n:
            own[put.case].append(dict(put.reading.scores))
    taus, same = [], []
    for orders in own.values():
        items = sorted(orders[0])
        rows = [[scores[i] for i in items] for scores in orders]
        for a, b in combinations(rows, 2):
            taus.append(float(kendalltau(a, b).statistic))
            same.append(float(int(np.argmax(a)) == int(np.argmax(b))))
    if not taus:
        return None
    return {"tau": float(np.nanmean(taus)), "same_first": float(np.mean(same))}


def closeness(ours: np.ndarray, theirs: np.ndarray, top: int = 5) -> dict[str, float]:
    """Of two rankings of the same candidates: Kendall's tau, how often both put the same first,
    and the share of one's best that are among the other's; over people with both, tau with its
    interval."""
    both = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
    a, b = ours[both], theirs[both]
    if not len(a):
        return {}
    taus = np.array([float(kendalltau(x, y).statistic) for x, y in zip(a, b, strict=True)])
    # Whoever scores all alike has no order to compare.
    taus = taus[np.isfinite(taus)]
    tau, (low, high) = (taus.mean(), interval(taus)) if len(taus) else (np.nan, (np.nan, np.nan))
    best_a, best_b = best_of(a, top), best_of(b, top)
    shared = [len(np.intersect1d(x, y)) / top for x, y in zip(best_a, best_b, strict=True)]
    same = float((best_a[:, 0] == best_b[:, 0]).mean())
    return {
        "tau": float(tau),
        "low": low,
        "high": high,
        "same_first": same,
        "overlap": float(np.mean(shared)),
    }


def attack(attacked: np.ndarray, clean: np.ndarray, places: np.ndarray) -> dict[str, float]:
    """What text for one candidate does: how often the candidate at int64 [n] `places` stands first
    and among the first five, without and with it, and by how many ranks it rises."""
    before, after = ranks_of(clean, places), ranks_of(attacked, places)
    told = np.isfinite(before) & np.isfinite(after)
    rise = before[told] - after[told]
    low, high = interval(rise) if told.any() else (np.nan, np.nan)
    return {
        "first_before": float((before == 1).mean()),
        "first_after": float((after == 1).mean()),
        "top5_before": float((before <= 5).mean()),
        "top5_after": float((after <= 5).mean()),
        "rise": float(rise.mean()) if told.any() else float("nan"),
        "low": low,
        "high": high,
    }


def popularity_lift(scores: np.ndarray, task: RankingTask) -> dict[str, float]:
    """How famous what comes first is: its percentile by counts among all items, less the mean of
    the candidates, beside the same of the truths. 0 is no leaning to fame."""
    percentile = rankdata(counts_of(task)) / len(task.catalog)
    fame, best = percentile[task.rows()], best_of(scores, 1)[:, 0]
    told = best >= 0
    lift = np.take_along_axis(fame, best[:, None], 1)[:, 0] - fame.mean(axis=1)
    truth = np.take_along_axis(fame, task.places()[:, None], 1)[:, 0] - fame.mean(axis=1)
    low, high = interval(lift[told]) if told.any() else (np.nan, np.nan)
    return {
        "first": float(lift[told].mean()) if told.any() else float("nan"),
        "low": low,
        "high": high,
        "truth": float(truth.mean()),
    }


def by_history(values: np.ndarray, task: RankingTask) -> Curve:
    """A metric's mean in parts of about equally many people, from the shortest histories up; who
    has equally many items is in one part."""
    lengths = np.array([len(case.history) for case in task.cases])
    ends = [-(-len(lengths) * part // _PARTS) - 1 for part in range(1, _PARTS + 1)]
    longest = np.unique(np.sort(lengths)[ends])
    part_of = np.searchsorted(longest, lengths)
    parts = [np.flatnonzero(part_of == part) for part in range(len(longest))]
    return [_point(_span(lengths[rows]), values[rows].tolist()) for rows in parts]


def _span(lengths: np.ndarray) -> str:
    low, high = int(lengths.min()), int(lengths.max())
    return f"{low}–{high}" if low < high else str(low)


def _point(name: str, values: Sequence[float]) -> tuple[str, float, float, float, int]:
    low, high = interval(np.array(values), draws=500)
    return name, float(np.mean(values)), low, high, len(values)


def errors_of(puts: Sequence[Put]) -> Mapping[str, float]:
    """Of one strategy's prompts: how many of each error an answer has, the share of prompts whose
    history was trimmed, and of texts to be written first that came to nothing."""
    answers = [put for put in puts if not put.asked.step]
    steps = [put for put in puts if put.asked.step]
    total: dict[str, int] = defaultdict(int)
    for put in answers:
        for kind, n in put.reading.errors.items():
            total[kind] += n
    shares = {kind: n / len(answers) for kind, n in total.items()}
    shares["trimmed"] = sum(put.trimmed for put in puts) / max(len(puts), 1)
    lost = [put for put in steps if set(put.reading.errors) - {FAILED}]
    shares["unwritten"] = len(lost) / max(len(steps), 1)
    return {kind: share for kind, share in shares.items() if share}
