"""The contract of every tool: typed arguments, a result with a note, clear errors, LangChain."""

import json

import pytest

from classic.errors import BadInput
from llmrec.dialogue.nouns import Preference
from llmrec.tools.registry import TOOLS
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Toolbox, langchain_tools
from tests import small

CATALOG = small.catalog()
LIKED = {"liked": ("item-1", "item-4")}
WISH = Preference(kind="genre", value="Drama")
ARGUMENTS: dict[str, dict[str, object]] = {
    "recommend": {**LIKED, "k": 5},
    "similar": {"anchors": ("item-3",), "k": 5},
    "search": {"text": "thing 5", "where": {"year_min": 1960}, "k": 5},
    "lookup": {"item_id": "item-1"},
    "compare": {"item_ids": ("item-1", "item-2")},
    "credits": {"person": "Nobody Known"},
    "explain": {"item_id": "item-7", **LIKED},
    "rate": {"item_id": "item-9", "weights": {"item-1": 1.0}},
    "remember": {"new": [WISH.model_dump(mode="json")]},
    "forget": {"known": [WISH.model_dump(mode="json")], "kind": "genre", "value": "Drama"},
}


@pytest.fixture(scope="module")
def box() -> Toolbox:
    return Toolbox(CATALOG, small.pipeline("hybrid", CATALOG))


def run(name: str, box: Toolbox, **changes: object) -> ToolResult:
    tool = TOOLS[name]
    return tool.run(tool.arguments.model_validate({**ARGUMENTS[name], **changes}), box)


def test_every_tool_is_tried_here() -> None:
    assert set(ARGUMENTS) == set(TOOLS)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_contract(name: str, box: Toolbox) -> None:
    first, again = run(name, box), run(name, box)
    assert first.note
    assert "\n" not in first.note
    assert first.note == again.note
    assert first.items == again.items
    assert all(i in CATALOG for i in first.items)
    assert all(fact.item_id in CATALOG for fact in first.facts)
    json.dumps(TOOLS[name].arguments.model_json_schema())
    with pytest.raises(ValueError, match="extra"):
        TOOLS[name].arguments.model_validate({**ARGUMENTS[name], "nonsense": 1})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("recommend", {"liked": ("no-such-item",)}),
        ("similar", {"anchors": ("no-such-item",)}),
        ("lookup", {"item_id": "no-such-item"}),
        ("compare", {"item_ids": ("item-1", "no-such-item")}),
        ("explain", {"item_id": "no-such-item"}),
        ("rate", {"item_id": "no-such-item"}),
    ],
)
def test_an_unknown_id_is_one_clear_line(name: str, wrong: dict, box: Toolbox) -> None:
    with pytest.raises(BadInput, match="no-such-item"):
        run(name, box, **wrong)


def test_lists_keep_their_limits_and_never_repeat_what_is_known(box: Toolbox) -> None:
    found = run("recommend", box, where={"year_min": 1980, "genres": ["Drama"]}, k=20)
    for item_id in found.items:
        item = CATALOG[item_id]
        assert (item.year or 0) >= 1980
        assert "Drama" in item.genres
    assert not {"item-1", "item-4"} & set(found.items)


def test_an_empty_list_names_the_limit_and_what_was_lifted(box: Toolbox) -> None:
    found = run("recommend", box, where={"year_min": 2024, "genres": ["Western"]})
    assert found.items
    assert found.emptied_by
    assert found.relaxed


def test_explanations_point_at_what_they_rest_on(box: Toolbox) -> None:
    for fact in run("explain", box).facts:
        assert fact.refers_to in CATALOG or "=" in fact.refers_to or fact.refers_to == "popularity"


def test_remember_replaces_what_it_contradicts(box: Toolbox) -> None:
    old = Preference(kind="genre", value="Drama", polarity=-1)
    result = run("remember", box, known=[old.model_dump(mode="json")])
    assert result.retired == (old.preference_id,)
    assert [p.value for p in result.learned] == ["Drama"]
    assert run("forget", box).retired == (WISH.preference_id,)


def test_langchain_agents_get_a_note_an_artifact_and_readable_errors(box: Toolbox) -> None:
    tools = {tool.name: tool for tool in langchain_tools(TOOLS, box)}
    assert set(tools) == set(TOOLS)
    asked = {"name": "lookup", "args": {"item_id": "item-1"}, "id": "1", "type": "tool_call"}
    told = tools["lookup"].invoke(asked)
    assert "Title Number 1" in told.content
    assert isinstance(told.artifact, ToolResult)
    wrong = {**asked, "args": {"item_id": "no-such-item"}}
    assert "no-such-item" in tools["lookup"].invoke(wrong).content
