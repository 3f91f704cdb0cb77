"""Aggregators against a judge whose taste is known."""

from collections.abc import Callable

import numpy as np
import pytest

from llmrec.lab.aggregate import AGGREGATORS, Lot, aggregator_named
from llmrec.lab.channels import channel_named
from llmrec.lab.reading import Reading, unreadable
from llmrec.lab.scene import Asked

ITEMS = tuple("abcdefghijk")
TASTE = {item: float(-n) for n, item in enumerate(np.random.default_rng(1).permutation(ITEMS))}


def ranked(name: str, channel: str, read: Callable[[Asked], Reading], **settings: int) -> list[str]:
    fold = aggregator_named(name, channel)
    config = type(fold.settings)(**settings)
    rounds = fold.run(Lot(ITEMS, np.random.default_rng(0)), channel_named(channel), config)
    readings: list[Reading] | None = None
    try:
        while True:
            asked = next(rounds) if readings is None else rounds.send(readings)
            readings = [read(one) for one in asked]
    except StopIteration as end:
        scores: dict[str, float] = end.value
    return sorted(scores, key=lambda i: -scores[i])


def knows(asked: Asked) -> Reading:
    """Says what it thinks, and nothing of a prompt without content."""
    if asked.free:
        return Reading(dict.fromkeys(asked.items, 0.0))
    if len(asked.items) == 2:
        a, b = asked.items
        return Reading({a: TASTE[a] - TASTE[b]})
    return Reading({i: TASTE[i] for i in asked.items})


def first_is_best(weight: float) -> Callable[[Asked], Reading]:
    """The same taste with a leaning to what is shown first."""

    def read(asked: Asked) -> Reading:
        told = {} if asked.free else TASTE
        if len(asked.items) == 2:
            a, b = asked.items
            return Reading({a: TASTE[a] - TASTE[b] + weight})
        return Reading({i: told.get(i, 0.0) - weight * n for n, i in enumerate(asked.items)})

    return read


BEST = sorted(ITEMS, key=lambda i: -TASTE[i])


@pytest.mark.parametrize(
    ("name", "channel"),
    [(name, channel) for name, a in AGGREGATORS.items() for channel in a.channels],
)
def test_who_knows_is_believed(name: str, channel: str) -> None:
    settings = {"opponents": 5} if name == "tournament" else {}
    assert ranked(name, channel, knows, **settings) == BEST


@pytest.mark.parametrize("name", ["calibrated", "sorting"])
def test_a_leaning_to_the_first_place_is_taken_out(name: str) -> None:
    channel = "pair" if name == "sorting" else "letters"
    assert ranked(name, channel, first_is_best(3.0)) == BEST
    assert ranked("single", "letters", first_is_best(3.0)) != BEST


@pytest.mark.parametrize("name", ["permutations", "bootstrap"])
def test_many_orders_come_nearer_to_the_taste_than_one(name: str) -> None:
    def off(order: list[str]) -> int:
        return sum(abs(order.index(i) - BEST.index(i)) for i in ITEMS)

    many = ranked(name, "letters", first_is_best(2.0), n=60)
    assert off(many) < off(ranked("single", "letters", first_is_best(2.0)))


def test_permutations_begin_with_the_order_shown() -> None:
    lot = Lot(ITEMS, np.random.default_rng(0))
    fold = AGGREGATORS["permutations"]
    asked = next(fold.run(lot, channel_named("letters"), fold.settings))
    assert asked[0].items == ITEMS
    assert [sorted(a.items) for a in asked] == [list(ITEMS)] * 3


def test_sorting_asks_as_seldom_as_sorting_can() -> None:
    asked = []
    ranked("sorting", "pair", lambda one: asked.append(one) or knows(one))
    assert len(asked) / 2 <= len(ITEMS) * np.log2(len(ITEMS))


def test_an_order_that_could_not_be_read_says_nothing() -> None:
    answers = iter([unreadable(), knows(Asked(ITEMS)), unreadable()])
    assert ranked("permutations", "letters", lambda _: next(answers)) == BEST
    assert ranked("permutations", "letters", lambda _: unreadable()) == []
