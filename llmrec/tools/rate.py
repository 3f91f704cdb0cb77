"""The tool `rate`: how many stars a person would give an item, or that nobody can tell."""

from collections.abc import Mapping

from classic.data.interactions import History
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.understanding.schema import Frozen


class RateArguments(Frozen):
    """`weights`: how much each known item was liked, -1 to 1."""

    item_id: str
    weights: Mapping[str, float] = {}


def _rate(arguments: RateArguments, box: Toolbox) -> ToolResult:
    label = box.catalog[arguments.item_id].label
    ratings = box.pipeline.ratings
    history = History(tuple(arguments.weights), tuple(arguments.weights.values()))
    guess = ratings.predict(history, arguments.item_id) if ratings else None
    if guess is None:
        return ToolResult(note=f"No ratings of {label} are known, so no rating can be predicted.")
    note = (
        f"About {guess.stars:.1f} of 5 stars for {label} "
        f"(likely {guess.low:.1f} to {guess.high:.1f}; {guess.basis})."
    )
    return ToolResult(note=note, items=(arguments.item_id,), predicted=guess.stars, n_in=1)


RATE = Tool("rate", "Predict a person's rating of one item.", RateArguments, _rate)
