"""Both objectives against their equations written out, and what the released code got wrong."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from finetune.ptum.objectives import (
    NOTHING,
    Against,
    ObjectiveConfig,
    cut,
    masked,
    masked_loss,
    next_loss,
)
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.sequences import HIDDEN_ACTION, HIDDEN_GAP, LIKED, Sequences

N = 40
CONFIG = EncoderConfig(8, 1, 2, length=10, dropout=0.0, ahead=3)


def people(lengths: list[int], seed: int = 0) -> Sequences:
    rng = np.random.default_rng(seed)
    n = sum(lengths)
    bounds = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    items = np.concatenate([rng.permutation(N)[:k] for k in lengths]) if n else np.zeros(0, int)
    return Sequences(items, np.full(n, LIKED), rng.integers(1, 9, n), bounds, N)


def encoder() -> BehaviourEncoder:
    torch.manual_seed(1)
    net = BehaviourEncoder(N, CONFIG)
    torch.nn.init.normal_(net.next)
    return net.eval()


def log_share(z: np.ndarray, items: np.ndarray, wanted: int, temperature: float = 0.05) -> float:
    """-log softmax of cosines over the temperature."""
    unit = items / np.linalg.norm(items, axis=1, keepdims=True)
    logits = unit @ (z / np.linalg.norm(z)) / temperature
    return float(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[wanted])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.15, 0.5, 1.0]), st.integers(0, 3))
def test_as_many_are_hidden_as_were_asked_for(seed: int, share: float, count: int) -> None:
    told = people([1, 3, 10, 0, 20])
    batch = told.latest(10)
    found = masked(batch, N, ObjectiveConfig(share, count), np.random.default_rng(seed))
    chosen = (found.wanted != NOTHING).numpy()
    inside = (batch.items != N).numpy()
    read = inside.sum(axis=1)
    asked = np.minimum(count or np.maximum(np.rint(share * read), 1), read)
    assert np.array_equal(chosen.sum(axis=1), asked)
    assert np.array_equal(found.wanted.numpy()[chosen], batch.items.numpy()[chosen])
    kept = ~chosen
    assert np.array_equal(found.behaviours.items.numpy()[kept], batch.items.numpy()[kept])


def test_how_and_when_are_hidden_with_what() -> None:
    batch = people([10] * 50).latest(10)
    found = masked(batch, N, ObjectiveConfig(0.3), np.random.default_rng(0))
    chosen = found.wanted != NOTHING
    assert (found.behaviours.actions[chosen] == HIDDEN_ACTION).all()
    assert (found.behaviours.gaps[chosen] == HIDDEN_GAP).all()
    assert (found.behaviours.gaps[~chosen] == batch.gaps[~chosen]).all()


def test_most_of_what_is_chosen_is_hidden_some_is_another_and_some_stays() -> None:
    batch = people([10] * 2000).latest(10)
    found = masked(batch, N, ObjectiveConfig(0.5), np.random.default_rng(0))
    chosen = found.wanted != NOTHING
    shown, was = found.behaviours.items[chosen], batch.items[chosen]
    hidden = float((shown == N + 1).float().mean())
    stays = float((shown == was).float().mean())
    assert hidden == pytest.approx(0.8, abs=0.02)
    assert stays == pytest.approx(0.1 + 0.1 / N, abs=0.02)


@given(st.integers(0, 2**32 - 1))
def test_the_kth_is_the_kth_next_after_the_latest_before_the_moment(seed: int) -> None:
    """The released code counts K backwards and keeps the oldest."""
    told = people([2, 5, 25])
    found = cut(told, np.arange(3), 3, 4, np.random.default_rng(seed))
    for row in range(3):
        own = told.items[told.bounds[row] : told.bounds[row + 1]].tolist()
        before = [i for i in found.behaviours.items[row].tolist() if i != N]
        moment = own.index(before[-1]) + 1
        assert before == own[max(moment - 4, 0) : moment]
        after = own[moment : moment + 3]
        assert found.wanted[row].tolist() == after + [NOTHING] * (3 - len(after))


def test_times_of_one_task_are_not_those_of_the_other() -> None:
    """The released code leaves the next-behaviour half with the last person's times and places."""
    told = people([6, 6])
    found = cut(told, np.arange(2), 2, 10, np.random.default_rng(3))
    for row in range(2):
        n = int((found.behaviours.items[row] != N).sum())
        first = told.bounds[row]
        assert found.behaviours.gaps[row, :n].tolist() == told.gaps[first : first + n].tolist()


@pytest.mark.parametrize("guessed_from", ["person", "place"])
def test_the_masked_loss_is_its_equation(guessed_from: str) -> None:
    net, told = encoder(), people([7, 4])
    config = ObjectiveConfig(0.4, guessed_from=guessed_from)  # type: ignore[arg-type]
    hidden = masked(told.latest(10), N, config, np.random.default_rng(0))
    items = net.items()
    read = net(hidden.behaviours, items)
    ours = float(masked_loss(net, read, items, hidden.wanted, Against(config, told)))
    by_hand = []
    vectors = items.detach().numpy()
    for row, lasts in enumerate((6, 3)):
        for place in range(lasts + 1):
            wanted = int(hidden.wanted[row, place])
            if wanted != NOTHING:
                z = read.steps[row, place]
                if guessed_from == "person":
                    z = read.person[row] + net.place.weight[lasts - place]
                by_hand.append(log_share(z.detach().numpy(), vectors, wanted))
    assert ours == pytest.approx(np.mean(by_hand), rel=1e-4)


def test_the_next_loss_is_its_equation() -> None:
    net, told = encoder(), people([7, 3, 12])
    config = ObjectiveConfig()
    moment = cut(told, np.arange(3), 3, 10, np.random.default_rng(5))
    items = net.items()
    read = net(moment.behaviours, items)
    ours = float(next_loss(net, read, items, moment.wanted, Against(config, told)))
    by_hand = [
        log_share(
            (read.person[row] + net.next[k]).detach().numpy(),
            items.detach().numpy(),
            int(moment.wanted[row, k]),
        )
        for row in range(3)
        for k in range(3)
        if moment.wanted[row, k] != NOTHING
    ]
    assert ours == pytest.approx(np.mean(by_hand), rel=1e-4)


def test_drawn_negatives_are_of_random_people_and_never_the_wanted() -> None:
    told = people([1, 30])
    told.items[0] = 39
    told.items[1:][told.items[1:] == 39] = 0
    against = Against(ObjectiveConfig(negatives="drawn", drawn=4), told)
    torch.manual_seed(0)
    wanted = torch.full((5000,), 3)
    others = against.others(wanted)
    assert others.shape == (5000, 4)
    assert not (others == 3).any()
    # Half of them are of the one who did but one thing: people are drawn, then what they did.
    assert float((others == 39).float().mean()) == pytest.approx(0.5, abs=0.02)


def test_the_drawn_softmax_is_over_the_wanted_and_its_four() -> None:
    told = people([5, 30])
    against = Against(ObjectiveConfig(negatives="drawn"), told)
    z, items = torch.randn(3, 8), torch.randn(N, 8)
    wanted = torch.tensor([1, 2, 3])
    torch.manual_seed(4)
    ours = against(z, items, wanted)
    torch.manual_seed(4)
    others = against.others(wanted)
    rows = torch.cat([wanted[:, None], others], dim=1)
    logits = torch.stack([items[rows[n]] @ z[n] for n in range(3)])
    assert torch.allclose(ours, functional.cross_entropy(logits, torch.zeros(3, dtype=torch.long)))
