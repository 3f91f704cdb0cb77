"""Sequences as batches, and the encoder over them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from llmrec.behaviour.encoder import SIZES, BehaviourEncoder, EncoderConfig
from llmrec.behaviour.recommender import Ptum, load_ptum, save_ptum
from llmrec.behaviour.sequences import DISLIKED, LIKED, NEITHER, UNKNOWN, Sequences, gaps_of

N = 12
CONFIG = EncoderConfig(8, 1, 2, length=5, dropout=0.0)
IDS = tuple(f"i{n}" for n in range(N))


def events(times: bool = True) -> Interactions:
    users = np.array([0] * 8 + [2] * 3, dtype=np.int32)
    items = np.array([*range(8), 5, 6, 7], dtype=np.int32)
    stars = np.array([5, 1, 3, 4, 5, 2, 3, 4, 4, 4, 1], dtype=np.float32)
    clock = np.array([0, 1, 4, 100, 100, 10**6, 10**6, 2 * 10**6, 7, 5, 6], dtype=np.int64)
    return Interactions(users, items, ("a", "b", "c"), IDS, stars, clock if times else None)


def encoder(config: EncoderConfig = CONFIG, text: np.ndarray | None = None) -> BehaviourEncoder:
    torch.manual_seed(0)
    return BehaviourEncoder(N, config, text).eval()


def test_everybody_stands_oldest_first_with_how_and_when() -> None:
    told = Sequences.of(events())
    assert told.lengths.tolist() == [8, 0, 3]
    assert told.items[-3:].tolist() == [6, 7, 5]
    assert told.actions[:4].tolist() == [LIKED, DISLIKED, NEITHER, LIKED]
    assert told.gaps[:5].tolist() == [0, 2, 3, 7, 1], (
        "log2 of the seconds, nothing before the first"
    )
    assert told.gaps[8] == 0, "nor before the first of somebody else"
    assert not Sequences.of(events(times=False)).gaps.any()


def test_a_gap_is_a_power_of_two_and_bounded() -> None:
    assert gaps_of(np.array([-5, 0, 1, 3, 2**62])).tolist() == [1, 1, 2, 3, 32]


def test_the_latest_are_kept_and_not_the_oldest() -> None:
    batch = Sequences.of(events()).latest(5)
    assert batch.items.tolist() == [[3, 4, 5, 6, 7], [N] * 5, [6, 7, 5, N, N]]
    assert batch.actions[2].tolist() == [LIKED, DISLIKED, LIKED, UNKNOWN, UNKNOWN]


def test_weights_of_a_history_are_how_it_was_found() -> None:
    told = Ptum.of(encoder(), IDS)._batch([History(("i1", "i2", "i3"), (1.0, -1.0, 0.0))])
    assert Sequences.of_histories(told).actions.tolist() == [LIKED, DISLIKED, UNKNOWN]


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_whoever_is_asked_beside_changes_nothing(seed: int, others: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 9, others + 1)
    items = rng.integers(0, N, lengths.sum())
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    told = Sequences(
        items, rng.integers(0, 4, len(items)), rng.integers(0, 9, len(items)), bounds, N
    )
    model = Ptum.of(encoder(), IDS)
    together, alone = model.scores(told), model.scores(told.take(np.array([others])))
    assert np.allclose(together[-1], alone[0], atol=1e-4)
    assert np.isfinite(together).all()


def test_order_action_and_time_are_read() -> None:
    model = Ptum.of(encoder(), IDS)
    plain = Sequences(np.array([1, 2, 3]), np.full(3, LIKED), np.zeros(3, int), np.array([0, 3]), N)
    turned = Sequences(plain.items[::-1].copy(), plain.actions, plain.gaps, plain.bounds, N)
    hated = Sequences(plain.items, np.array([LIKED, DISLIKED, LIKED]), plain.gaps, plain.bounds, N)
    later = Sequences(plain.items, plain.actions, np.array([0, 20, 0]), plain.bounds, N)
    first = model.scores(plain)
    for other in (turned, hated, later):
        assert np.abs(model.scores(other) - first).max() > 1e-3


def test_it_reads_in_both_directions() -> None:
    net = encoder()
    told = Sequences(np.array([1, 2, 3]), np.full(3, LIKED), np.zeros(3, int), np.array([0, 3]), N)
    other = Sequences(np.array([1, 2, 9]), told.actions, told.gaps, told.bounds, N)
    first, second = (net(s.latest(5), net.items()).steps[0, 0] for s in (told, other))
    assert not torch.allclose(first, second), "what came later is told of at the first place"


def test_the_person_is_a_mean_of_the_steps_by_attention() -> None:
    net = encoder()
    read = net(Sequences.of(events()).latest(5), net.items())
    for row in (0, 2):
        steps = read.steps[row][read.inside[row]].detach().numpy()
        loud = net.voice(torch.tanh(net.query(torch.from_numpy(steps))))[:, 0].detach().numpy()
        alpha = np.exp(loud) / np.exp(loud).sum()
        assert np.allclose(alpha @ steps, read.person[row].detach().numpy(), atol=1e-5)


def test_a_profile_is_the_person_beside_the_mean_of_what_they_met() -> None:
    net = encoder()
    told = Sequences.of(events())
    found = Ptum.of(net, IDS).profiles(told)
    assert found.shape == (3, 16)
    items = net.items().detach().numpy()
    assert np.allclose(found[0, 8:], items[3:8].mean(axis=0), atol=1e-5), "the latest five"
    assert not found[1, 8:].any(), "who did nothing met nothing"


def test_text_speaks_for_an_item_whose_own_vector_is_left_out() -> None:
    text = np.eye(N, 6, dtype=np.float32)
    net = encoder(EncoderConfig(8, 1, 2, length=5, no_item=1.0), text)
    assert torch.allclose(net.train().items(), net.words(net.text))
    assert not torch.allclose(net.eval().items(), net.words(net.text))


def test_it_is_kept_with_what_made_it(tmp_path: Path) -> None:
    text = np.random.default_rng(0).normal(size=(N, 6)).astype(np.float32)
    model = Ptum.of(encoder(text=text), IDS)
    save_ptum(model, tmp_path / "made" / "ptum.npz", {"command": "llmrec pretrain ptum"})
    again = load_ptum(tmp_path / "made" / "ptum.npz", text)
    told = Sequences.of(events())
    assert again.item_ids == IDS
    assert np.allclose(again.scores(told), model.scores(told), atol=0.05)
    assert "llmrec pretrain" in (tmp_path / "made" / "ptum.json").read_text("utf-8")
    with pytest.raises(BadInput, match="no behaviour encoder"):
        load_ptum(tmp_path / "made" / "ptum.npz", text[:, :3])
    (tmp_path / "other.npz").write_bytes(b"not a file of arrays")
    with pytest.raises(BadInput, match="no behaviour encoder"):
        load_ptum(tmp_path / "other.npz")


def test_sizes_are_as_published() -> None:
    assert [SIZES[s].dimensions for s in ("S", "M", "L")] == [64, 128, 256]
    n = sum(p.numel() for p in BehaviourEncoder(3706, SIZES["S"]).parameters())
    assert 0.3e6 < n < 0.4e6
