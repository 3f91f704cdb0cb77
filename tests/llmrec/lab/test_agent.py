"""An agent calls what it chooses, by letters, sees what came, and is never told the truth."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from classic.errors import BadInput
from llmrec.lab import evaluate as lab
from llmrec.lab.agent import TOOLS
from llmrec.lab.asking import Asking
from llmrec.lab.baselines import baseline_scores
from llmrec.lab.calls import calls_of
from llmrec.lab.evaluate import Wanted, evaluate
from llmrec.lab.ground import Ground
from llmrec.lab.runner import Found, dry_run
from llmrec.lab.scene import LETTERS
from llmrec.lab.strategy import load_strategy, parse_strategy
from llmrec.llm.answers import MISSING
from llmrec.llm.protocol import Messages, Usage
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.test_runner import run

TASK = made_up_task(6)
PEOPLE = len(TASK.cases)
ABOUT = {tool.about: name for name, tool in TOOLS.items()}
REACT = """---
task: ranking
version: 1
source: "what each tool found is seen before the next is chosen, after ReAct"
channel: letters
aggregator: {permutations: {n: 2}}
steps:
  calls: {tools: [ease, retrieve, same-genres], calls: 2}
context:
  history: {last: 5}
  candidates: {}
---
# calls: user
{% for call in calls %}
{{ call.name }} gave {{ call.found | map(attribute="title") | join("; ") }}
{% endfor %}
{% for t in tools %}
{{ t.letter }}: {{ t.about }}
{% endfor %}
I watched {{ history | join("; ") }}.
# user
{% for call in calls %}
{{ call.name }} gave {% for c in call.found %}{{ c.letter or c.title }};{% endfor %}

{% endfor %}
{% for c in candidates %}
{{ c.letter }}: {{ c.title }}
{% endfor %}
"""


class Agent(Fan):
    """Calls what it `wants`, in this order, and then nothing more; ranks by the last order that it
    was shown. With `mute` no letter has any chance when a tool is to be chosen."""

    def __init__(self, wants: Sequence[str], mute: bool = False) -> None:
        super().__init__()
        self.wants, self.mute, self.plans, self.offers = wants, mute, list[str](), list[list[str]]()

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        text = self._hear(messages, usage)
        shown = dict(re.findall(r"^([A-Z]): (.*)$", text, re.MULTILINE))
        if "nothing more" not in shown.values():
            self.plans.append(text)
            order = re.findall(r"(?:gave: |gave )([A-Z][,;].*)", text)
            told = re.findall(r"\b([A-Z])\b[,;.]", f"{order[-1]}." if order else "")
            return [-float(told.index(o)) if o in told else -99.0 for o in options]
        assert [shown[o] for o in options] and set(options) == set(shown)
        offer = {ABOUT.get(about, ""): letter for letter, about in shown.items()}
        self.offers.append([ABOUT.get(shown[o], "") for o in options])
        want = next((name for name in self.wants if name in offer), "")
        return [MISSING if self.mute else -5.0 * (o != offer[want]) for o in options]


def agent_run(folder: Path, wants: Sequence[str], task: object = TASK) -> tuple[Agent, Found]:
    model = Agent(wants)
    return model, run(folder, model, ("tool_agent",), task)  # type: ignore[arg-type]


def test_what_is_planned_is_called_and_ranks(tmp_path: Path) -> None:
    model, found = agent_run(tmp_path, ("popularity", "ease"))
    assert model.calls == 4 * PEOPLE
    assert all(asked.count("\nTo rank by ") == 2 for asked in model.plans)
    scores = baseline_scores(TASK, ("ease",))["ease"]
    own, best = found.scores["tool_agent"].argmax(axis=1), scores.argmax(axis=1)
    assert np.array_equal(own, best)
    calls = calls_of(load_strategy("tool_agent"), found.puts, PEOPLE)
    assert calls and (calls.failed, calls.none) == (0.0, 0.0)
    assert {name: n for name, n in calls.tools.items() if n} == {"popularity": 1, "ease": 1}
    assert set(calls.tools) == set(load_strategy("tool_agent").steps["plan"].tools)


def test_nothing_is_called_twice_and_never_more_than_allowed(tmp_path: Path) -> None:
    model, _ = agent_run(tmp_path, tuple(TOOLS))
    assert [len(offer) for offer in model.offers[:3]] == [7, 6, 5]
    assert model.calls == (3 + 1) * PEOPLE


def test_who_has_enough_at_once_calls_nothing(tmp_path: Path) -> None:
    model, found = agent_run(tmp_path, ())
    assert model.calls == 2 * PEOPLE
    assert not any("This was done" in asked for asked in model.plans)
    calls = calls_of(load_strategy("tool_agent"), found.puts, PEOPLE)
    assert calls and calls.none == 1.0 and sum(calls.tools.values()) == calls.failed == 0.0


def test_tools_are_listed_in_an_order_of_each_person(tmp_path: Path) -> None:
    model, _ = agent_run(tmp_path, ())
    assert len({tuple(offer) for offer in model.offers}) > PEOPLE // 2
    assert all(offer[-1] == "" for offer in model.offers)


def test_a_choice_that_nobody_can_read_is_a_failed_call(tmp_path: Path) -> None:
    model = Agent((), mute=True)
    found = run(tmp_path, model, ("tool_agent",))
    calls = calls_of(load_strategy("tool_agent"), found.puts, PEOPLE)
    assert calls and (calls.failed, calls.none) == (1.0, 1.0)


def test_a_tool_that_the_data_does_not_allow_is_a_failed_call_and_says_so(tmp_path: Path) -> None:
    plain = replace(TASK, train=replace(TASK.train, ratings=None))
    mine = tmp_path / "stars_too.md"
    text = Path("prompts/strategies/tool_agent.md").read_text()
    mine.write_text(text.replace("popularity, ", "item-mean, "))
    model = Agent(("item-mean",))
    found = run(tmp_path, model, (str(mine),), plain)
    assert all("To rank by the mean stars of each was not possible." in a for a in model.plans)
    calls = calls_of(load_strategy(str(mine)), found.puts, PEOPLE)
    assert calls and (calls.failed, calls.tools["item-mean"]) == (1.0, 1.0)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_no_tool_knows_the_truth(name: str) -> None:
    """What it gives stays as it is when another candidate is called the truth."""
    turned = tuple(
        replace(case, truth=next(i for i in case.candidates if i != case.truth))
        for case in TASK.cases
    )
    other = replace(TASK, cases=turned)
    for mine, its in zip(TASK.cases, turned, strict=True):
        told = list(TOOLS[name].run(Ground(TASK), mine))
        assert told == list(TOOLS[name].run(Ground(other), its))
        assert name == "retrieve" or set(told) <= set(mine.candidates)


def test_filters_keep_what_most_of_the_history_is() -> None:
    ground, case = Ground(TASK), TASK.cases[0]
    genres = [set(ground.item(i).genres) for i in case.history]
    most = max(sum(g in one for one in genres) for one in genres for g in one)
    kept = TOOLS["same-genres"].run(ground, case)
    shared = set.intersection(*(set(ground.item(i).genres) for i in kept))
    assert most in [sum(g in one for one in genres) for g in shared]


def test_an_agent_that_sees_results_before_it_chooses_takes_one_file(tmp_path: Path) -> None:
    """Results of its own candidates by letter, in the order of each prompt; of others by title."""
    mine = tmp_path / "react.md"
    mine.write_text(REACT)
    model = Agent(("ease", "retrieve"))
    found = run(tmp_path, model, (str(mine),))
    assert model.calls == (2 + 2) * PEOPLE
    seen = [asked for asked in model.seen if asked.startswith("ease gave ")]
    assert len([asked for asked in seen if "nothing more" in asked]) == PEOPLE
    for put in (p for p in found.puts if not p.asked.step):
        case = TASK.cases[put.case]
        told = Ground(TASK).ordered(case, "ease")
        letters = "".join(f"{LETTERS[put.asked.items.index(i)]};" for i in told)
        assert any(f"ease gave {letters}\n" in asked for asked in model.plans)
    calls = calls_of(load_strategy(str(mine)), found.puts, PEOPLE)
    assert calls and calls.tools == {"ease": 1.0, "retrieve": 1.0, "same-genres": 0.0}


def test_a_rerun_asks_nothing_and_a_bill_counts_what_is_asked_first(tmp_path: Path) -> None:
    agent_run(tmp_path, ("ease",))
    again, _ = agent_run(tmp_path, ("ease",))
    assert again.calls == 0
    [priced] = dry_run(TASK, [load_strategy("tool_agent")], Asking(again))
    assert priced.prompts == 4 * PEOPLE and priced.written == 0


def test_prompts_answers_and_calls_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "task_of", lambda _: TASK)
    monkeypatch.setattr(lab, "asking_of", lambda _: Asking(Agent(("ease",))))
    evaluate(Wanted(tmp_path, strategies=["tool_agent", "zero_shot"]), lambda _: None)
    puts = pl.read_parquet(tmp_path / "prompts.parquet").filter(pl.col("step") == "plan")
    answers = pl.read_parquet(tmp_path / "answers.parquet")
    assert puts["text"].to_list() == ["ease", ""] * PEOPLE
    assert puts["key"].is_in(answers["key"].to_list()).all()
    report = (tmp_path / "report.md").read_text()
    assert "| tool_agent | 1.00 | 0.00 |" in report and "zero_shot | 1.00" not in report
    assert "| tool_agent | agent | plan (at most 3 of ease," in report
    assert "people for whom nothing was called" in (tmp_path / "report.html").read_text()
    record = (tmp_path / "tool_agent" / "record.json").read_text()
    assert '"failed": 0.0' in record


CALL = "{tools: [ease, retrieve, same-genres], calls: 2}"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{tools: [oracle]}", "no tool 'oracle'; there are: ease, item-knn"),
        ("{}", "wants the most it may write"),
        ("{tools: [ease], tokens: 9}", "or else what it may call"),
        ("{tools: [ease], calls: 0}", "makes no call"),
        ("{tools: ease}", "setting calls.tools"),
    ],
)
def test_steps_that_call_what_there_is_not(settings: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse_strategy("mine", REACT.replace(CALL, settings))


def test_only_a_step_with_tools_is_given_them() -> None:
    text = REACT.replace("steps:", "steps:\n  idea: {tokens: 9}")
    text = text.replace("# user\n", "# idea: user\n{{ tools }}\n# user\n{{ idea }}\n")
    with pytest.raises(BadInput, match="'mine: idea' wants 'tools'"):
        parse_strategy("mine", text)


def test_roles_of_the_model() -> None:
    roles: Mapping[str, str] = {
        name: load_strategy(name).role for name in ("zero_shot", "with_tool", "tool_agent")
    }
    assert roles == {"zero_shot": "recommender", "with_tool": "bridge", "tool_agent": "agent"}
