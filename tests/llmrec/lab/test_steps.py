"""Texts written before an answer: they reach it, cost what they cost, and spoil nothing."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.errors import BadInput
from llmrec.lab.aggregate import AGGREGATORS, Lot
from llmrec.lab.asking import Asking
from llmrec.lab.bias import errors_of
from llmrec.lab.channels import channel_named
from llmrec.lab.ground import Ground
from llmrec.lab.reading import Reading, read_text, unreadable
from llmrec.lab.runner import Found, dry_run
from llmrec.lab.scene import Asked
from llmrec.lab.steps import Step, after_writing
from llmrec.lab.strategy import load_strategy, parse_strategy
from llmrec.llm.protocol import ModelError
from tests.llmrec.lab.fake import Writer
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.test_runner import ndcg, run

TASK = made_up_task(6)
PEOPLE = len(TASK.cases)
WRITING = ("chain_of_thought", "self_refine", "step_back", "written_summary", "enriched")
TEXT = """---
task: ranking
version: 1
source: a test
channel: letters
steps:
  plan: {tokens: 9}
  doubt: {tokens: 9}
context:
  history: {last: 3}
  candidates: {}
---
# plan: user
A plan for {{ history | join("; ") }}?
# doubt: user
Doubts about {{ plan }}?
# user
{{ plan }}. But {{ doubt }}.
{% for c in candidates %}
{{ c.letter }}: {{ c.title }}
{% endfor %}
"""


def writer(text: Callable[[str], str] = lambda _: "A quiet taste.", **more: int) -> Writer:
    return Writer([TASK.catalog[case.truth].label for case in TASK.cases], text, **more)


def answered(model: Writer) -> list[str]:
    """The prompts that were answered by letters."""
    return [text for text in model.seen if text not in model.asked_to_write]


def test_what_is_written_stands_in_the_prompts_after_it(tmp_path: Path) -> None:
    def text(asked: str) -> str:
        return "It is too loud." if "What is wrong with" in asked else "The first {{ 7 * 7 }}."

    model = writer(text)
    found = run(tmp_path, model, ("self_refine",))
    attempts, criticisms = model.asked_to_write[0::3], model.asked_to_write[1::3]
    assert len(model.asked_to_write) == 2 * PEOPLE and len(attempts) == len(criticisms)
    for asked in model.asked_to_write:
        told = "This was answered: The first {{ 7 * 7 }}." in asked
        assert told == ("What is wrong with" in asked)
    for asked in answered(model):
        assert "Your first answer was: The first {{ 7 * 7 }}.\n" in asked
        assert "What can be said against it: It is too loud." in asked
    assert ndcg(found, "self_refine", TASK) == 1.0


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_rerun_asks_nothing(tmp_path: Path, at_once: int) -> None:
    first, again = writer(), writer()
    one = run(tmp_path, first, WRITING, at_once=at_once)
    two = run(tmp_path, again, WRITING, at_once=at_once)
    assert first.calls > 0 and again.calls == 0
    assert all(np.array_equal(one.scores[n], two.scores[n]) for n in WRITING)


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("calls", [1, 5, 13])
def test_a_server_that_disappears_between_steps_is_gone_on_with(
    tmp_path: Path, at_once: int, calls: int
) -> None:
    names = ("self_refine", "step_back")
    with pytest.raises(BadInput, match="run the same command again"):
        run(tmp_path, writer(calls=calls), names, at_once=at_once)
    kept = len((tmp_path / "answers.jsonl").read_text().splitlines())
    rest, whole = writer(), writer()
    run(tmp_path, rest, names, at_once=at_once)
    found = run(tmp_path / "whole", whole, names)
    assert whole.calls == 5 * PEOPLE
    assert rest.calls == whole.calls - kept
    assert ndcg(found, "self_refine", TASK) == 1.0


def test_each_item_is_described_once_for_everybody_and_beside_its_title(tmp_path: Path) -> None:
    def about(asked: str) -> str:
        return "About\n" + re.findall(r"Describe (.*?)(?: \[.*\])?: its mood", asked)[0]

    model = writer(about)
    mine = tmp_path / "orders.md"
    text = Path("prompts/strategies/enriched.md").read_text()
    mine.write_text(text.replace("channel: letters", "channel: letters\naggregator: permutations"))
    run(tmp_path, model, (str(mine),))
    shown = {item for case in TASK.cases for item in case.candidates}
    assert len(model.asked_to_write) == len(shown)
    prompts = answered(model)
    assert len(prompts) == 3 * PEOPLE
    for asked in prompts:
        pairs = re.findall(r"^[A-Z]: (.*)\n   About (.*)$", asked, re.MULTILINE)
        assert len(pairs) == 20 and all(title == of for title, of in pairs)


def _fails(_: str) -> str:
    raise ModelError("the model stopped")


@pytest.mark.parametrize("text", [lambda _: "", lambda _: " \n ", _fails])
def test_a_text_that_came_to_nothing_is_counted_and_the_answer_asked_for(
    tmp_path: Path, text: Callable[[str], str]
) -> None:
    found = run(tmp_path, writer(text), ("chain_of_thought",))
    steps = [put for put in found.puts if put.asked.step]
    assert [put.reading.errors for put in steps] == [{"unparsable": 1}] * PEOPLE
    assert errors_of(found.puts) == {"unwritten": 1.0}
    assert ndcg(found, "chain_of_thought", TASK) == 1.0


def test_a_text_over_its_limit_is_cut(tmp_path: Path) -> None:
    model = writer(lambda _: "word\n" * 500)
    run(tmp_path, model, ("chain_of_thought:thoughts.tokens=12",))
    assert all(asked.count("word") == 12 for asked in answered(model))


def test_prompts_of_steps_are_cut_to_fit_too(tmp_path: Path) -> None:
    """A profile is written from as much history as fits; a prompt that fits nowhere costs none."""
    model = writer()
    found = run(tmp_path, model, ("written_summary:profile.tokens=200",), room=360)
    steps = [put for put in found.puts if put.asked.step]
    assert all(put.trimmed for put in steps)
    assert not any(put.trimmed for put in found.puts if not put.asked.step)
    assert errors_of(found.puts)["trimmed"] == 0.5
    assert all(asked.count("\n- ") < 15 for asked in model.asked_to_write)
    found = run(tmp_path / "none", writer(), ("written_summary",), room=60)
    assert [put.reading.errors for put in found.puts] == [{"too_long": 1}] * 2 * PEOPLE


def test_a_bill_is_that_of_texts_as_long_as_they_may_be(tmp_path: Path) -> None:
    """It counts every prompt of every step, though a dry run shows the first alone."""
    for name in (*WRITING, "permutations"):
        model = writer(lambda _: "so " * 500)
        [priced] = dry_run(TASK, [load_strategy(name)], Asking(model))
        assert model.calls == 0
        found = run(tmp_path / name, model, (name,))
        asking = Asking(model)
        requests = [
            priced.strategy.request(Ground(TASK), TASK.cases[put.case], put.asked, 99)
            for put in found.puts
        ]
        assert priced.request == requests[0]
        assert priced.prompts == len(requests)
        spent = sum(map(asking.tokens, requests))
        assert spent == pytest.approx(priced.tokens, rel=0.02)
        steps = [put for put in found.puts if put.asked.step]
        assert priced.written == sum(priced.strategy.steps[p.asked.step].tokens for p in steps)


def test_content_free_steps_are_the_same_for_everybody(tmp_path: Path) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text(TEXT.replace("channel: letters", "channel: letters\naggregator: calibrated"))
    model = writer(lambda asked: f"said of {len(asked)}")
    run(tmp_path, model, (str(mine),))
    free = [asked for asked in model.seen if "N/A" in asked]
    assert len(free) == 2 and len(set(model.seen)) == model.calls
    assert "A plan for N/A?" in free


JUDGES = [(name, channel) for name, a in AGGREGATORS.items() for channel in a.channels]


@given(
    st.sampled_from(JUDGES),
    st.dictionaries(st.sampled_from("xyz"), st.booleans(), max_size=3),
    st.integers(2, 6),
)
def test_steps_change_nothing_in_what_an_aggregator_makes_of_answers(
    judge: tuple[str, str], kinds: dict[str, bool], n: int
) -> None:
    name, channel = judge
    whole = channel_named(channel).at_once is None
    steps = {step: Step(5, each and whole) for step, each in kinds.items()}
    plain, rounds = _ran(name, channel, {}, n), _ran(name, channel, steps, n)
    assert rounds[0] == plain[0]
    answers = [one for one in rounds[1] if not one.step]
    assert [one.items for one in answers] == [one.items for one in plain[1]]
    for one in answers:
        assert dict(one.written) == {
            s: tuple(_text(s, [i]) for i in one.items) if step.each else _text(s, one.items)
            for s, step in steps.items()
        }


def _ran(
    name: str, channel: str, steps: dict[str, Step], n: int
) -> tuple[dict[str, float], list[Asked]]:
    """The scores, and everything that was asked; a text names its step and its items."""
    fold = AGGREGATORS[name]
    lot = Lot(tuple("abcdefgh"[:n]), np.random.default_rng(0))
    rounds = after_writing(fold.run(lot, channel_named(channel), fold.settings), steps)
    seen: list[Asked] = []
    try:
        asked = next(rounds)
        while True:
            seen += asked
            asked = rounds.send([_read(one) for one in asked])
    except StopIteration as end:
        return end.value, seen


def _text(step: str, items: Sequence[str]) -> str:
    return f"{step} of {' '.join(items)}"


def _read(one: Asked) -> Reading:
    if one.step:
        return Reading(text=_text(one.step, one.items))
    return Reading({item: -float(ord(item)) for item in one.items})


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 9))
def test_any_text_can_be_kept_and_shown(text: str, tokens: int) -> None:
    read = read_text(text, tokens)
    read.text.encode("utf-8")
    assert len(read.text.split()) <= tokens
    assert bool(read.text) != bool(read.errors)
    if len(text.split()) <= tokens and text.isascii() and text.strip():
        assert read.text == text.strip()
    assert read_text(read.text, tokens) == (read if read.text else unreadable())


def test_halves_of_a_character_are_put_together() -> None:
    assert read_text("\ud83d\ude00 \ud83d", 5).text == "😀 �"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{tokens: 9}", "{}"), "step 'plan' wants the most it may write"),
        (("{tokens: 9}", "{tokens: 0}"), "step 'plan' wants the most it may write"),
        (("{tokens: 9}", "{words: 9}"), "no setting plan.words"),
        (("{tokens: 9}", "9"), "steps wants names with settings"),
        (("  plan: {tokens: 9}\n", ""), "`# plan: ...` belongs to no step"),
        (("# plan: user", "# plan"), "step 'plan' asks nothing: write a section `# plan: user`"),
        (("plan", "history"), "'history' is taken"),
        (("plan", "similar_users"), "'similar_users' is taken"),
        (("plan", "single"), "'single' is taken"),
        (("plan", "two words"), "'two words' is taken, or no name"),
        (("about {{ plan }}", "about {{ tea }}"), "'mine: doubt' wants 'tea', which nothing gives"),
        (("A plan for", "A plan for {{ doubt }}"), "'mine: plan' wants 'doubt', which nothing"),
        (("But {{ doubt }}", "No"), "step 'doubt' is written and nothing after it reads it"),
        (("about {{ plan }}", "about {{ plan"), "prompt 'mine: doubt'"),
    ],
)
def test_files_with_steps_that_say_what_there_is_not(change: tuple[str, str], told: str) -> None:
    old, new = change
    with pytest.raises(BadInput, match=re.escape(told)) as refused:
        parse_strategy("mine", TEXT.replace(old, new, 100 if old == "plan" else 1))
    assert "\n" not in str(refused.value)


def test_a_text_of_each_item_wants_a_list_of_items() -> None:
    text = TEXT.replace("{tokens: 9}", "{tokens: 9, each: true}").replace("letters", "pair")
    text = text.replace("candidates: {}", "candidates: {}\n  pair: {}")
    with pytest.raises(BadInput, match=r"goes over the items of a list.*leave `each`"):
        parse_strategy("mine", text)


def test_settings_of_a_step_change_by_name() -> None:
    strategy = load_strategy("chain_of_thought:thoughts.tokens=20")
    assert strategy.writes == "thoughts (20 tokens)"
    for change, told in (("thoughts.words=2", "no setting"), ("thoughts.tokens=0", "the most")):
        with pytest.raises(BadInput, match=told):
            load_strategy(f"chain_of_thought:{change}")


def _puts(found: Found, name: str) -> int:
    return sum(put.strategy == name for put in found.puts)


def test_what_is_written_alike_is_written_once(tmp_path: Path) -> None:
    """A profile does not depend on the order of the candidates."""
    mine = tmp_path / "orders.md"
    text = Path("prompts/strategies/written_summary.md").read_text()
    mine.write_text(text.replace("channel: letters", "channel: letters\naggregator: permutations"))
    model = writer()
    found = run(tmp_path, model, ("written_summary", str(mine)))
    assert len(model.asked_to_write) == PEOPLE
    assert (_puts(found, "written_summary"), _puts(found, "orders")) == (2 * PEOPLE, 6 * PEOPLE)
