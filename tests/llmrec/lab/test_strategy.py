"""Strategy files: what they may say, and what is said of those that say something else."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from classic.errors import BadInput
from llmrec.lab.agent import TOOLS
from llmrec.lab.baselines import baseline_scores
from llmrec.lab.context import BUILDERS
from llmrec.lab.ground import Ground
from llmrec.lab.reading import Reading
from llmrec.lab.scene import LETTERS, Asked
from llmrec.lab.strategy import Strategy, load_strategy, parse_strategy, strategy_names
from tests.llmrec.lab.made_up import made_up_task

TEXT = """---
task: ranking
version: 1
source: a test
channel: letters
context:
  history: {last: 3}
  candidates: {}
---
# user
{{ history | join("; ") }}
{% for c in candidates %}
{{ c.letter }}: {{ c.title }}
{% endfor %}
"""
TASK = made_up_task()
CASE = TASK.cases[0]
SAID = Reading(text="It has been said.")


def said(name: str, asked: Asked | None = None) -> str:
    strategy = load_strategy(name)
    *_, last = prompts_of(strategy)
    request = strategy.request(Ground(TASK), CASE, asked or last[0], len(CASE.history))
    return "\n".join(text for _, text in request.messages)


def prompts_of(strategy: Strategy) -> Iterator[list[Asked]]:
    """A person's first prompts, what is written before an answer first."""
    rounds = strategy.rounds(Ground(TASK), CASE)
    asked = next(rounds)
    while asked[0].step:
        yield asked
        longest = strategy.steps[asked[0].step].longest
        asked = rounds.send([longest if longest.text in TOOLS else SAID] * len(asked))
    yield asked


@pytest.mark.parametrize("name", strategy_names())
def test_every_strategy_fills_its_prompt_without_the_truth_giving_itself_away(name: str) -> None:
    strategy, ground = load_strategy(name), Ground(TASK)
    truth = TASK.catalog[CASE.truth].label
    for asked in prompts_of(strategy):
        messages = strategy.request(ground, CASE, asked[0], len(CASE.history)).messages
        text = "\n".join(text for _, text in messages)
        assert "{{" not in text and "None" not in text
        assert text.count(truth) <= 1


def test_there_are_as_many_strategies_as_were_asked_for() -> None:
    fast = [n for n in strategy_names() if load_strategy(n).prompt.channel in ("letters", "yes_no")]
    assert len(fast) >= 10


def test_the_history_is_cut_to_its_latest_and_keeps_its_order() -> None:
    strategy = parse_strategy("mine", TEXT)
    asked = Asked(CASE.candidates)
    text = strategy.request(Ground(TASK), CASE, asked, 99).messages[0][1]
    wanted = "; ".join(TASK.catalog[i].label for i in CASE.history[-3:])
    assert text.splitlines()[0] == wanted
    assert text.splitlines()[1] == f"A: {TASK.catalog[CASE.candidates[0]].label}"


def test_controls_take_away_what_they_say() -> None:
    titles = [TASK.catalog[i].label for i in CASE.history]
    assert all(title in said("zero_shot") for title in titles)
    assert all(title in said("control_shuffled") for title in titles)
    assert said("control_shuffled") != said("zero_shot")
    assert not any(f"- {title}\n" in said("control_fake") for title in titles)
    assert not any(title in said("control_none") for title in titles)


def test_content_free_prompts_are_the_same_for_everybody() -> None:
    strategy, ground = load_strategy("calibrated"), Ground(TASK)
    free = [
        strategy.request(ground, case, Asked(case.candidates, "all"), 99) for case in TASK.cases[:2]
    ]
    assert free[0].key("m") == free[1].key("m")


def test_neighbours_leave_the_person_out() -> None:
    for ids in Ground(TASK).neighbours(CASE, 5):
        assert ids != CASE.history


def test_a_tool_orders_the_candidates_as_its_row_of_the_report_does() -> None:
    for tool in ("ease", "popularity", "item-knn", "content", "random"):
        row = baseline_scores(TASK, (tool,))[tool][0]
        best_first = [CASE.candidates[i] for i in np.argsort(-row, kind="stable")]
        turned = Asked(CASE.candidates[::-1])
        for asked in (Asked(CASE.candidates), turned, Asked(CASE.candidates[3:5])):
            text = said(f"with_tool:tool_order.by={tool}", asked)
            shown = re.findall(r"([A-Z])[,.]", text.split("the best first: ")[1])
            told = [asked.items[LETTERS.index(letter)] for letter in shown]
            assert told == [i for i in best_first if i in asked.items]


def test_a_tool_finds_among_all_items_but_those_of_the_history() -> None:
    text = said("retrieval_augmented:tool_items.n=7")
    found = text.split("also watched: ")[1].split(".\n")[0].split("; ")
    assert len(found) == 7
    assert not {TASK.catalog[i].label for i in CASE.history} & set(found)


def test_a_tool_that_this_task_does_not_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmrec.lab.ground.baseline_scores", lambda *_: {})
    with pytest.raises(BadInput, match=r"item-mean cannot order.*choose another"):
        said("with_tool:tool_order.by=item-mean")


def test_settings_change_by_name() -> None:
    strategy = load_strategy("bootstrap:bootstrap.n=5:history.last=2:truth_at=0")
    assert (strategy.aggregation.n, strategy.context["history"].last) == (5, 2)
    assert strategy.shown(CASE)[0] == CASE.truth
    assert sorted(strategy.shown(CASE)) == sorted(CASE.candidates)
    assert len(next(strategy.rounds(Ground(TASK), CASE))) == 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("channel: letters", "channel: smoke"), "no output channel 'smoke'"),
        (("channel: letters\n", ""), "lacks channel"),
        (("history: {last: 3}", "horoscope: {}"), "no context builder 'horoscope'"),
        (("candidates: {}", "candidate: {}"), "asks about `candidates`"),
        (("history: {last: 3}", "history: {first: 3}"), "no setting history.first"),
        (("history: {last: 3}", "history: {last: many}"), "history.last"),
        (("{last: 3}", "[3"), "no YAML"),
        (("{last: 3}", "3"), "names with settings"),
        (('{{ history | join("; ") }}', "{{ horoscope }}"), "wants 'horoscope'"),
        (('{{ history | join("; ") }}', "{{ history"), "prompt 'mine'"),
        (("version: 1", "version: 1\ncolour: red"), "no field 'colour'"),
        (("source: a test", "source: a test\naggregator: oracle"), "no aggregator 'oracle'"),
        (("source: a test", "source: a test\naggregator: sorting"), "does not go with"),
    ],
)
def test_a_file_that_asks_for_what_there_is_not(change: tuple[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse_strategy("mine", TEXT.replace(*change))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("nothing_like_it", "no strategy"),
        ("zero_shot:history.first=2", "no setting history.first"),
        ("zero_shot:recency.n=2", "cannot change"),
        ("zero_shot:truth_at=early", "cannot change"),
    ],
)
def test_a_name_that_is_none(spec: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        load_strategy(spec)


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_bytes(TEXT.replace("a test", "café").encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        load_strategy(str(tmp_path / "mine.md"))


def test_builders_say_what_they_give() -> None:
    """The list is closed and told: each variable is really given."""
    from llmrec.lab.context import Scene, variables_of

    for name, builder in BUILDERS.items():
        asked = Asked(CASE.candidates[: 2 if name == "pair" else 20])
        given = variables_of(Scene(Ground(TASK), CASE, asked, 99), {name: builder.settings})
        assert set(builder.gives) <= set(given)


def test_the_closed_lists_are_told() -> None:
    from llmrec.lab.aggregate import AGGREGATORS
    from llmrec.lab.channels import CHANNELS
    from llmrec.lab.listing import listing

    told = "\n".join(listing())
    for name in (*strategy_names(), *TOOLS, *BUILDERS, *CHANNELS, *AGGREGATORS):
        assert f"  {name} " in told
    assert "{typos: 0.0, last: 20, order: time, whose: own, genres: False} -> history" in told


def test_a_share_of_titles_is_misspelt_and_the_same_wherever_they_stand() -> None:
    label = Ground(TASK).title
    for case in TASK.cases[:4]:
        few, more = (
            {i for i in case.history if label(case, i, share) != label(case, i)}
            for share in (0.3, 0.8)
        )
        assert few <= more and len(few) < len(more) < len(case.history)
        assert all(label(case, i, 0.8) == label(case, i, 1.0) for i in more)
    one, other = (said(name) for name in ("zero_shot:history.typos=0.8", "zero_shot"))
    shown = [line for line in one.splitlines() if line.startswith("- ")]
    meant = [line for line in other.splitlines() if line.startswith("- ")]
    assert len(shown) == len(meant) and shown != meant
    assert [line for line in one.splitlines() if line not in shown] == [
        line for line in other.splitlines() if line not in meant
    ]


def test_genres_years_and_letters_are_never_misspelt() -> None:
    plain, slips = (
        said(f"zero_shot:candidates.genres=1{more}").splitlines()
        for more in ("", ":candidates.typos=1")
    )
    changed = [(a, b) for a, b in zip(plain, slips, strict=True) if a != b]
    assert len(changed) > 10
    for a, b in changed:
        assert (a[:3], a[a.index("(") :]) == (b[:3], b[b.index("(") :])


@pytest.mark.parametrize("share", ["1.5", "-0.1", "nan"])
def test_a_share_of_typos_that_is_none(share: str) -> None:
    with pytest.raises(BadInput, match="typos"):
        load_strategy(f"zero_shot:history.typos={share}")


def test_a_paraphrase_shows_the_same_and_says_it_otherwise() -> None:
    told, reference = said("paraphrased").splitlines(), said("zero_shot").splitlines()
    shown = [line for line in reference if line.startswith("- ") or line[1:3] == ": "]
    assert [line for line in told if line in reference and line not in ("", "Letter:")] == shown
    other, own = load_strategy("zero_shot"), load_strategy("paraphrased")
    assert (own.prompt.channel, own.context) == (other.prompt.channel, other.context)
    assert own.rewords and load_strategy("role:history.typos=0.1").rewords and not other.rewords
