"""Node `act`: runs the planned tools and turns candidates into suggestions with evidence.

The cards leave here: they are the tools' own answer and need no prose.
"""

import time

from langgraph.runtime import Runtime

from classic.candidates import Candidates
from classic.query import Query
from llmrec.dialogue import wishes
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.events import Cards
from llmrec.dialogue.evidence import evidence_for
from llmrec.dialogue.nouns import (
    CandidateSet,
    DialogueState,
    Suggestion,
    ToolCall,
    TraceStep,
)
from llmrec.tools.registry import TOOLS
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Toolbox

_LISTS = ("recommend", "similar", "search")
_SETS_KEPT = 20


def act(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    box = runtime.context.box
    done = tuple(run(call, box) for call in draft["plan"].calls)
    steps = [step for _, result, call_step in done for step in (call_step, *result.steps)]
    outcome: Draft = {
        "done": tuple((call, result) for call, result, _ in done),
        "evidence": tuple(e for _, result, _ in done for e in result.facts),
        "trace": steps,
    }
    made = next(((c, r) for c, r, _ in done if c.tool in _LISTS), None)
    if made is None:
        return outcome
    call, result = made
    query = wishes.query(draft["preferences"], draft["state"])
    items = suggestions(box, result.candidates, query)
    outcome |= {
        "items": items,
        "state": _with_list(draft["state"], call, result, items),
        "evidence": tuple(e for s in items for e in s.evidence),
        "notes": _lifted(result),
    }
    runtime.stream_writer(Cards(items))
    return outcome


def run(call: ToolCall, box: Toolbox) -> tuple[ToolCall, ToolResult, TraceStep]:
    """One tool call, timed."""
    tool = TOOLS[call.tool]
    began = time.perf_counter()
    result = tool.run(tool.arguments.model_validate(call.args), box)
    step = TraceStep(
        step="tool",
        tool=call.tool,
        args={k: v for k, v in call.args.items() if v not in (None, (), [], {}, "")},
        n_in=result.n_in,
        n_out=len(result.items),
        ms=(time.perf_counter() - began) * 1000,
    )
    return call, result, step


def suggestions(box: Toolbox, found: Candidates, query: Query) -> tuple[Suggestion, ...]:
    """Candidates as the reply shows them, each with its evidence."""
    return tuple(
        Suggestion(
            item_id=item_id,
            title=box.catalog[item_id].title,
            year=box.catalog[item_id].year,
            score=float(score),
            rank=rank,
            sources=dict(sources),
            evidence=evidence_for(box.catalog, item_id, sources, query),
        )
        for rank, (item_id, score, sources) in enumerate(
            zip(found.item_ids, found.scores, found.sources, strict=True), start=1
        )
    )


def _with_list(
    state: DialogueState, call: ToolCall, result: ToolResult, items: tuple[Suggestion, ...]
) -> DialogueState:
    """The state with the new list on the bus, named after its place: A, B, ... Z, A2..."""
    number = len(state.sets)
    name = chr(ord("A") + number % 26) + (str(number // 26 + 1) if number >= 26 else "")
    fresh = CandidateSet(name=name, note=result.note, item_ids=result.items, tool=call.tool)
    return state.model_copy(update={"sets": (*state.sets, fresh)[-_SETS_KEPT:], "shown": items})


def _lifted(result: ToolResult) -> list[str]:
    if not result.emptied_by:
        return []
    wished = ", ".join(result.emptied_by)
    if not result.relaxed:
        return [f"Nothing here fits all of: {wished}."]
    lifted = " and ".join(f"“{limit}”" for limit in result.relaxed)
    return [f"Nothing here fits all of: {wished}. So I lifted {lifted}."]
