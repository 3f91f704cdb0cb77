"""The closed list of aggregators: which prompts are asked for one person, and how the answers to
them become one ranking. Each is a generator: it yields what is to be asked next and is sent what
was read."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from classic.errors import BadInput
from llmrec.lab.channels import Channel
from llmrec.lab.reading import Reading
from llmrec.lab.scene import Asked, NoSettings

Scores = dict[str, float]
Rounds = Generator[list[Asked], list[Reading], Scores]
_LISTS = ("letters", "list", "json", "titles", "title_means", "beam", "grounded")


@dataclass(frozen=True)
class Lot:
    """Items in the order shown, and a generator of one person's own."""

    items: tuple[str, ...]
    rng: np.random.Generator


def _views(channel: Channel, items: Sequence[str]) -> list[Asked]:
    """All items in one prompt, or a prompt each."""
    return [Asked(tuple(items))] if channel.at_once is None else [Asked((i,)) for i in items]


def _single(lot: Lot, channel: Channel, _: NoSettings) -> Rounds:
    read = yield _views(channel, lot.items)
    return _together(read)


def _together(read: Sequence[Reading]) -> Scores:
    return {item: score for one in read for item, score in one.scores.items()}


@dataclass(frozen=True)
class OrdersSettings:
    """`n` orders, the first as shown."""

    n: int = 3


def _orders(lot: Lot, n: int) -> list[Asked]:
    drawn = [lot.rng.permutation(len(lot.items)) for _ in range(n - 1)]
    return [Asked(lot.items), *(Asked(tuple(lot.items[i] for i in order)) for order in drawn)]


def _permutations(lot: Lot, _: Channel, settings: OrdersSettings) -> Rounds:
    """The mean score over orders; an order that gave an item none says nothing of it."""
    read = yield _orders(lot, settings.n)
    told = {i: [one.scores[i] for one in read if i in one.scores] for i in lot.items}
    return {item: float(np.mean(scores)) for item, scores in told.items() if scores}


def _bootstrap(lot: Lot, _: Channel, settings: OrdersSettings) -> Rounds:
    """The sum over orders of how far from the end an item stands (Hou et al., ECIR 2024)."""
    read = yield _orders(lot, settings.n)
    points: Scores = {}
    for one in read:
        best_first = sorted(one.scores, key=lambda i: -one.scores[i])
        for rank, item in enumerate(best_first):
            points[item] = points.get(item, 0.0) + len(lot.items) - rank
    return points


def _calibrated(lot: Lot, channel: Channel, _: NoSettings) -> Rounds:
    """Less what the same prompt says with its content taken out: of letters, all of it (Zhao et
    al., ICML 2021); of one item, the history (Holtzman et al., EMNLP 2021). Of titles that is
    how likely they are written to anybody."""
    asked = _views(channel, lot.items)
    free = [Asked(a.items, "all" if channel.at_once is None else "history") for a in asked]
    read = yield [*asked, *free]
    told, empty = _together(read[: len(asked)]), _together(read[len(asked) :])
    return {item: score - empty.get(item, 0.0) for item, score in told.items()}


def _compared(pairs: Sequence[tuple[str, str]]) -> Generator[list[Asked], list[Reading], list]:
    """For each pair the log odds of its first item, the mean of both orders."""
    read = yield [Asked(order) for a, b in pairs for order in ((a, b), (b, a))]
    both = zip(pairs, read[::2], read[1::2], strict=True)
    return [(one.scores.get(a, 0.0) - other.scores.get(b, 0.0)) / 2 for (a, b), one, other in both]


@dataclass(frozen=True)
class TournamentSettings:
    """Each item meets twice as many `opponents`, drawn."""

    opponents: int = 2


def _tournament(lot: Lot, _: Channel, settings: TournamentSettings) -> Rounds:
    """Items in a drawn circle meet their next neighbours; the score is the mean chance to win."""
    circle = [lot.items[i] for i in lot.rng.permutation(len(lot.items))]
    n, steps = len(circle), min(settings.opponents, (len(circle) - 1) // 2 or 1)
    pairs = [(circle[i], circle[(i + s) % n]) for i in range(n) for s in range(1, steps + 1)]
    odds = yield from _compared(pairs)
    won: dict[str, list[float]] = {item: [] for item in lot.items}
    for (a, b), z in zip(pairs, odds, strict=True):
        won[a].append(float(expit(z)))
        won[b].append(float(expit(-z)))
    return {item: float(np.mean(chances)) for item, chances in won.items()}


def _sorting(lot: Lot, _: Channel, __: NoSettings) -> Rounds:
    """Merge sort, all merges of a level side by side (pair-wise prompting; Qin et al. 2024)."""
    runs = [[item] for item in lot.items]
    while len(runs) > 1:
        left, right = runs[: len(runs) // 2 * 2 : 2], runs[1::2]
        merged: list[list[str]] = [[] for _ in right]
        while active := [m for m in range(len(merged)) if left[m] and right[m]]:
            odds = yield from _compared([(left[m][0], right[m][0]) for m in active])
            for m, z in zip(active, odds, strict=True):
                merged[m].append((left[m] if z >= 0 else right[m]).pop(0))
        whole = [m + a + b for m, a, b in zip(merged, left, right, strict=True)]
        runs = whole + ([runs[-1]] if len(runs) % 2 else [])
    return {item: float(-rank) for rank, item in enumerate(runs[0])}


@dataclass(frozen=True)
class Aggregator:
    about: str
    settings: Any
    channels: tuple[str, ...]
    run: Callable[[Lot, Channel, Any], Rounds]


AGGREGATORS: Mapping[str, Aggregator] = {
    "single": Aggregator(
        "asked once", NoSettings(), (*_LISTS, "yes_no", "stars", "explanation"), _single
    ),
    "permutations": Aggregator(
        "the mean over several orders of the candidates", OrdersSettings(), _LISTS, _permutations
    ),
    "bootstrap": Aggregator(
        "ranks summed over several orders of the candidates", OrdersSettings(), _LISTS, _bootstrap
    ),
    "calibrated": Aggregator(
        "less what a content-free prompt says",
        NoSettings(),
        ("letters", "yes_no", "titles", "title_means"),
        _calibrated,
    ),
    "tournament": Aggregator(
        "each against a few drawn others", TournamentSettings(), ("pair",), _tournament
    ),
    "sorting": Aggregator("merge sort by comparisons", NoSettings(), ("pair",), _sorting),
}


def aggregator_named(name: str, channel: str) -> Aggregator:
    """Raises `BadInput` for one that is not there, or that this channel does not serve."""
    if name not in AGGREGATORS:
        raise BadInput(f"no aggregator {name!r}; there are: {', '.join(AGGREGATORS)}")
    if channel not in AGGREGATORS[name].channels:
        fits = ", ".join(n for n, a in AGGREGATORS.items() if channel in a.channels)
        raise BadInput(f"aggregator {name!r} does not go with {channel!r}; these do: {fits}")
    return AGGREGATORS[name]
