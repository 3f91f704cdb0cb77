"""The turn as a LangGraph graph. This file only wires; what a node does stands in its own file."""

import time
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from llmrec.dialogue.act import act
from llmrec.dialogue.advance import advance
from llmrec.dialogue.decide import decide
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.events import Step
from llmrec.dialogue.link import link
from llmrec.dialogue.nouns import TraceStep
from llmrec.dialogue.understand import understand
from llmrec.dialogue.write import write

Node = Callable[[Draft, Runtime[Parts]], Draft]
NODES: tuple[Node, ...] = (link, understand, advance, decide, act, write)
"""In this order. Ranking happens in the pipeline that `act` calls; verifying inside `write`."""


@lru_cache(maxsize=1)
def turn_graph() -> Any:
    """The compiled graph: `Draft` in, `Draft` out, `Parts` as its context; no checkpointer, since
    the store is the only truth."""
    graph = StateGraph(Draft, context_schema=Parts)
    for node in NODES:
        graph.add_node(node.__name__, cast(Any, timed(node)))
    names = [START, *(node.__name__ for node in NODES), END]
    for before, after in pairwise(names):
        graph.add_edge(before, after)
    return graph.compile()


def timed(node: Node) -> Node:
    """The node with its time in the trace."""

    def run(draft: Draft, runtime: Runtime[Parts]) -> Draft:
        began = time.perf_counter()
        outcome = node(draft, runtime)
        ms = (time.perf_counter() - began) * 1000
        step = TraceStep(step=node.__name__, n_out=_size(node.__name__, outcome), ms=ms)
        runtime.stream_writer(Step(step))
        return {**outcome, "trace": [step, *outcome.get("trace", [])]}

    return run


def _size(name: str, outcome: Draft) -> int | None:
    """What a step found, counted: mentions, slots, preferences, items."""
    if name == "link":
        return len(outcome["mentions"])
    if name == "understand":
        return len(outcome["understanding"].slots.filled())
    if name == "advance":
        return len(outcome["learned"])
    return len(outcome["items"]) if "items" in outcome else None
