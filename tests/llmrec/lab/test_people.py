"""Whom a question is about: ids of an encoder, nobody's answers, and somebody else for control."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.data.item import Item
from classic.errors import BadInput
from llmrec.behaviour.pretrained import Pretrained, open_pretrained
from llmrec.lab.asking import Asking
from llmrec.lab.channels import Request
from llmrec.lab.ground import Ground
from llmrec.lab.likes import LikeTask
from llmrec.lab.people import people_of
from llmrec.lab.runner import question
from llmrec.lab.scene import Asked
from llmrec.lab.strategy import load_strategy
from llmrec.lab.task import Case, RankingTask
from llmrec.llm.behaviour_model import BehaviourModel
from tests.llmrec.behaviour.tiny import tiny_encoder
from tests.llmrec.lab.fake import Fan
from tests.llmrec.lab.made_up import made_up_task
from tests.llmrec.lab.tiny import tiny_model
from tests.llmrec.test_behaviour_model import soft_prompt

TASK = made_up_task(8)


@pytest.fixture
def encoder(tmp_path: Path) -> Pretrained:
    return open_pretrained(str(tiny_encoder(tmp_path)))


def of_titles(task: RankingTask, named: str = "titles") -> RankingTask:
    """The same people over a catalogue whose ids are the labels."""
    label = {item.item_id: item.label for item in task.catalog}
    items = tuple(Item(i.label, i.title, i.year) for i in task.catalog)

    def told(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(label[i] for i in ids)

    cases = tuple(
        replace(c, history=told(c.history), candidates=told(c.candidates), truth=label[c.truth])
        for c in task.cases
    )
    return replace(task, catalog=Catalog(named, items), cases=cases)


def test_a_person_is_what_they_did_in_the_ids_of_the_encoder(encoder: Pretrained) -> None:
    plain, titled = people_of(TASK, encoder), people_of(of_titles(TASK), encoder)
    for case, named in zip(TASK.cases, of_titles(TASK).cases, strict=True):
        assert plain(case) == titled(named) == History.of(*case.history)
    case = replace(TASK.cases[0], disliked=("heat-1995", "no such film"))
    told = plain(case)
    assert told.item_ids == ("heat-1995", *case.history)
    assert told.weights == (-1.0, *(1.0 for _ in case.history))


def test_shuffled_is_somebody_else_and_always_the_same(encoder: Pretrained) -> None:
    first, again = (people_of(TASK, encoder, "shuffled") for _ in range(2))
    everybody = {History.of(*case.history) for case in TASK.cases}
    for case in TASK.cases:
        assert first(case) == again(case) != History.of(*case.history)
        assert first(case) in everybody
    twice = replace(TASK.cases[1], user="the same later", history=TASK.cases[1].history[:7])
    task = replace(TASK, cases=(TASK.cases[1], twice))
    with pytest.raises(BadInput, match="nobody beside"):
        people_of(task, encoder, "shuffled")
    others = people_of(task, encoder, "shuffled", TASK.cases[4:])
    assert others(twice) in {History.of(*case.history) for case in TASK.cases[4:]}


def test_an_encoder_that_saw_the_answers_is_refused(tmp_path: Path) -> None:
    seen = open_pretrained(str(tiny_encoder(tmp_path, protocol="all")))
    with pytest.raises(BadInput, match="last-two"):
        people_of(TASK, seen)
    people_of(of_titles(TASK), seen)  # the people of other data
    likes = of_titles(TASK, "films")
    task = LikeTask(**vars(likes), labels=np.zeros(len(likes.cases), dtype=bool))
    with pytest.raises(BadInput, match="other people"):
        people_of(task, open_pretrained(str(tiny_encoder(tmp_path))))


def test_an_encoder_that_knows_too_little_is_refused(encoder: Pretrained) -> None:
    names = tuple(Item(f"g{n}", f"Game {n}") for n in range(30))
    ids = tuple(item.item_id for item in names)
    cases = (Case("a", ids[:9], ids[9:19], ids[9]),)
    with pytest.raises(BadInput, match=r"knows 0% .* pretrain ptum --data"):
        people_of(replace(TASK, catalog=Catalog("games", names), cases=cases), encoder)


def test_who_somebody_is_is_part_of_the_question() -> None:
    plain = Request((("user", "A or B?"),), "options", ("A", "B"))
    heat, seven = (replace(plain, history=History.of(i)) for i in ("heat-1995", "seven-1995"))
    hated = replace(plain, history=History(("heat-1995",), (-1.0,)))
    keys = [r.key("model") for r in (plain, heat, seven, hated, replace(plain, history=History()))]
    assert len(set(keys)) == 5
    assert plain.key("model") == "13d17d1f99a2ea9f5e2774bfdba9a7dd", (
        "answers that are kept stay known"
    )


def test_only_a_model_that_reads_people_is_told_of_them(tmp_path: Path) -> None:
    plain = tiny_model(tmp_path)
    model = BehaviourModel.beside(plain.model, plain.tokenizer, "m", soft_prompt(plain, tmp_path))
    strategy, case = load_strategy("zero_shot"), TASK.cases[0]

    def asked_about(asking: Asking, asked: Asked) -> History | None:
        put = question(strategy, Ground(TASK), case, asked, asking.meeting(TASK)).request
        assert put is not None
        return put.history

    own = Asked(case.candidates)
    for other in (Asking(plain), Asking(Fan())):
        assert other.meeting(TASK) is other and asked_about(other, own) is None
    assert asked_about(Asking(model), own) == History.of(*case.history)
    assert asked_about(Asking(model), replace(own, free="history")) == History()
    model.soft_prompt.control = "shuffled"
    assert asked_about(Asking(model), own) not in (None, History.of(*case.history))


def test_a_taste_is_not_read_by_an_encoder_that_saw_the_answers(tmp_path: Path) -> None:
    asked = Asked(TASK.cases[0].candidates)
    strategy = load_strategy("behaviour_profile")
    with pytest.raises(BadInput, match="protocol: last-two"):
        strategy.request(Ground(TASK), TASK.cases[0], asked, 9)
