"""The next item, new people and matching, on made-up people who go around a ring."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.ptum import next_item
from finetune.ptum.data import Opened, Split
from finetune.ptum.next_item import Ground, Knowing, cold, matched
from llmrec.behaviour.encoder import BehaviourEncoder
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Sequences
from tests.finetune.ptum.test_pretrain import ENCODER, N, rings

EVENTS = rings(60)


def model() -> Ptum:
    torch.manual_seed(0)
    return Ptum.of(BehaviourEncoder(N, ENCODER).eval(), EVENTS.item_ids)


def test_new_people_are_told_their_first_and_asked_the_one_after() -> None:
    split = Split.of(EVENTS, "people")
    asked = EVENTS.select(split.kept)
    moments = cold(split.to_learn, asked)
    assert list(moments) == ["1", "3", "5"], "nobody did more than ten things"
    for n in ("1", "3", "5"):
        ranking = moments[n].ranking
        for user in ranking.asked:
            row = ranking.given.items[ranking.given.bounds[user] : ranking.given.bounds[user + 1]]
            [wanted] = ranking.held_out[user].indices
            assert len(row) == int(n) and wanted == (row[-1] + 1) % N
        assert not set(moments[n].told.users) & set(split.to_learn.users)


def test_how_and_when_something_was_done_is_read() -> None:
    people = Sequences.of(EVENTS)
    hated = replace(people, actions=np.ones_like(people.actions))
    own = model()
    users, histories = np.arange(3), next_item.histories_of(EVENTS).block(0, 3)
    as_told = Knowing(own.name, own.item_ids, own.net, people).of_users(users, histories)
    other = Knowing(own.name, own.item_ids, own.net, hated).of_users(users, histories)
    assert as_told.shape == other.shape == (3, N) and not np.allclose(as_told, other)


def test_the_same_person_is_told_from_others() -> None:
    """Everybody does one thing over and over: the halves are of one person without doubt."""
    steady = replace(EVENTS, items=(EVENTS.users % N).astype(np.int32))
    few = steady.select(np.flatnonzero(steady.users < N))
    assert matched(model(), few) == pytest.approx(1.0)
    assert abs(matched(model(), EVENTS).mean() - 0.5) < 0.5


@pytest.mark.parametrize(("task", "protocol"), [("next", "last-two"), ("cold", "people")])
def test_every_arm_is_asked_the_same_people(
    task: str, protocol: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = rings(120, 12)
    own = Ptum.of(BehaviourEncoder(N, ENCODER).eval(), events.item_ids)
    given = Opened(events, None, "made up")
    monkeypatch.setattr(next_item, "encoder_for", lambda *_: (given, own))
    weights = tmp_path / "w.npz"
    weights.write_bytes(b"")
    lines = next_item.evaluate("rings", task, weights, 0.02, [0], tmp_path / "out", lambda _: None)
    arms = ("popularity", "pre-trained", "fine-tuned", "scratch", "sasrec")
    told = ("all",) if task == "next" else ("1", "3", "5", "10")
    assert [line.split(" people")[0] for line in lines] == [
        f"arm {arm} ({n})" for n in told for arm in arms
    ]
    assert (tmp_path / "out" / "record.json").is_file()
    assert Ground.of("rings", weights, protocol).asked.users.size  # type: ignore[arg-type]
