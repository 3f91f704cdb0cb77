"""Running strategies: who knows is found out, nothing is asked twice, nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.errors import BadInput
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.measure import measured
from llmrec.lab.runner import Found, Runner, dry_run
from llmrec.lab.strategy import load_strategy, strategy_names
from llmrec.lab.task import RankingTask
from tests.llmrec.behaviour.tiny import before_the_answers
from tests.llmrec.lab.fake import Broken, Fan
from tests.llmrec.lab.made_up import made_up_task

TASK = made_up_task(6)
LETTERS = ("zero_shot", "permutations", "bootstrap", "yes_no", "pairs")


def fan(task: RankingTask = TASK, **more: int) -> Fan:
    return Fan([task.catalog[case.truth].label for case in task.cases], **more)


def run(
    folder: Path,
    model: Fan,
    names: tuple[str, ...] = LETTERS,
    task: RankingTask = TASK,
    at_once: int = 1,
    room: int = 4096,
) -> Found:
    asking = Asking(model, at_once, room, wait=lambda _: None)
    answers = Answers(folder / "answers.jsonl")
    strategies = [load_strategy(name) for name in names]
    try:
        return Runner(task, strategies, asking, answers, lambda _: None, at_once).run()
    finally:
        answers.close()


def ndcg(found: Found, name: str, task: RankingTask = TASK) -> float:
    return measured(name, found.scores[name], task).means["ndcg@10/19neg"]


def test_a_model_that_knows_is_found_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_answers(monkeypatch, tmp_path)
    by_scores = {n: load_strategy(n) for n in strategy_names()}
    names = tuple(
        name
        for name, strategy in by_scores.items()
        if strategy.prompt.channel in ("letters", "pair", "yes_no")
        and strategy.aggregator != "calibrated"
    )
    found = run(tmp_path, fan(), names)
    assert {name: ndcg(found, name) for name in names} == dict.fromkeys(names, 1.0)


def test_places_do_not_change_what_is_asked_about(tmp_path: Path) -> None:
    found = run(tmp_path, fan(), ("zero_shot:truth_at=0", "zero_shot:truth_at=19"))
    assert [ndcg(found, name) for name in found.scores] == [1.0, 1.0]
    for put in found.puts:
        place = put.asked.items.index(TASK.cases[put.case].truth)
        assert f"truth_at={place}" in put.strategy


def test_what_two_strategies_ask_alike_is_asked_once(tmp_path: Path) -> None:
    model = fan()
    found = run(tmp_path, model, ("zero_shot", "permutations", "bootstrap"))
    assert model.calls == len(set(model.seen)) == 3 * len(TASK.cases)
    assert len(found.puts) == 7 * len(TASK.cases)


def test_a_rerun_asks_nothing_and_finds_the_same(tmp_path: Path) -> None:
    first, again = fan(), fan()
    one, two = run(tmp_path, first), run(tmp_path, again)
    assert first.calls > 0 and again.calls == 0
    assert all(np.array_equal(one.scores[n], two.scores[n], equal_nan=True) for n in LETTERS)


def test_what_is_asked_does_not_depend_on_the_truth(tmp_path: Path) -> None:
    """No second chance where the truth was not found, as in LLMRank's released loop."""
    knows, guesses = fan(), Fan()
    names = ("zero_shot", "permutations", "written_list", "yes_no")
    run(tmp_path / "a", knows, names)
    run(tmp_path / "b", guesses, names)
    assert knows.seen == guesses.seen


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_server_that_disappears_leaves_everything_kept(tmp_path: Path, at_once: int) -> None:
    with pytest.raises(BadInput, match=r"cannot be reached.*kept: run the same command again"):
        run(tmp_path, fan(calls=40), at_once=at_once)
    kept = len((tmp_path / "answers.jsonl").read_text().splitlines())
    assert kept >= 40 - at_once
    rest, whole = fan(), fan()
    run(tmp_path, rest, at_once=at_once)
    run(tmp_path / "whole", whole)
    assert rest.calls == whole.calls - kept


def test_a_line_that_a_kill_cut_off_is_asked_again(tmp_path: Path) -> None:
    whole = fan()
    run(tmp_path, whole, ("zero_shot",))
    path = tmp_path / "answers.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    again = fan()
    found = run(tmp_path, again, ("zero_shot",))
    assert (again.calls, ndcg(found, "zero_shot")) == (1, 1.0)


_SLOW = """
import time
from pathlib import Path
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.test_runner import run

class Slow(Fan):
    def score_options(self, *given, **more):
        time.sleep(0.02)
        return super().score_options(*given, **more)

run(Path({folder!r}), Slow(), ("yes_no",))
"""


def test_kill_9_loses_no_answer(tmp_path: Path) -> None:
    script = _SLOW.format(folder=str(tmp_path))
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    path = tmp_path / "answers.jsonl"
    with subprocess.Popen([sys.executable, "-c", script], env=env) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if path.is_file() and path.read_bytes().count(b"\n") >= 10:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    kept = path.read_bytes().count(b"\n")
    assert 10 <= kept < 20 * len(TASK.cases)
    rest = fan()
    run(tmp_path, rest, ("yes_no",))
    assert rest.calls == 20 * len(TASK.cases) - kept


def test_answers_that_cannot_be_read_stay_in_the_denominator(tmp_path: Path) -> None:
    found = run(tmp_path, Broken(), ("zero_shot", "permutations"))
    assert ndcg(found, "zero_shot") == 0.0
    assert np.isnan(found.scores["permutations"]).all()
    assert all(put.reading.errors == {"unparsable": 1} for put in found.puts)


def test_written_lists_are_read_with_their_errors(tmp_path: Path) -> None:
    found = run(tmp_path, fan(), ("written_list", "json_list"))
    put = next(p for p in found.puts if p.strategy == "written_list")
    assert put.reading.errors == {"not_in_candidates": 1, "missing": 15}
    assert np.isfinite(found.scores["written_list"]).sum(axis=1).tolist() == [5] * 6
    hits = np.array([case.place < 5 for case in TASK.cases])
    assert (measured("x", found.scores["written_list"], TASK).cases["mrr/19neg"] > 0).tolist() == (
        hits.tolist()
    )


def test_a_history_that_does_not_fit_is_cut_and_counted(tmp_path: Path) -> None:
    found = run(tmp_path, fan(), ("zero_shot",), room=330)
    assert all(put.trimmed for put in found.puts)
    assert ndcg(found, "zero_shot") == 1.0
    found = run(tmp_path / "none", fan(), ("zero_shot",), room=40)
    assert [put.reading.errors for put in found.puts] == [{"too_long": 1}] * 6
    assert ndcg(found, "zero_shot") == 0.0


def test_a_dry_run_asks_nothing(tmp_path: Path) -> None:
    model = fan()
    told = list(dry_run(TASK, [load_strategy("yes_no")], Asking(model)))
    [priced] = told
    assert model.calls == 0
    assert priced.strategy.name == "yes_no" and priced.request.options == ("Yes", "No")
    assert priced.prompts == 20 * len(TASK.cases) and priced.tokens > priced.prompts
    assert priced.written == 0


def test_a_model_without_probabilities_is_refused_before_it_is_asked() -> None:
    with pytest.raises(BadInput, match="cannot answer by options"):
        Asking(Fan(can="text json")).check(["options"])


def test_the_kept_prefix_gives_the_answers_of_one_by_one(tmp_path: Path) -> None:
    """The way that is fast and the way that is plain, over the same tiny model."""
    from tests.llmrec.lab.tiny import tiny_model

    model, few = tiny_model(tmp_path), replace(TASK, cases=TASK.cases[:2])
    names = ("zero_shot", "recency", "yes_no", "permutations")

    class OneByOne(Fan):
        def score_options(self, messages, options, *, usage=None):  # type: ignore[no-untyped-def]
            return model.score_options(messages, options, usage=usage)

    together = run(tmp_path / "a", model, names, few)  # type: ignore[arg-type]
    apart = run(tmp_path / "b", OneByOne(), names, few)
    for name in names:
        assert np.allclose(together.scores[name], apart.scores[name], atol=1e-3)
