"""The ways to recommend from a catalogue, and which of them can be used now."""

from dataclasses import dataclass

from classic.data.datasets import ships_interactions
from classic.pipeline import PIPELINES
from llmrec.data import PTUM


@dataclass(frozen=True)
class RetrieverInfo:
    """For the retriever switch: `note` is what is missing, empty when nothing is."""

    name: str
    note: str = ""


def retrievers(data: str) -> tuple[RetrieverInfo, ...]:
    """The pipelines, then every model, those that can be used now first."""
    # Nets and all they need take seconds to import: only who looks at the list waits for them.
    from classic.models import MODELS
    from classic.trained import is_trained
    from llmrec.behaviour.weights import has_weights

    here = ships_interactions(data)
    models = [
        RetrieverInfo(
            name,
            "needs interactions"
            if not here
            else ""
            if model.at_once or is_trained(data, name)
            else "train first",
        )
        for name, model in MODELS.items()
        if name not in PIPELINES
    ]
    models.append(RetrieverInfo(PTUM, "" if has_weights(data) else "pre-train first"))
    models.sort(key=lambda info: bool(info.note))
    return (*map(RetrieverInfo, PIPELINES), *models)
