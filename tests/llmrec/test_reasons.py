"""Reasons in a model's words: told when they are true and whole, else the rule speaks."""

from collections.abc import Iterator

import pytest

from classic.query import Constraints, Query
from llmrec import assistant as assistants
from llmrec.assistant import Assistant
from llmrec.data import open_data
from llmrec.dialogue.evidence import evidence_for
from llmrec.dialogue.nouns import Evidence
from llmrec.dialogue.reasons import AT_ONCE, chosen, opening_of, openings, question, refused, untold
from llmrec.llm.protocol import ModelError, ModelInfo
from llmrec.store import Store
from llmrec.understanding.reader import Reader

CATALOG = open_data("films").box.catalog
HEAT = "heat-1995"


def fact(text: str, refers_to: str = "", kind: str = "words") -> Evidence:
    return Evidence(id="1", kind=kind, text=text, item_id=HEAT, refers_to=refers_to)  # type: ignore[arg-type]


CRIME = fact("it is filed under Crime, as you asked", "genres=Crime")
NEWER = fact("it is from 1995, newer than Casino (1995)", "move=age")
POPULAR = fact("it is widely seen and liked", "popularity", "popularity")


def test_that_it_is_liked_is_said_last_and_long_facts_are_left_out() -> None:
    assert chosen([POPULAR, CRIME], 2) == (CRIME, POPULAR)
    assert chosen([POPULAR, CRIME], 1) == (CRIME,)
    long = fact("word " * 40)
    assert chosen([CRIME, long, POPULAR], 3) == (CRIME, POPULAR)
    assert chosen([], 2) == ()


def test_the_question_has_the_facts_by_number_and_how_to_begin() -> None:
    asked = question("Heat (1995)", [CRIME.text, POPULAR.text], "its title")[-1]["content"]
    assert f"1: {CRIME.text}\n2: {POPULAR.text}\nBegin: Heat (1995)" in asked
    assert len({opening_of(item.item_id, 1) for item in CATALOG}) == len(openings())


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("You asked for Crime, and Heat (1995) is filed there.", ""),
        ("You asked for Crime, and Heat (1995) is filed there", "no end"),
        ("You asked for Crime, and it is filed there.", "title"),
        ("Heat (1995) is here because you asked for it.", "leaves out"),
        ("Heat (1995) is filed under Crime, and it is funny.", "funny"),
        ("Heat (1995) is filed under Crime and was directed by Sidney Lumet.", "Sidney|sidney"),
        ("Heat (1995) is filed under Crime, like Casino (1995).", "Casino"),
        ("Heat (1995) is filed under Crime and runs 90 minutes.", "90"),
    ],
)
def test_words_are_told_or_it_is_said_why_not(said: str, why: str) -> None:
    import re

    told = refused(said, HEAT, [CRIME], CATALOG)
    assert bool(told) == bool(why) and re.search(why, told), told


def test_a_fact_is_told_when_all_that_it_says_is_there() -> None:
    assert untold("Heat (1995) is older than Casino (1995).", [NEWER]) == (NEWER,)
    assert untold("From 1995, Heat is newer than Casino (1995).", [NEWER]) == ()


class Says:
    """A model that says of a title what a function makes of its question."""

    info = ModelInfo(name="says", can=frozenset({"text"}))

    def __init__(self, template: str) -> None:
        self.template = template

    def generate_text(self, messages: list[dict[str, str]], **_: object) -> Iterator[str]:
        if not self.template:
            raise ModelError("out of breath")
        lines = dict(line.partition(": ")[::2] for line in messages[-1]["content"].splitlines())
        facts = " and ".join(text for n, text in lines.items() if n.isdigit())
        yield self.template.format(title=lines["Title"], facts=facts)


@pytest.fixture
def told_by(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Mode `lora` read by rule, with a teller of the test's choice."""

    def reads_by_rule(mode: str, opened: object, model: object, usage: object) -> Reader:
        return opened.rules  # type: ignore[attr-defined]

    def open_(teller: Says | None) -> Assistant:
        monkeypatch.setattr(assistants, "resolve", lambda mode: "lora")
        monkeypatch.setattr(assistants, "model_of", lambda mode, spec: object())
        monkeypatch.setattr(assistants, "reader_for", reads_by_rule)
        monkeypatch.setattr(assistants, "telling_model", lambda: teller)
        return Assistant.open("films", "lora", store=Store.open("sqlite://"))

    yield open_


def asked(assistant: Assistant, *texts: str):  # type: ignore[no-untyped-def]
    here = assistant.new_session("p").session_id
    return [assistant.ask("p", here, text) for text in texts]


def test_a_list_and_a_why_are_told_by_the_model(told_by) -> None:  # type: ignore[no-untyped-def]
    teller = Says("What put {title} here: {facts}.")
    listed, why = asked(told_by(teller), "a crime film from the 90s", "why 1?")
    assert listed.reply.count("What put ") == 2 and why.reply.startswith("What put ")
    steps = [s for t in (listed, why) for s in t.trace if s.step == "tell"]
    assert [s.args["by"] for s in steps] == ["model"] * 3
    assert listed.fallbacks == ()


@pytest.mark.parametrize(
    ("template", "why"),
    [("{title} is a masterpiece by Ada Lovelace.", "carries|leaves out"), ("", "out of breath")],
)
def test_what_cannot_be_told_is_composed_by_rule(told_by, template: str, why: str) -> None:  # type: ignore[no-untyped-def]
    import re

    (plain,) = asked(told_by(None), "a crime film from the 90s")
    (turn,) = asked(told_by(Says(template)), "a crime film from the 90s")
    assert turn.reply == plain.reply and "comes first" in turn.reply
    assert [s.args["by"] for s in turn.trace if s.step == "tell"] == ["rule", "rule"]
    assert all(re.search(why, f) for f in turn.fallbacks) and len(turn.fallbacks) == 2


def test_in_a_crowd_rules_tell_and_nobody_waits(told_by) -> None:  # type: ignore[no-untyped-def]
    assistant = told_by(Says("What put {title} here: {facts}."))
    with AT_ONCE, AT_ONCE:
        (crowded,) = asked(assistant, "a crime film from the 90s")
    (alone,) = asked(assistant, "a crime film from the 90s")
    assert "comes first" in crowded.reply and "too many ask" in crowded.fallbacks[0]
    assert "What put " in alone.reply and not alone.fallbacks


def test_without_the_adapter_nothing_is_traced(told_by) -> None:  # type: ignore[no-untyped-def]
    (turn,) = asked(told_by(None), "a crime film from the 90s")
    assert not [s for s in turn.trace if s.step == "tell"]


def test_a_limit_that_a_title_does_not_meet_is_no_fact_of_it() -> None:
    limits = Constraints(genres=("Crime", "Family"), year_max=1980, runtime_max=400)
    facts = evidence_for(CATALOG, HEAT, {}, Query(constraints=limits))
    assert [f.refers_to for f in facts] == ["genres=Crime", f"runtime={CATALOG[HEAT].runtime}"]
