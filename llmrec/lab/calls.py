"""Which tools an agent called, and how often."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from llmrec.lab.agent import FAILED
from llmrec.lab.runner import Put
from llmrec.lab.strategy import Strategy


@dataclass(frozen=True)
class Calls:
    """Of a person on average: calls of each tool by name, none left out; those of them, and of
    choices that nobody could read, that `failed`; and the share of people with `none`."""

    tools: dict[str, float]
    failed: float
    none: float


def calls_of(strategy: Strategy, puts: Sequence[Put], people: int) -> Calls | None:
    """`None` for a strategy that calls none. What several orders of one person's candidates ask
    alike is one call."""
    steps = {name: step for name, step in strategy.steps.items() if step.tools}
    if not steps:
        return None
    own = [put for put in puts if put.asked.step in steps and not put.asked.free]
    once = {(put.case, put.key): put for put in own}.values()
    counts = Counter(put.reading.text for put in once if put.reading.text)
    tools = dict.fromkeys(name for step in steps.values() for name in step.tools)
    failed = sum(FAILED in put.reading.errors for put in once)
    calling = {put.case for put in once if put.reading.text}
    return Calls(
        {name: counts[name] / people for name in tools}, failed / people, 1 - len(calling) / people
    )
