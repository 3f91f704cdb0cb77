"""The two sides of the race: the same hidden places, a loss of the same thing, and one verdict."""

import math

import pytest
import torch

from benchmarks import ptum_speed
from benchmarks.ptum_speed import Timed, arms_of, compared, drawn, missed, run
from finetune.ptum.objectives import NOTHING
from llmrec.behaviour.sequences import Sequences
from tests.finetune.ptum.test_pretrain import N, rings

PEOPLE = Sequences.of(rings(60))


def test_every_arm_steps_and_is_asked_alike() -> None:
    steps, asked = list(drawn(PEOPLE, 2)), list(drawn(PEOPLE, 1, seed=1))
    for name, arm in arms_of(PEOPLE, None).items():
        found = run(arm, steps, asked)
        assert found.people_per_second > 0, name
        assert 0 < found.loss_after < 4 * math.log(N), name


def test_both_losses_are_over_the_hidden_places_alone() -> None:
    """What stands elsewhere among the labels changes nothing."""
    [batch] = drawn(PEOPLE, 1)
    for name in ("ours", "bert"):
        arm = arms_of(PEOPLE, None)[name]
        torch.manual_seed(0)
        net = arm.build().eval()
        hidden = int((batch.wanted != NOTHING).sum())
        assert 0 < hidden < int((batch.behaviours.items != N).sum())
        assert missed(net, arm.loss, [batch]) == pytest.approx(float(arm.loss(net, batch)))


def test_the_ratio_is_to_the_faster_of_the_other_side() -> None:
    timed = {
        "ours": [Timed(30.0, 1.0), Timed(20.0, 1.2)],
        "bert": [Timed(10.0, 1.5), Timed(10.0, 1.5)],
        "bert, half precision": [Timed(5.0, 1.5), Timed(5.0, 1.5)],
    }
    found = compared(timed)
    assert found["beside"] == "bert"
    assert found["ratio"] == {"ours": [2.5, 2.0, 3.0]}
    assert found["loss_after"]["ours"] == pytest.approx(1.1)


def test_a_turn_is_timed() -> None:
    found = ptum_speed.turns(3)
    assert set(found) == {"encode and score", "with reasons", "whole list"}
    assert all(0 < ms["p50"] <= ms["p95"] for ms in found.values())
