"""Conversational recommendation: what is asked at which moment, and what a prompt shows of it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from classic.errors import BadInput
from llmrec.cli.main import build
from llmrec.lab import evaluate as lab
from llmrec.lab.asking import Asking
from llmrec.lab.baselines import baseline_scores
from llmrec.lab.conversation import (
    ConversationTask,
    conversation_baselines,
    conversation_task,
    open_conversation,
)
from llmrec.lab.dialogue import named_in
from llmrec.lab.ground import Ground
from llmrec.lab.measure import ranks_of
from llmrec.lab.scene import Asked
from llmrec.lab.strategy import load_strategy
from llmrec.lab.task import Case
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.talks import asked, film, learned, made_up_talks, write_redial

PEOPLE = 30
ALL = ("zero_shot", "words_only", "mentions_only", "none")


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConversationTask:
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path))
    return conversation_task(made_up_talks(tmp_path, PEOPLE))


def prompt(task: ConversationTask, strategy: str, case: Case, room: int = 99) -> str:
    asked_about = Asked(case.candidates)
    request = load_strategy(strategy).request(Ground(task), case, asked_about, room)
    return request.messages[-1][1]


def said(case: Case, task: ConversationTask) -> str:
    titles = [[task.catalog[i].label for i in line.named] for line in case.lines]
    return "\n".join(line.told(t) for line, t in zip(case.lines, titles, strict=True))


def test_each_dialogue_is_asked_about_once_and_trains_nothing(task: ConversationTask) -> None:
    assert len(task.cases) == len({case.user for case in task.cases}) == PEOPLE
    assert not {case.user for case in task.cases} & set(task.train.user_ids)
    assert len(task.train) == 3 * len(task.learned)


def test_the_truth_is_new(task: ConversationTask) -> None:
    for case in task.cases:
        n = int(case.user)
        later = len(case.lines) == 3
        assert task.catalog[case.truth].label == film(n + 1 + later)
        assert case.history == named_in(case.lines) and case.truth not in case.history
        assert task.catalog[case.truth].title not in said(case, task)
    assert {len(case.lines) for case in task.cases} == {1, 3}, "both turns are drawn"
    assert f"of {2 * PEOPLE} turns" in task.about
    assert f"{PEOPLE} that had been named are not new" in task.about


def test_others_are_of_other_dialogues(task: ConversationTask) -> None:
    for case in task.cases:
        own = {film(int(case.user) + k) for k in range(3)}
        labels = [task.catalog[i].label for i in case.candidates]
        assert len(set(labels)) == 20 and set(labels) & own == {task.catalog[case.truth].label}


def test_what_is_named_oftener_is_drawn_oftener(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path))
    famous = [learned(40) | {"conversationId": f"again{n}"} for n in range(200)]
    rows = [row for n in range(30) for row in asked(n)]
    write_redial(tmp_path, [*(learned(n) for n in range(60)), *famous], rows)
    whole = open_conversation("redial")
    shown = [whole.catalog[i].label for case in whole.cases for i in case.candidates]
    assert shown.count(film(41)) > 1.5 * shown.count(film(50))


def test_films_of_the_embedded_catalogue_keep_their_facts(task: ConversationTask) -> None:
    assert task.catalog["heat-1995"].genres
    assert task.catalog[film(1)].year == 1921 and task.catalog[film(1)].title == "Made Up No 1"


def test_a_title_that_was_said_without_its_year_is_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path))
    rows = [row for n in range(30) for row in asked(n)]
    rows += [{"dialog_id": "test_x", "context": ["", "like HEAT."], "resp": film(0)}]
    rows += [{"dialog_id": "test_y", "context": ["", "Heathers?"], "resp": film(0)}]
    write_redial(tmp_path, [learned(n) for n in range(60)], rows)
    whole = open_conversation("redial")
    users = {case.user for case in whole.cases}
    assert "x" not in users and "y" in users
    assert "nor are 1 whose title had been said" in whole.about


def test_prompts_show_what_their_names_say(task: ConversationTask) -> None:
    for case in task.cases[:8]:
        named = [task.catalog[i].label for i in case.history]
        lists = []
        for name in ALL:
            text = prompt(task, f"conversation_{name}", case)
            talk, _, listed = text.partition("The recommender brings up")
            lists.append(listed)
            titles = name in ("zero_shot", "mentions_only")
            words = name in ("zero_shot", "words_only")
            assert all((title in talk) is titles for title in named)
            assert ("I want zest" in talk) is words
            assert task.catalog[case.truth].title not in talk
        assert len(set(lists)) == 1 and task.catalog[case.truth].label in lists[0]


def test_words_without_titles_say_where_one_was(task: ConversationTask) -> None:
    case = next(c for c in task.cases if len(c.lines) == 3)
    text = prompt(task, "conversation_words_only", case)
    assert f"Seeker: I want zest{case.user} like [film]\nRecommender: Try [film]\n" in text
    few = prompt(task, "conversation_zero_shot:dialogue.last=1", case)
    assert "Seeker: Seen it" in few and "zest" not in few
    assert "Nothing so far." in prompt(task, "conversation_mentions_only:mentioned.last=1", case)


def test_a_prompt_without_room_shows_the_latest_lines(task: ConversationTask) -> None:
    case = next(c for c in task.cases if len(c.lines) == 3)
    assert "zest" not in prompt(task, "conversation_zero_shot", case, room=2)


def test_a_control_is_the_same_for_everybody_but_for_the_list(task: ConversationTask) -> None:
    heads = {prompt(task, "conversation_none", case).split("\nA: ")[0] for case in task.cases}
    assert len(heads) == 1


def test_a_content_free_prompt_shows_nothing_of_the_dialogue(task: ConversationTask) -> None:
    """So that letters can be calibrated."""
    ground, heads = Ground(task), set[str]()
    for case in task.cases[:5]:
        for name in ALL:
            asked_about = Asked(case.candidates, "all")
            strategy = load_strategy(f"conversation_{name}")
            heads.add(strategy.request(ground, case, asked_about, 99).messages[-1][1])
    assert len(heads) == 3, "with and without titles alike"
    assert not any("zest" in head or "Made Up" in head for head in heads)


def test_baselines_know_what_is_named_together(task: ConversationTask) -> None:
    """What comes next in a dialogue comes next in one that trains, and has its word there."""
    found = conversation_baselines(task)
    co, words = (ranks_of(found[n], task.places()) for n in ("co-mention", "dialogue-bm25"))
    assert co.max() <= 2, "the film before is as near"
    assert np.mean(words == 1) > 0.9
    random = ranks_of(baseline_scores(task, ("random",))["random"], task.places())
    assert random.mean() > 5


def test_co_mentions_by_hand(task: ConversationTask) -> None:
    scores = conversation_baselines(task)["co-mention"]
    case, row = task.cases[0], scores[0]
    talks = [set(named_in(d.lines)) for d in task.learned]
    for item, score in zip(case.candidates, row, strict=True):
        assert score == sum(item in talk and h in talk for talk in talks for h in case.history)


def test_data_without_dialogues_is_refused() -> None:
    with pytest.raises(BadInput, match="no dialogues to ask about: try --data redial"):
        open_conversation("ml-100k")


def test_a_recommender_that_only_repeats_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMREC_DATA", str(tmp_path))
    rows = [{"dialog_id": "test_1", "context": ["", film(0)], "resp": film(0)}]
    write_redial(tmp_path, [learned(0)], rows)
    with pytest.raises(BadInput, match="no recommender brings up a new film"):
        open_conversation("redial")
    rows = [{"dialog_id": "test_1", "context": ["", film(0)], "resp": film(1)}]
    write_redial(tmp_path, [learned(0)], rows)
    with pytest.raises(BadInput, match="dialogue 1 leaves fewer than 19 films"):
        open_conversation("redial")


def test_the_command_reports_conversations(
    task: ConversationTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = Fan([task.catalog[case.truth].label for case in task.cases])
    monkeypatch.setattr(lab, "asking_of", lambda wanted: Asking(fan))
    out = tmp_path / "out"

    def run(*more: str) -> str:
        given = ["evaluate", "prompts", "--task", "conversation", "--data", "redial"]
        answer = CliRunner().invoke(build(), [*given, "--users", "12", "--out", str(out), *more])
        assert answer.exception is None, answer.output
        return answer.output

    bill = run("--dry-run")
    assert fan.calls == 0 and "=== conversation_zero_shot (letters, single)" in bill
    told = run()
    assert fan.calls == 12 * len(ALL)
    rows = {f"conversation_{name}" for name in ALL}
    rows |= {"co-mention", "dialogue-bm25", "ease", "popularity", "random"}
    assert rows <= {p.name for p in out.iterdir()}
    record = json.loads((out / "conversation_none" / "record.json").read_text())
    assert record["config"]["protocol"] == task.about
    assert {"conversation_zero_shot", "popularity"} == set(record["metrics"]["gains"])
    assert any(name.endswith("test.jsonl") for name in record["data"])
    report = (out / "report.md").read_text()
    assert "The truth is the film that the recommender brought up next" in report
    assert "Δ conversation_zero_shot" in report
    assert re.search(r"conversation_none cannot be told from conversation_zero_shot", report)
    assert (out / "report.html").is_file()
    assert run() == told and fan.calls == 12 * len(ALL)


def test_redial_is_read_as_it_was_counted(real_data: Path) -> None:
    if not (real_data / "redial" / "llm_zeroshot_crs" / "test.jsonl").is_file():
        pytest.skip("ReDial not found")
    task = open_conversation("redial")
    assert len(task.learned) == 1000 and "of 3,552 turns" in task.about
    assert "443 that had been named are not new" in task.about
    assert len(task.cases) == 1313 and len(task.train) == 4950
    assert not {case.user for case in task.cases} & set(task.train.user_ids)
    for case in task.cases:
        title = task.catalog[case.truth].title
        assert case.lines[-1].by == "seeker" and case.truth not in case.history
        words = " ".join(w for line in case.lines for w in line.words)
        assert not re.search(rf"(?<!\w){re.escape(title)}(?!\w)", words)
