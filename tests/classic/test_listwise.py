"""The re-ranker that learned: its attention, its loss, and what its dial does."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from classic.candidates import Candidates
from classic.evaluate.reranked import parts_of
from classic.pipeline import RERANKERS
from classic.query import Query
from classic.rerank.learned import FOLDER, save_weights, shipped
from classic.rerank.listwise import (
    Attention,
    Listwise,
    ListwiseConfig,
    ListwiseNet,
    Slates,
    fit_listwise,
    list_loss,
)
from classic.train.loop import TrainConfig
from classic.train_listwise import lists_seen, slates_of, taught
from tests.small import catalog, interactions

CATALOG = catalog()
EVENTS = interactions(CATALOG)
BRIEF = ListwiseConfig(8, 2, 1, training=TrainConfig(3))


def made_up(n: int = 300, m: int = 24, seed: int = 0) -> Slates:
    """Lists whose items are of two kinds, alike within a kind; the best is wanted most often, and
    the first half are of one kind."""
    rng = np.random.default_rng(seed)
    kind = np.array([0] * 12 + [1] * 12)
    alike = np.where(kind[:, None] == kind[None, :], 0.9, 0.0) + 0.1 * np.eye(m)
    told = np.zeros((n, m, 3), dtype=np.float32)
    told[:, :, 0] = np.linspace(1.0, 0.0, m)
    told[:, :, 1] = 1.0 / np.log2(np.arange(m) + 2.0)
    wanted = np.zeros((n, m), dtype=bool)
    chances = np.exp(-np.arange(m) / 4.0)
    wanted[np.arange(n), rng.choice(m, n, p=chances / chances.sum())] = True
    whole = np.broadcast_to(alike.astype(np.float32), (n, m, m)).copy()
    return Slates(told, whole, np.ones((n, m), dtype=bool), wanted)


def test_attention_is_its_formula() -> None:
    torch.manual_seed(0)
    layer = Attention(8, 2).eval()
    layer.likeness.data.normal_()
    x, alike = torch.randn(3, 5, 8), torch.rand(3, 5, 5)
    inside = torch.tensor([[True] * 5, [True] * 4 + [False], [True] * 2 + [False] * 3])
    found = layer(x, alike, inside)
    for n in range(3):
        q, k, v = layer.entered(layer.before(x[n])).view(5, 3, 2, 4).permute(1, 2, 0, 3)
        heads = []
        for h in range(2):
            a, b = layer.likeness[:, h]
            logits = q[h] @ k[h].T / 2.0 + a * alike[n] + b * alike[n].tril(-1)
            logits[:, ~inside[n]] = -torch.inf
            heads.append(logits.softmax(dim=1) @ v[h])
        mixed = x[n] + layer.left(torch.cat(heads, dim=1))
        assert torch.allclose(found[n], mixed + layer.deep(layer.between(mixed)), atol=1e-5)


def test_the_loss_is_relevance_at_one_end_and_variety_at_the_other() -> None:
    worth = torch.tensor([[2.0, 1.0, 0.0]])
    alike = torch.tensor([[[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    wanted = torch.tensor([[0.0, 1.0, 0.0]])
    told = list_loss(worth, alike, wanted, torch.tensor([0.0]), 5.0)
    assert told == pytest.approx(-float(worth.log_softmax(1)[0, 1]))
    # The pairs of 0.88, 0.73 and 0.5, of which only the first two are alike.
    p = torch.sigmoid(worth[0])
    pairs = p[0] * p[1] + p[0] * p[2] + p[1] * p[2]
    told = list_loss(worth, alike, wanted, torch.tensor([1.0]), 5.0)
    assert told == pytest.approx(float(5.0 * 0.8 * p[0] * p[1] / pairs))


def test_the_dial_that_was_learned_mixes_the_kinds() -> None:
    slates = made_up()
    config = ListwiseConfig(16, 2, 1, training=TrainConfig(40, learning_rate=1e-2, warm_up_steps=0))
    net = fit_listwise(slates, config).eval()
    parts = [torch.from_numpy(p[:1]) for p in (slates.told, slates.alike, slates.inside)]
    with torch.inference_mode():
        plain, mixed = (net(*parts, torch.tensor([dial]))[0].numpy() for dial in (0.02, 0.95))
    first = [int((np.argsort(-worth)[:10] < 12).sum()) for worth in (plain, mixed)]
    assert first[0] == 10, "relevance alone keeps the better kind above"
    assert 2 <= first[1] <= 8


def test_where_a_list_ends_nothing_is_heard() -> None:
    torch.manual_seed(0)
    net = ListwiseNet(BRIEF).eval()
    slates = made_up(2)
    told, alike = torch.from_numpy(slates.told), torch.from_numpy(slates.alike)
    inside = torch.ones(2, 24, dtype=torch.bool)
    inside[:, 8:] = False
    dial = torch.tensor([0.3, 0.6])
    whole = net(told, alike, inside, dial)
    told[:, 8:], alike[:, 8:], alike[:, :, 8:] = 7.0, 7.0, 7.0
    assert torch.allclose(net(told, alike, inside, dial)[:, :8], whole[:, :8], atol=1e-5)
    assert (whole[:, 8:] < -1e8).all()


def test_lists_as_the_net_reads_them() -> None:
    from classic.evaluate.splits import users_held_out

    asked = users_held_out(EVENTS, 0.3).of_asked()
    n = len(asked.given)
    lists = np.tile(np.array([5, 2, 9, -1]), (n, 1))
    scores = np.tile(np.array([3.0, 2.0, 1.0, 0.0]), (n, 1))
    parts = parts_of(asked.train, CATALOG)
    found = slates_of(asked, lists, scores, parts)
    assert np.allclose(found.told[0, :, 0], [1.0, 0.5, 0.0, 0.0])
    assert found.inside[0].tolist() == [True, True, True, False]
    wanted = asked.held_out.toarray()
    assert np.array_equal(found.wanted[:, :3], wanted[:, [5, 2, 9]])
    assert np.allclose(np.diagonal(found.alike[0])[:3], 1.0)
    assert not found.alike[0, 3].any()


def test_taught_and_kept(tmp_path: Path) -> None:
    slates = lists_seen(EVENTS, CATALOG, "item-knn-cosine")
    net = taught(slates, ListwiseConfig(training=TrainConfig(2)))
    save_weights("listwise", net, tmp_path)
    again = shipped("listwise", tmp_path)
    pool = Candidates(CATALOG.ids[:30], np.linspace(2.0, 1.0, 30), ({},) * 30)
    parts = parts_of(EVENTS, CATALOG)
    lists = [
        Listwise(own, CATALOG, parts.similarity, parts.popularity)(Query(diversity=0.5), pool)
        for own in (net, again)
    ]
    assert set(lists[0].item_ids[:5]) == set(lists[1].item_ids[:5])


def test_what_ships_is_what_the_record_says_and_its_dial_works() -> None:
    record = json.loads((FOLDER / "listwise.json").read_text("utf-8"))
    assert record["weights_sha256"] == sha256((FOLDER / "listwise.npz").read_bytes()).hexdigest()
    parts = parts_of(EVENTS, CATALOG)
    stage = RERANKERS["neural"](parts)
    alike = []
    for dial in (0.05, 0.9):
        own = []
        for seed in range(8):
            rng = np.random.default_rng(seed)
            ids = tuple(rng.permutation(CATALOG.ids))
            pool = Candidates(ids, np.sort(rng.random(60))[::-1], ({},) * 60)
            found = stage(Query(diversity=dial), pool)
            own.append(parts.similarity(found.item_ids)[np.triu_indices(10, 1)].mean())
        alike.append(np.mean(own))
    assert alike[1] < alike[0]
