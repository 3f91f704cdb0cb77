"""Context builders that tell what is known of an item, and what of a text is not."""

from dataclasses import dataclass, replace
from typing import Any

from llmrec.dialogue.verify import verify
from llmrec.lab.explanations import shared_facts
from llmrec.lab.ground import NOT_SAID
from llmrec.lab.scene import Scene
from llmrec.tools.facts import facts as facts_of


@dataclass(frozen=True)
class FactsSettings:
    """At most so many of each."""

    own: int = 6
    shared: int = 3


def facts(scene: Scene, settings: FactsSettings) -> dict[str, Any]:
    if scene.asked.free:
        return {"facts": [NOT_SAID], "shared": [NOT_SAID]}
    item = scene.ground.item(scene.asked.items[0])
    told = [fact.text for fact in facts_of(item)][: settings.own]
    case = replace(scene.case, truth=item.item_id)
    alike = shared_facts(scene.ground.task.catalog, case)[: settings.shared]
    return {"facts": told, "shared": [f"it {one}" for one in alike]}


@dataclass(frozen=True)
class UnsupportedSettings:
    """The name of the step."""

    of: str = "draft"


def unsupported(scene: Scene, settings: UnsupportedSettings) -> dict[str, Any]:
    """By the chat's verifier, which knows the item and the history. Nothing before it is
    written."""
    text = dict(scene.asked.written).get(settings.of, "")
    if scene.asked.free or not isinstance(text, str):
        return {"unsupported": []}
    known = (*scene.asked.items, *scene.case.history)
    told = verify(text, catalog=scene.ground.task.catalog, items=known, evidence=())
    return {"unsupported": [{"sentence": cut.sentence, "why": cut.why} for cut in told.cut]}
