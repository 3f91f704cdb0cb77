"""The contract of every tool: typed arguments, a result with a note, clear errors, LangChain."""

import json

import pytest
import torch

from classic.data.datasets import Loaded, load
from classic.errors import BadInput
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.people import People
from llmrec.behaviour.recommender import Ptum
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
    "next_items": {**LIKED, "where": {"year_min": 1960}, "k": 5},
    "user_profile": LIKED,
    "similar_users": {**LIKED, "n": 5},
    "remember": {"new": [WISH.model_dump(mode="json")]},
    "forget": {"known": [WISH.model_dump(mode="json")], "kind": "genre", "value": "Drama"},
}


@pytest.fixture(scope="module")
def box() -> Toolbox:
    return Toolbox(CATALOG, small.pipeline("hybrid", CATALOG), behaviour=people())


def people() -> People:
    """With an encoder of drawn weights, in place of one that was pre-trained."""
    torch.manual_seed(0)
    net = BehaviourEncoder(len(CATALOG), EncoderConfig(8, 1, 2, length=12)).eval()
    made = People("small", Loaded(CATALOG, small.interactions(CATALOG)))
    made.__dict__["model"] = Ptum.of(net, CATALOG.ids)
    return made


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
        ("next_items", {"liked": ("no-such-item",)}),
        ("user_profile", {"disliked": ("no-such-item",)}),
        ("similar_users", {"liked": ("no-such-item",)}),
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


def test_what_is_next_is_new_inside_the_limits_and_put_down_to_what_was_done(box: Toolbox) -> None:
    found = run("next_items", box, where={"year_min": 1980, "genres": ["Drama"]}, k=20)
    assert found.items and not {"item-1", "item-4"} & set(found.items)
    assert all((CATALOG[i].year or 0) >= 1980 for i in found.items)
    for score, sources in zip(found.candidates.scores, found.candidates.sources, strict=True):
        assert sum(sources.values()) == pytest.approx(score)
    assert {f.refers_to for f in found.facts if f.kind == "model"} <= {"item-1", "item-4"}
    none = run("next_items", box, where={"year_min": 2999})
    assert not none.items and none.emptied_by == ("from 2999 on",)


def test_a_profile_is_told_with_what_it_rests_on(box: Toolbox) -> None:
    found = run("user_profile", box)
    assert {fact.refers_to for fact in found.facts} <= {"item-1", "item-4"}
    assert "knows nothing" in run("user_profile", box, liked=()).note


def test_people_alike_are_counted(box: Toolbox) -> None:
    assert "5 people most alike among 40" in run("similar_users", box).note
    assert "knows nothing" in run("similar_users", box, liked=()).note


def test_without_people_or_an_encoder_the_mend_is_told() -> None:
    plain = small.pipeline("hybrid", CATALOG)
    alone = People("films", load("films"))
    with pytest.raises(BadInput, match="tells of items and not of people"):
        run("similar_users", Toolbox(CATALOG, plain, behaviour=alone))
    with pytest.raises(BadInput, match="llmrec pretrain ptum --data mine"):
        run("user_profile", Toolbox(CATALOG, plain, behaviour=People("mine", Loaded(CATALOG))))
    with pytest.raises(BadInput, match="no behaviour encoder"):
        run("next_items", Toolbox(CATALOG, plain))


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
