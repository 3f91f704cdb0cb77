"""Semantic ids in small: every item one of its own, the beam over the trie against all items scored
by hand, and a decoder that learns what comes next."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.histories import Histories
from classic.errors import BadInput
from classic.train.loop import TrainConfig
from finetune.ptum.semantic.decoder import Decoder, DecoderConfig, SemanticRecommender, loss_of
from finetune.ptum.semantic.ids import SemanticIds, semantic_ids
from finetune.ptum.semantic.job import SemanticConfig, decoder_of, measured
from tests.finetune.ptum.test_pretrain import N, rings

CONFIG = DecoderConfig(16, 1, 2, length=4, dropout=0.0, beams=N)


def vectors(n: int = N, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5))


def model(config: DecoderConfig = CONFIG) -> SemanticRecommender:
    ids = semantic_ids(vectors(), 2, 4)
    torch.manual_seed(0)
    net = Decoder(ids, config).eval()
    return SemanticRecommender("semantic-ids", tuple(map(str, range(N))), net, ids)


def people(*items: list[int]) -> Histories:
    bounds = np.concatenate(([0], np.cumsum([len(own) for own in items])))
    flat = np.array([i for own in items for i in own], dtype=np.int64)
    return Histories(flat, bounds, np.ones(len(flat)), N)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 40), st.integers(1, 3), st.integers(1, 6), st.integers(0, 99))
def test_every_item_has_an_id_of_its_own(n: int, levels: int, codes: int, seed: int) -> None:
    found = semantic_ids(np.repeat(vectors(n, seed)[: -(-n // 2)], 2, axis=0)[:n], levels, codes)
    assert found.digits.shape == (n, levels + 1)
    assert (found.digits >= 0).all() and (found.digits < np.array(found.sizes)).all()
    for row in range(n):
        node = 0
        for child, digit in zip(found.trie, found.digits[row], strict=True):
            node = child[node, digit]
        assert node == row, "its digits lead to it"
    assert sum(int((child >= 0).sum()) for child in found.trie[-1:]) == n, "and to nothing else"


def test_alike_items_begin_alike() -> None:
    far = np.concatenate([vectors(10) * 0.01, vectors(10, 1) * 0.01 + 100])
    digits = semantic_ids(far, 2, 2).digits
    assert len(set(digits[:10, 0])) == len(set(digits[10:, 0])) == 1
    assert digits[0, 0] != digits[10, 0]


def test_ids_that_are_not_one_each_are_refused() -> None:
    with pytest.raises(BadInput, match="same semantic id"):
        SemanticIds(np.zeros((2, 2), dtype=np.int64), (1, 1))
    with pytest.raises(BadInput, match="two items"):
        semantic_ids(vectors(1), 2, 2)


def by_hand(told: SemanticRecommender, history: list[int]) -> np.ndarray:
    """float [n_items]: the log-probability of each id after the latest of the history, one plain
    causal sequence for each item."""
    read = history[-CONFIG.length :]
    found = np.zeros(N)
    for item in range(N):
        window = torch.tensor([[*read, item]])
        x = told.net.sequence(window)
        unseen = x.new_full((x.shape[1],) * 2, -torch.inf).triu(1)
        hidden = told.net.read(x, unseen)[0]
        for place, digit in enumerate(told.ids.digits[item]):
            at = len(read) * told.net.places + place - 1
            found[item] += float(told.net.logits(hidden[at], place).log_softmax(-1)[digit])
    return found


@torch.inference_mode()
def test_a_beam_as_wide_as_the_catalogue_is_every_item_by_its_probability() -> None:
    told = model()
    histories = ([3], [5, 1, 2], list(range(7)))
    items, scores = told.written(people(*histories))
    for row, history in enumerate(histories):
        wanted = by_hand(told, history)
        assert sorted(items[row]) == list(range(N))
        assert np.allclose(scores[row], wanted[items[row]], atol=1e-4)
        assert (np.diff(scores[row]) <= 1e-6).all()


def test_a_narrow_beam_writes_items_there_are_and_none_that_was_met() -> None:
    told = model(replace(CONFIG, beams=6))
    histories = people([3], [5, 1, 2], [])
    items, _ = told.written(histories)
    assert items.shape == (3, 6) and (items[:2] >= 0).all() and (items[2] == -1).all()
    met = [int(i) for i in items[1][:2]]
    top = told.recommend_rows(people([3], [*met, 1]), 4)
    assert not set(top[1]) & {*met, 1}
    scores = told.fold_in_rows(histories)
    assert np.isfinite(scores[0]).sum() == 6 and scores[0].argmax() == items[0, 0]


def test_padding_changes_nothing_of_the_loss() -> None:
    net = model().net
    one, other = torch.tensor([[3, 4, 5]]), torch.tensor([[7, 8, N]])
    alone = float(loss_of(net, one)), float(loss_of(net, other[:, :2]))
    digits = [3 * net.places - 1, 2 * net.places - 1]
    together = float(loss_of(net, torch.cat([one, other])))
    assert together == pytest.approx(np.average(alone, weights=digits), rel=1e-5)


def test_it_learns_what_comes_next_and_nobody_s_last_two() -> None:
    events = rings(150)
    training = TrainConfig(40, learning_rate=1e-2, warm_up_steps=0, averaging=0.0)
    config = SemanticConfig(2, 8, replace(CONFIG, beams=12), 32, training)
    told, epochs = decoder_of(events, vectors(), config)
    assert 1 <= epochs <= 40
    top = told.recommend_rows(people([3, 4, 5], [20, 21, 22]), 3)
    assert 6 in top[0] and 23 in top[1]


def test_from_end_to_end_with_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "finetune.ptum.semantic.job.vectors_for", lambda *_: (rings(40), vectors(), "abc")
    )
    few = replace(SemanticConfig().training, epochs=1)
    config = SemanticConfig(2, 4, replace(CONFIG, beams=12), 32, few)
    lines = measured("rings", "", tmp_path, config)
    assert [line.split()[0] for line in lines] == ["recall@10/full", "ndcg@10/full"]
    assert (tmp_path / "record.json").is_file() and not list(tmp_path.glob("progress*"))
