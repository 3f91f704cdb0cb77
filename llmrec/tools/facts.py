"""Facts about one item as evidence: `lookup`, and what `compare` and `explain` build on."""

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from classic.data.item import Item
from classic.text import fold
from llmrec.dialogue.nouns import Evidence
from llmrec.text import listed, without_markup
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.understanding.schema import Frozen

FactName = Literal[
    "year",
    "directors",
    "cast",
    "genres",
    "runtime",
    "countries",
    "languages",
    "audience",
    "moods",
    "keywords",
    "text",
]
FACTS: tuple[FactName, ...] = get_args(FactName)


def facts(item: Item, names: tuple[FactName, ...] = FACTS) -> Iterator[Evidence]:
    """The known facts of an item, each with the catalogue field it stands in."""
    for name in names:
        value = getattr(item, name)
        if value:
            yield Evidence(
                id=f"{item.item_id}:{name}",
                kind="field",
                text=_spoken(item, name),
                item_id=item.item_id,
                refers_to=f"{name}={listed(value) if isinstance(value, tuple) else value}",
            )


def _spoken(item: Item, name: FactName) -> str:
    value = getattr(item, name)
    words = listed(value) if isinstance(value, tuple) else str(value)
    return {
        "year": f"it came out in {words}",
        "directors": f"it was directed by {words}",
        "cast": f"it stars {words}",
        "genres": f"it is filed under {words}",
        "runtime": f"it runs {words} minutes",
        "countries": f"it was made in {words}",
        "languages": f"it is in {words}",
        "audience": f"it is rated {words}",
        "moods": f"its mood is {words}",
        "keywords": f"it is about {words}",
        "text": without_markup(words),
    }[name]


class LookupArguments(Frozen):
    item_id: str
    fields: tuple[FactName, ...] = Field(default=(), description="none: everything known")


class CompareArguments(Frozen):
    item_ids: tuple[str, ...] = Field(min_length=2, max_length=4)


class CreditsArguments(Frozen):
    person: str


_CREDITS = 8
"""Items of one person at most, the best known first."""


def _credits(arguments: CreditsArguments, box: Toolbox) -> ToolResult:
    person = fold(arguments.person)
    found = []
    for item in sorted(box.catalog, key=lambda i: -i.attributes.get("fame", 0.0)):
        role = _role(item, person)
        if role:
            text = (
                f"it was directed by {arguments.person}"
                if role == "directors"
                else (f"it stars {arguments.person}")
            )
            found.append(
                Evidence(
                    id=f"{item.item_id}:{role}",
                    kind="field",
                    text=text,
                    item_id=item.item_id,
                    refers_to=f"{role}={arguments.person}",
                )
            )
    told = tuple(found[:_CREDITS])
    note = f"{arguments.person}: {len(found)} of the {box.catalog.domain}s here."
    items = tuple(e.item_id for e in told)
    return ToolResult(note=note, items=items, facts=told, n_in=len(box.catalog))


def _role(item: Item, person: str) -> Literal["directors", "cast"] | None:
    if any(fold(name) == person for name in item.directors):
        return "directors"
    return "cast" if any(fold(name) == person for name in item.cast) else None


def _lookup(arguments: LookupArguments, box: Toolbox) -> ToolResult:
    item = box.catalog[arguments.item_id]
    found = tuple(facts(item, arguments.fields or FACTS))
    missing = [f for f in arguments.fields if not getattr(item, f)]
    note = f"{item.label}: {'; '.join(e.text for e in found)}."
    if missing:
        note += f" Not known: {', '.join(missing)}."
    return ToolResult(note=note, items=(item.item_id,), facts=found, n_in=1)


def _compare(arguments: CompareArguments, box: Toolbox) -> ToolResult:
    chosen = [box.catalog[i] for i in arguments.item_ids]
    found = tuple(e for item in chosen for e in facts(item))
    note = f"Facts of {listed([i.label for i in chosen])}."
    return ToolResult(note=note, items=arguments.item_ids, facts=found, n_in=len(chosen))


CREDITS = Tool("credits", "What one person directed or is in.", CreditsArguments, _credits)
LOOKUP = Tool("lookup", "Facts about one item.", LookupArguments, _lookup)
COMPARE = Tool("compare", "Facts of several items side by side.", CompareArguments, _compare)
