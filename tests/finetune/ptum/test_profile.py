"""Arms on made-up people whose behaviour tells what they are."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from classic.errors import BadInput
from classic.train.loop import TrainConfig
from finetune.ptum.evaluate import Told, Trial, _refuse_seen, gains, measured, trial
from finetune.ptum.profile import ARMS, Labelled, ProfileConfig, fitted, macro_f1, missed
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.sequences import LIKED, Sequences

N = 20
ENCODER = EncoderConfig(8, 1, 2, length=6, dropout=0.0)
CONFIG = ProfileConfig(
    hidden=16,
    batch_size=32,
    training=TrainConfig(15, learning_rate=1e-2, warm_up_steps=0),
    heads=TrainConfig(60, learning_rate=2e-2, warm_up_steps=0),
)


def people(n: int, seed: int = 0) -> Labelled:
    """Class 1 does mostly things of the upper half."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    upper = rng.random((n, 6)) < np.where(labels > 0, 0.8, 0.2)[:, None]
    items = (rng.integers(0, N // 2, (n, 6)) + N // 2 * upper).ravel()
    told = Sequences(
        items, np.full(6 * n, LIKED), np.zeros(6 * n, int), np.arange(0, 6 * n + 1, 6), N
    )
    return Labelled(told, labels, 2)


def encoder() -> BehaviourEncoder:
    torch.manual_seed(0)
    return BehaviourEncoder(N, ENCODER)


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_learns_what_behaviour_tells(arm: str) -> None:
    told = fitted(arm, encoder(), people(400), CONFIG)  # type: ignore[arg-type]
    asked = people(300, seed=1)
    right = told(asked.people).argmax(axis=1) == asked.labels
    assert right.mean() > 0.8


def test_what_is_to_stay_stays() -> None:
    for arm, moved in (("linear", False), ("fixed-items", False), ("fine-tuned", True)):
        net = encoder()
        before = net.item.weight.detach().clone()
        fitted(arm, net, people(60), replace(CONFIG, training=replace(CONFIG.training, epochs=1)))  # type: ignore[arg-type]
        assert torch.equal(net.item.weight, before) != moved, arm


def test_those_to_stop_by_are_not_learned_from() -> None:
    learned, watched = people(10).parted(0.2, 0)
    assert (len(learned.labels), len(watched.labels)) == (8, 2)
    with pytest.raises(BadInput, match="too few"):
        people(1).parted(0.2, 0)


def test_macro_f1_is_its_formula() -> None:
    told, labels = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    f1 = [2 * 1 / (2 + 1 + 1), 2 * 1 / (2 + 0 + 1), 2 * 2 / (4 + 1 + 0)]
    assert macro_f1(told, labels, 3) == pytest.approx(np.mean(f1))
    assert macro_f1(np.zeros(4, int), np.ones(4, int), 2) == 0.0


def test_what_is_missed_is_the_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(9, 4)) * 50, rng.integers(0, 4, 9)
    torchs = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels))
    assert missed(logits, labels) == pytest.approx(float(torchs))


def test_a_share_is_the_same_people_for_every_arm() -> None:
    asked = Trial(people(100), people(50, seed=1))
    few = replace(CONFIG, training=replace(CONFIG.training, epochs=1))
    found = measured(asked, encoder(), ("scratch", "linear"), (0.1, 1.0), (0, 1), few)
    assert {(s, a): t.n_labels for (s, a), t in found.items()} == {
        (0.1, "scratch"): 10,
        (0.1, "linear"): 10,
        (1.0, "scratch"): 100,
        (1.0, "linear"): 100,
    }
    again = measured(asked, encoder(), ("linear",), (0.1,), (0, 1), few)
    assert np.array_equal(again[0.1, "linear"].logits, found[0.1, "linear"].logits)


def test_gains_are_of_the_same_people() -> None:
    labels = np.arange(200) % 2
    good = np.stack([np.where(labels > 0, [[-1.0], [1.0]], [[1.0], [-1.0]]).T])
    coin = np.random.default_rng(0).normal(size=(1, 200, 2))
    over = gains(Told(good, 1, 0.0), Told(coin, 1, 0.0), labels)
    value, low, high = over["auc"]
    assert 0.3 < low < value < high < 0.7
    assert gains(Told(good, 1, 0.0), Told(good, 1, 0.0), labels)["auc"] == (0.0, 0.0, 0.0)


def test_data_that_says_nothing_of_people(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="says nothing of people"):
        trial("films", "gender", tmp_path / "none.npz")
    with pytest.raises(BadInput, match="no task 'height'"):
        trial("ml-1m", "height", tmp_path / "none.npz")


def test_weights_that_saw_those_who_are_asked(tmp_path: Path) -> None:
    weights, told = tmp_path / "w.npz", tmp_path / "w.json"
    for about, why in (
        ({"protocol": "all", "data_sha256": "x"}, "saw everybody"),
        ({"protocol": "people", "data_sha256": "y"}, "other interactions"),
    ):
        told.write_text(json.dumps(about), "utf-8")
        with pytest.raises(BadInput, match=why):
            _refuse_seen(weights, "x")
    told.write_text(json.dumps({"protocol": "people", "data_sha256": "x"}), "utf-8")
    _refuse_seen(weights, "x")
