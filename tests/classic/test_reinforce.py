"""Slates drawn, their chances, the simulated viewer by hand, and what is learned by trial."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch

from classic.rerank.listwise import ListwiseConfig, Slates
from classic.rerank.reinforce import ReinforceConfig, drawn, fit_reinforced, log_chance
from classic.rerank.simulator import Viewer
from classic.train.loop import TrainConfig

WORTH = torch.tensor([[0.3, -1.0, 2.0, 0.0]], dtype=torch.float64)


def test_the_chances_of_all_slates_sum_to_one() -> None:
    every = torch.tensor(list(permutations(range(4), 3)))[:, None, :]
    assert float(log_chance(WORTH, every).exp().sum()) == pytest.approx(1.0)


def test_a_chance_is_a_softmax_of_what_is_left() -> None:
    e = WORTH[0].exp()
    wanted = (e[2] / e.sum()) * (e[0] / (e.sum() - e[2]))
    found = log_chance(WORTH, torch.tensor([[[2, 0]]])).exp()
    assert float(found) == pytest.approx(float(wanted))


def test_slates_are_drawn_by_their_chances() -> None:
    torch.manual_seed(0)
    slates = drawn(WORTH, 40_000, 2)[:, 0]
    every = torch.tensor(list(permutations(range(4), 2)))
    shares = (slates[:, None] == every).all(dim=2).double().mean(dim=0)
    assert torch.allclose(shares, log_chance(WORTH, every[:, None]).exp()[:, 0], atol=0.01)


def test_the_viewer_by_hand() -> None:
    """Three wanted items, the second half like the first, the third wholly."""
    alike = torch.tensor([[[1.0, 0.5, 1.0], [0.5, 1.0, 0.0], [1.0, 0.0, 1.0]]])
    wanted, slate = torch.ones(1, 3), torch.tensor([[[0, 1, 2]]])
    viewer = Viewer(patience=0.5, boredom=1.0)
    fresh = viewer.reward(slate, wanted, alike, torch.zeros(1))
    assert float(fresh) == pytest.approx(1 + 0.5 + 0.25)
    bored = viewer.reward(slate, wanted, alike, torch.ones(1))
    assert float(bored) == pytest.approx(1 + 0.5 * 0.5 + 0.25 * 0.0)
    turned = viewer.reward(torch.tensor([[[1, 2, 0]]]), wanted, alike, torch.ones(1))
    assert float(turned) == pytest.approx(1 + 0.5 * 1.0 + 0.25 * 0.0), "only what is above bores"


def lists(n: int = 256, m: int = 12) -> Slates:
    """What is wanted is what few know, though relevance says nothing of it."""
    rng = np.random.default_rng(0)
    known = rng.random((n, m))
    scores = -np.sort(-rng.random((n, m)))
    place = np.broadcast_to(1.0 / np.log2(np.arange(m) + 2.0), (n, m))
    alike = np.broadcast_to(np.eye(m, dtype=np.float32), (n, m, m)).copy()
    told = np.stack([scores, place, known], axis=2).astype(np.float32)
    return Slates(told, alike, np.ones((n, m), dtype=bool), known < 0.15)


@pytest.mark.slow
def test_what_the_viewer_takes_to_becomes_likelier() -> None:
    """From a start that learned nothing: every gain is by trial."""
    start = ListwiseConfig(width=8, heads=2, blocks=1, training=TrainConfig(1, learning_rate=0.0))
    config = ReinforceConfig(
        start, batch_size=32, training=TrainConfig(25, learning_rate=0.01, warm_up_steps=0)
    )
    slates = lists()
    wanted, alike = torch.from_numpy(slates.wanted).float(), torch.from_numpy(slates.alike)
    dial = torch.zeros(len(slates))

    def value(epochs: int) -> float:
        training = replace(config.training, epochs=epochs)
        net = fit_reinforced(slates, replace(config, training=training)).eval()
        parts = (torch.from_numpy(own) for own in (slates.told, slates.alike, slates.inside))
        with torch.inference_mode():
            best = net(*parts, dial).topk(10, dim=1).indices[None]
        return float(Viewer().reward(best, wanted, alike, dial).mean())

    before, after = value(0), value(25)
    most = float(Viewer().reward(wanted.topk(10, dim=1).indices[None], wanted, alike, dial).mean())
    assert before < 0.8 * most
    assert after > 0.9 * most
