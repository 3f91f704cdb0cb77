"""The tool `explain`: why an item was suggested, as facts that can each be checked."""

from llmrec.dialogue.evidence import evidence_for
from llmrec.tools.recommend import ListArguments
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox


class ExplainArguments(ListArguments):
    """The item and the request it was suggested for."""

    item_id: str
    anchors: tuple[str, ...] = ()
    text: str = ""


def _explain(arguments: ExplainArguments, box: Toolbox) -> ToolResult:
    query = arguments.query(anchors=arguments.anchors, text=arguments.text)
    scored = box.score(query, (arguments.item_id,))
    found = evidence_for(box.catalog, arguments.item_id, scored.sources[0], query)
    item = box.catalog[arguments.item_id]
    note = f"{item.label}: {'; '.join(e.text for e in found) or 'nothing speaks for it'}."
    return ToolResult(note=note, candidates=scored, items=(arguments.item_id,), facts=found, n_in=1)


EXPLAIN = Tool("explain", "Why an item fits a request, fact by fact.", ExplainArguments, _explain)
