"""Titles as answers: who knows is found to know, what is asked alike is asked once, and free text
comes back to the candidates."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.item import Item
from classic.errors import BadInput
from llmrec.lab import grounding
from llmrec.lab.asking import Asking
from llmrec.lab.channels import channel_named
from llmrec.lab.ground import Ground
from llmrec.lab.grounding import Grounding
from llmrec.lab.reading import ERRORS, Shown, read_grounded
from llmrec.lab.runner import dry_run
from llmrec.lab.scene import Asked
from llmrec.lab.strategy import load_strategy
from llmrec.llm.protocol import Messages, Title, Usage
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.test_runner import ndcg, run
from tests.llmrec.lab.tiny import tiny_model

TASK = made_up_task(6)
PEOPLE = len(TASK.cases)
SCORED = ("title_scores", "title_scores_mean", "title_scores_calibrated")
TITLES = (*SCORED, "title_beam")


class Teller(Fan):
    """Writes likeliest what it loves; `always` to everybody, even to whom it knows nothing of."""

    def __init__(self, loved: Sequence[str] = (), always: str = "", **more: int) -> None:
        super().__init__(loved, can="options json text titles", **more)
        self.always = always

    def score_titles(
        self, messages: Messages, titles: Sequence[str], *, usage: Usage | None = None
    ) -> list[Title]:
        known = "- N/A" not in self._hear(messages, usage)
        return [
            Title(t, -9.0 + 4 * (known and t in self.loved) + 6 * (t == self.always), 3)
            for t in titles
        ]

    def write_titles(
        self, messages: Messages, titles: Sequence[str], beams: int, *, usage: Usage | None = None
    ) -> list[Title]:
        told = self.score_titles(messages, titles, usage=usage)
        return sorted(told, key=lambda title: -title.log_probability)[:beams]


def teller(**more: int) -> Teller:
    return Teller([TASK.catalog[case.truth].label for case in TASK.cases], **more)


def test_a_model_that_knows_is_found_to_know(tmp_path: Path) -> None:
    found = run(tmp_path, teller(), TITLES)
    assert {name: ndcg(found, name) for name in TITLES} == dict.fromkeys(TITLES, 1.0)


def test_what_is_written_to_everybody_counts_for_nothing_when_calibrated(tmp_path: Path) -> None:
    one = replace(TASK, cases=TASK.cases[:1])
    [case] = one.cases
    other = next(i for i in case.candidates if i != case.truth)
    model = Teller([TASK.catalog[case.truth].label], TASK.catalog[other].label)
    found = run(tmp_path, model, TITLES, one)
    assert ndcg(found, "title_scores_calibrated", one) == 1.0
    assert ndcg(found, "title_scores", one) == pytest.approx(1 / math.log2(3))


def test_one_answer_serves_both_ways_to_read_it_and_any_order(tmp_path: Path) -> None:
    model = teller()
    run(tmp_path, model, ("title_scores", "title_scores_mean", "title_scores:truth_at=0"))
    assert model.calls == PEOPLE
    again = teller()
    run(tmp_path, again, TITLES[:2])
    assert again.calls == 0


def test_the_prompts_are_one_and_show_no_candidate() -> None:
    """An adapter that learned one of them is asked by all."""
    strategies = [load_strategy(name) for name in (*TITLES, "written_title")]
    assert len({strategy.prompt.sections for strategy in strategies}) == 1
    ground, case = Ground(TASK), TASK.cases[0]
    for strategy in strategies:
        request = strategy.request(ground, case, Asked(case.candidates), 99)
        text = "\n".join(told for _, told in request.messages)
        assert not any(TASK.catalog[i].label in text for i in case.candidates)


def test_a_search_is_over_everything_but_the_history(tmp_path: Path) -> None:
    request = load_strategy("title_beam").request(
        Ground(TASK), TASK.cases[0], Asked(TASK.cases[0].candidates), 99
    )
    past = {TASK.catalog[i].label for i in TASK.cases[0].history}
    assert set(request.options) == {item.label for item in TASK.catalog} - past
    assert request.beams == 20 and request.key("m") != replace(request, beams=9).key("m")
    lost = run(tmp_path, Teller(), ("title_beam",))
    assert all(put.reading.errors["missing"] >= 10 for put in lost.puts)


def test_titles_alike_share_their_score_and_remakes_do_not() -> None:
    titles = ("Dune (1984)", "Dune (2021)", "Dune (1984)")
    shown = Shown(("1", "2", "3"), titles, names=titles)
    told = [["Dune (1984)", -6.0, 3], ["Dune (2021)", -4.0, 4]]
    assert channel_named("titles").read(told, shown).scores == {"1": -6.0, "2": -4.0, "3": -6.0}
    assert channel_named("title_means").read(told, shown).scores == {"1": -2, "2": -1, "3": -2}
    found = channel_named("beam").read(told[1:], shown)
    assert (found.scores, found.errors) == ({"2": -4.0}, {"missing": 2})


def test_a_model_that_cannot_is_refused_before_it_is_asked() -> None:
    strategy = load_strategy("title_scores")
    with pytest.raises(BadInput, match=r"fan cannot answer by titles: leave those strategies out"):
        Asking(Fan()).check([strategy.channel.form])
    Asking(Fan(can="text")).check([load_strategy("written_title").channel.form])


def test_a_real_model_from_end_to_end(tmp_path: Path) -> None:
    """Scores are the model's own, histories are cut to fit, and the bill is what it costs."""
    model, few = tiny_model(tmp_path, context=480), replace(TASK, cases=TASK.cases[:2])
    found = run(tmp_path, model, ("title_scores", "title_beam", "written_title"), few)  # type: ignore[arg-type]
    strategy, ground = load_strategy("title_scores"), Ground(few)
    for put in found.puts:
        assert put.trimmed and not {"too_long"} & set(put.reading.errors)
        assert set(put.reading.errors) <= set(ERRORS)
    for put in found.puts[:1]:
        case = few.cases[put.case]
        request = strategy.request(ground, case, put.asked, len(case.history) // 2)
        told = model.score_titles(request.chat, ground.labels(case.candidates))
        scores = [one.log_probability for one in told]
        assert found.scores["title_scores"][put.case] == pytest.approx(scores, abs=1e-3)
    [priced] = dry_run(few, [strategy], Asking(model))
    spent = sum(put.prompt_tokens for put in found.puts if put.strategy == "title_scores")
    assert priced.written == 0 and priced.prompts == 2
    # A token of this model is a byte, and what titles cost is estimated at three.
    assert 0.4 * spent < priced.tokens < spent


FILMS = load_films()
BY_LABEL = {item.label: item.item_id for item in FILMS}


def shown(catalog: Catalog = FILMS) -> Shown:
    titles = ("Heat (1995)", "Aliens (1986)", "Dune (2021)", "Amélie (2001)", "Her (2013)")
    ids = tuple(BY_LABEL[title] for title in titles)
    return Shown(ids, titles, ("Casino (1995)",), Grounding(catalog))


@pytest.mark.parametrize(
    ("text", "first", "errors"),
    [
        ("Heat (1995)", ["Heat (1995)"], {}),
        ('1. "amelie"', ["Amélie (2001)"], {}),
        ("Her", ["Her (2013)"], {}),
        ("Dune", ["Dune (2021)"], {}),
        ("You will watch Aliens, then Heat.", ["Aliens (1986)", "Heat (1995)"], {}),
        ("Heat\nHeat", ["Heat (1995)"], {"duplicate": 1}),
        ("Alien (1979)", ["Aliens (1986)"], {"not_in_candidates": 1}),
        ("Casino (1995)", ["Heat (1995)"], {"from_history": 1}),
        ("Dune (1984)\nHer (2013)", ["Her (2013)", "Dune (2021)"], {"not_in_candidates": 1}),
    ],
)
def test_what_is_named_and_what_is_like_it(
    text: str, first: list[str], errors: dict[str, int]
) -> None:
    asked = shown()
    reading = channel_named("grounded").read(text, asked)
    assert set(reading.scores) == set(asked.items) and dict(reading.errors) == errors
    best = sorted(reading.scores, key=lambda i: -reading.scores[i])
    assert [FILMS[i].label for i in best[: len(first)]] == first


def test_a_description_is_compared_with_what_items_are_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = shown()
    vectors = asked.grounding._content.vectors  # type: ignore[union-attr]
    meant = FILMS.row(BY_LABEL["Amélie (2001)"])
    monkeypatch.setattr(grounding, "encode", lambda text: vectors[meant])
    reading = read_grounded("a shy dreamer does good in Paris", asked)
    assert max(reading.scores, key=lambda i: reading.scores[i]) == BY_LABEL["Amélie (2001)"]
    assert reading.errors == {"not_in_candidates": 1}


@pytest.mark.parametrize("text", ["", "  \n", "...", "Nothing of the kind"])
def test_what_cannot_be_grounded_is_an_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "vectors_of", lambda catalog: None)
    reading = channel_named("grounded").read(text, shown())
    assert (reading.scores, dict(reading.errors)) == ({}, {"unparsable": 1})


def test_names_are_read_where_there_are_no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "vectors_of", lambda catalog: None)
    bare = Catalog("bare", tuple(Item(str(n), t) for n, t in enumerate(("Heat", "Her", "Up"))))
    asked = Shown(("0", "1"), ("Heat", "Her"), (), Grounding(bare))
    reading = channel_named("grounded").read("Her", asked)
    assert reading.scores["1"] == 2.0 > reading.scores["0"] and not reading.errors
    np.testing.assert_allclose(reading.scores["0"], 0.0)
