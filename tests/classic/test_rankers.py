"""Every ranker: what its equation says, and what all of them owe to who calls them."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from classic.metrics import auc
from classic.rank.dien import AuGru, Dien, DienConfig
from classic.rank.din import ActivationUnit, Dice, Din, DinConfig
from classic.rank.examples import Batch, Examples
from classic.rank.features import Field, Schema
from classic.rank.fm import Fm, FmConfig, pairwise
from classic.rank.mmoe import Mmoe, MmoeConfig, Task
from classic.rank.ranker import FitConfig, Ranker, log_loss
from classic.rank.rankers import NETS
from classic.rank.wide_deep import Wide, WideDeep, WideDeepConfig
from classic.train.loop import TrainConfig

FIELDS = (
    Field("user"),
    Field("item"),
    Field("kind"),
    Field("words", "many", "word"),
    Field("age", "number"),
    Field("done_items", "behaviour", "item"),
    Field("done_kinds", "behaviour", "kind"),
)
N_ITEMS = 12


def made_up(n: int, seed: int = 0) -> pl.DataFrame:
    """People like items of the kind that they did most before, so there is something to learn."""
    rng = np.random.default_rng(seed)
    items = rng.integers(0, N_ITEMS, n)
    taste = rng.integers(0, 3, n)
    done = [
        rng.choice([i for i in range(N_ITEMS) if i % 3 == t], rng.integers(1, 6)).tolist()
        for t in taste
    ]
    return pl.DataFrame(
        {
            "user": rng.integers(0, 20, n),
            "item": items,
            "kind": items % 3,
            "words": [rng.integers(0, 5, rng.integers(0, 3)).tolist() for _ in range(n)],
            "age": rng.normal(size=n),
            "done_items": done,
            "done_kinds": [[i % 3 for i in own] for own in done],
            "like": (rng.random(n) < np.where(items % 3 == taste, 0.9, 0.1)).astype(np.float32),
            "stars": rng.integers(1, 6, n).astype(np.float32),
        },
        schema_overrides={"words": pl.List(pl.Int64)},
    )


TABLE = made_up(400)
SCHEMA = Schema.of(TABLE, FIELDS, ["like"])
EXAMPLES = SCHEMA.encode(TABLE)
LAYOUT = SCHEMA.layout


def batch(rows: Any = slice(0, 40), of: Examples = EXAMPLES) -> Batch:
    return of.batch(np.arange(len(of))[rows])


def spread_out(net: Ranker) -> Ranker:
    """Weights large enough that a wrong term would show."""
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return net.eval()


def built(name: str, layout_of: Schema = SCHEMA, examples: Examples = EXAMPLES) -> Ranker:
    torch.manual_seed(0)
    kind = NETS[name]
    return kind.built(layout_of.layout, kind.config, examples)


# What all of them owe


@pytest.mark.parametrize("name", NETS)
def test_an_answer_does_not_depend_on_who_is_asked_beside(name: str) -> None:
    """Whatever else is in the batch, and however long its histories are."""
    net = spread_out(built(name))
    together = net.logits(EXAMPLES.select(np.arange(30)))
    alone = [net.logits(EXAMPLES.select(np.array([n]))) for n in range(30)]
    assert together.shape == (30, 1)
    assert np.allclose(together, np.concatenate(alone), atol=1e-4)


@pytest.mark.parametrize("name", NETS)
def test_a_step_touches_the_vectors_of_its_batch_alone(name: str) -> None:
    kind = NETS[name]
    few = EXAMPLES.select(np.arange(6))
    training = replace(kind.fitting.training, epochs=1, warm_up_steps=0)
    before = {k: v.clone() for k, v in built(name).state_dict().items()}
    config = FitConfig(6, training)
    torch.manual_seed(0)
    net = kind.fit(SCHEMA, few, None, config)
    read = set(few.ones.ravel()) | set(few.behaviours.values.ravel())
    read |= set(few.many[0].values.ravel())
    others = torch.tensor([row for row in range(LAYOUT.rows) if row not in read])
    table = net.embedded.table.weight
    start = before[next(p for p in before if before[p].shape == table.shape)]
    assert torch.equal(table[others], start[others])
    assert not torch.equal(table, start)


READERS = ("wide-deep", "din", "dien", "youtube-ranking")


@pytest.mark.parametrize("name", NETS)
def test_who_reads_no_behaviour_is_given_none(name: str) -> None:
    bare = EXAMPLES.without_behaviour()
    assert bare.batch(np.arange(9)).lengths.tolist() == [0] * 9
    if name in READERS:
        assert built(name).read(EXAMPLES) is EXAMPLES
        return
    config = FitConfig(64, replace(NETS[name].fitting.training, epochs=2))
    whole, none = (NETS[name].fit(SCHEMA, own, None, config) for own in (EXAMPLES, bare))
    assert np.array_equal(whole.logits(EXAMPLES), none.logits(bare))


@pytest.mark.parametrize("name", NETS)
def test_it_learns_and_the_same_seed_learns_the_same(name: str) -> None:
    kind = NETS[name]
    training = replace(kind.fitting.training, epochs=6, learning_rate=0.02, plateau=1.0)
    if training.optimizer == "ftrl-adagrad":
        training = replace(training, learning_rate=0.1)
    many = SCHEMA.encode(made_up(2000, seed=2))
    runs = [kind.fit(SCHEMA, many, None, FitConfig(64, training)) for _ in range(2)]
    new = SCHEMA.encode(made_up(400, seed=1))
    first, second = (net.logits(new) for net in runs)
    assert np.array_equal(first, second)
    # Who reads no behaviour can only learn which items are liked, which here is nothing.
    assert auc(first[:, 0], new.labels[:, 0] > 0) > (0.7 if name in READERS else 0.3)


@pytest.mark.parametrize("name", NETS)
def test_nothing_known_and_far_too_much(name: str) -> None:
    """People without behaviour, with 10,000 of it, and categories that nobody saw."""
    odd = made_up(4).with_columns(
        user=pl.Series([999, None, 1, 1]),
        done_items=pl.Series([[], None, [1] * 10_000, [99]], dtype=pl.List(pl.Int64)),
        done_kinds=pl.Series([[], None, [1] * 10_000, [99]], dtype=pl.List(pl.Int64)),
        age=pl.Series([None, float("nan"), 1e9, 0.0]),
    )
    net = built(name).eval()
    found = net.logits(SCHEMA.encode(odd))
    assert np.isfinite(found).all()
    nobody = SCHEMA.encode(odd[:2])
    assert np.isfinite(net.logits(nobody)).all()
    net.train()
    assert torch.isfinite(net.loss(nobody.batch(np.arange(2))))


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_labels_all_alike_are_learned_as_such(name: str, label: float) -> None:
    same = replace(EXAMPLES, labels=np.full_like(EXAMPLES.labels, label))
    kind = NETS[name]
    training = replace(kind.fitting.training, epochs=4, learning_rate=0.05)
    found = kind.fit(SCHEMA, same, None, FitConfig(64, training)).logits(same)
    assert np.isfinite(found).all()
    assert (found > 0).mean() == label


@pytest.mark.parametrize("name", NETS)
def test_nobody_asked(name: str) -> None:
    assert built(name).eval().logits(EXAMPLES.select(np.arange(0))).shape == (0, 1)


# Equations


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_pairs_in_linear_time_are_the_pairs(seed: int, fields: int, k: int) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(3, fields, k)))
    wanted = torch.zeros(3, dtype=x.dtype)
    for i, j in combinations(range(fields), 2):
        wanted += (x[:, i] * x[:, j]).sum(dim=1)
    assert torch.allclose(pairwise(x)[:, 0], wanted)


def test_fm_is_its_equation() -> None:
    net = spread_out(Fm(LAYOUT, FmConfig(dimensions=4)))
    assert isinstance(net, Fm)
    one = batch(slice(0, 1))
    weights, vectors = net.linear.weights, net.embedded
    wanted = net.linear.bias[0].clone()
    parts = []
    for table, out in ((weights, []), (vectors, parts)):
        of = table.table.weight
        fields = [of[row] for row in one.ones[0]]
        fields.append(of[one.many].mean(dim=0) if len(one.many) else torch.zeros(of.shape[1]))
        fields.append(one.numbers[0, 0] * table.of_numbers[0])
        out.extend(fields)
        if table is weights:
            wanted = wanted + sum(field[0] for field in fields)
    for a, b in combinations(parts, 2):
        wanted = wanted + a @ b
    assert torch.allclose(net(one)[0, 0], wanted, atol=1e-5)


def test_the_wide_part_crosses_fields_and_behaviour_with_the_candidate() -> None:
    net = Wide(LAYOUT, buckets=2**16)
    torch.nn.init.normal_(net.single.weight)
    torch.nn.init.normal_(net.crossed.weight)
    some = batch(slice(0, 8))
    ends = some.lengths.cumsum(0)
    for n in range(8):
        ones = some.ones[n]
        wanted = net.bias[0] + net.single.weight[ones, 0].sum()
        for a, b in combinations(ones, 2):
            wanted = wanted + net.crossed.weight[net._bucket(a, b), 0]
        done = some.behaviours[ends[n] - some.lengths[n] : ends[n]]
        for item, kind in done:
            for was, now in ((item, ones[1]), (kind, ones[2])):
                cross = net.crossed.weight[net._bucket(was, now), 0]
                wanted = wanted + cross / len(done) ** 0.5
        assert torch.allclose(net(some)[n, 0], wanted, atol=1e-4)


def test_the_wide_part_is_trained_by_ftrl_and_mostly_nothing() -> None:
    kind = NETS["wide-deep"]
    training = replace(kind.fitting.training, epochs=3)
    net = kind.fit(SCHEMA, EXAMPLES, WideDeepConfig(buckets=2**12), FitConfig(64, training))
    assert isinstance(net, WideDeep)
    told = (net.wide.crossed.weight != 0).float().mean()
    assert 0.0 < told < 0.5


def test_dice_is_its_equation() -> None:
    dice = Dice(3)
    with torch.no_grad():
        dice.alpha.uniform_(-1, 1)
    for _ in range(30):
        dice(torch.randn(64, 3) * 2.0 + 1.0)
    dice.eval()
    s = torch.randn(5, 3)
    mean, var = dice.norm.running_mean, dice.norm.running_var
    assert mean is not None and var is not None
    p = torch.sigmoid((s - mean) / (var + dice.norm.eps).sqrt())
    assert torch.allclose(dice(s), p * s + (1 - p) * dice.alpha * s)


def test_the_activation_unit_reads_the_outer_product() -> None:
    """Against the product of d x d numbers that it never makes."""
    torch.manual_seed(0)
    unit = ActivationUnit(4, 6).eval()
    e, v = torch.randn(3, 5, 4), torch.randn(3, 4)
    inside = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]], dtype=torch.bool)
    outer = torch.einsum("bli,bj->blij", e, v).flatten(2)
    same = v[:, None].expand_as(e)
    entered = unit.plain(torch.cat([e, same, e - same], dim=2)) + outer @ unit.outer.flatten(1).T
    wanted = unit.out(unit.dice(entered.flatten(0, 1))).view(3, 5) * inside
    assert torch.allclose(unit(e, v, inside), wanted, atol=1e-5)


def test_din_sums_what_is_activated_without_softmax() -> None:
    net = spread_out(Din(LAYOUT, DinConfig(dimensions=4), torch.ones(LAYOUT.rows)))
    assert isinstance(net, Din)
    some = batch(slice(0, 5))
    e, inside = net.embedded.behaviours(some)
    a = net.unit(e, net.embedded.candidate(some), inside)
    interest = torch.stack([(a[n, :, None] * e[n]).sum(dim=0) for n in range(5)])
    wanted = net.deep(torch.cat([net.embedded(some).flatten(1), interest], dim=1))
    assert torch.allclose(net(some), wanted, atol=1e-5)
    assert not torch.allclose(a.sum(dim=1), torch.ones(5))


def test_the_regularisation_counts_a_category_once_a_batch() -> None:
    counts = torch.arange(1, LAYOUT.rows + 1)
    net = Din(LAYOUT, DinConfig(dimensions=4, l2=0.5), counts).eval()
    some = batch(slice(0, 9))
    read = {int(r) for part in (some.ones, some.many, some.behaviours) for r in part.flatten()}
    rows = net.embedded.table.weight
    size = sum(float(rows[r].square().sum()) / (r + 1) for r in read)
    assert net.loss(some).item() == pytest.approx(
        log_loss(net(some), some).item() + 0.5 * size, rel=1e-4
    )


def augru_by_hand(net: AuGru, interests: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Zhou et al. 2019, eq. 2-4 with the update gate of eq. 15-16, a step at a time."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-x))

    own = {name: weight.detach().numpy() for name, weight in net.named_parameters()}
    w_u, w_r, w_h = np.split(own["given.weight"], 3)
    b_u, b_r, b_h = np.split(own["given.bias"], 3)
    u_u, u_r = np.split(own["kept.weight"], 2)
    found = []
    for i, attention in zip(interests, a, strict=True):
        h = np.zeros(i.shape[1])
        for i_t, a_t in zip(i, attention, strict=True):
            u = sigmoid(w_u @ i_t + b_u + u_u @ h)
            r = sigmoid(w_r @ i_t + b_r + u_r @ h)
            new = np.tanh(w_h @ i_t + b_h + own["candidate.weight"] @ (r * h))
            scaled = a_t * u
            h = (1.0 - scaled) * h + scaled * new
        found.append(h)
    return np.stack(found)


def test_augru_is_the_survey_s_equation_step_by_step() -> None:
    torch.manual_seed(0)
    net = AuGru(5).double()
    interests = torch.randn(4, 7, 5, dtype=torch.float64)
    a = torch.rand(4, 7, dtype=torch.float64)
    found = net(interests, a).detach().numpy()
    assert np.allclose(found, augru_by_hand(net, interests.numpy(), a.numpy()))


def test_without_attention_the_state_stays() -> None:
    net = AuGru(3)
    interests, a = torch.randn(2, 6, 3), torch.rand(2, 6)
    a[:, 4:] = 0.0
    assert torch.allclose(net(interests, a), net(interests[:, :4], a[:, :4]))


def test_the_auxiliary_loss_is_of_what_was_done_next() -> None:
    torch.manual_seed(0)
    net = Dien(LAYOUT, DienConfig(dimensions=4, auxiliary=0.7, l2=0.0)).eval()
    some = batch(slice(0, 6))
    torch.manual_seed(5)
    told = net.loss(some)
    e, _ = net.embedded.behaviours(some)
    h = net.extractor(e)[0]
    steps = [(n, t) for n in range(6) for t in range(int(some.lengths[n]) - 1)]
    own = torch.stack([h[n, t] for n, t in steps])
    after = torch.stack([e[n, t + 1] for n, t in steps])
    torch.manual_seed(5)
    other = after[torch.randperm(len(after))]
    near = functional.logsigmoid(net.next(torch.cat([own, after], dim=1)))
    far = functional.logsigmoid(-net.next(torch.cat([own, other], dim=1)))
    wanted = log_loss(net(some), some) - 0.7 * (near + far).mean()
    assert torch.allclose(told, wanted, atol=1e-5)


TASKS = Schema.of(TABLE, FIELDS, ["like", "stars"])
_OF_TASKS = (Task("like"), Task("stars", number=True))


def tasks(**settings: Any) -> Mmoe:
    torch.manual_seed(0)
    net = Mmoe(TASKS.layout, MmoeConfig(tasks=_OF_TASKS, dropout=0.0, l2=0.0, **settings))
    return net.eval()


def test_mmoe_is_its_equation() -> None:
    net = tasks()
    some = batch(slice(0, 7), TASKS.encode(TABLE))
    x = net.embedded(some).flatten(1)
    assert len(net.gates) == 2
    for k, h in enumerate(net.towers):
        g = torch.softmax(x @ net.gates[k].weight.T, dim=1)  # type: ignore[operator]
        mixed = sum(g[:, i, None] * expert(x) for i, expert in enumerate(net.experts))
        assert torch.allclose(net(some)[:, k], h(mixed)[:, 0], atol=1e-5)


def test_one_gate_and_a_shared_bottom() -> None:
    some = batch(slice(0, 7), TASKS.encode(TABLE))
    one, none = tasks(gates="one"), tasks(gates="none")
    assert (len(one.gates), len(one.experts)) == (1, 4)
    assert (len(none.gates), len(none.experts)) == (0, 1)
    x = none.embedded(some).flatten(1)
    wanted = torch.cat([h(none.experts[0](x)) for h in none.towers], dim=1)
    assert torch.allclose(none(some), wanted)


def test_a_task_is_yes_or_no_or_a_number() -> None:
    net = tasks()
    some = batch(slice(0, 7), TASKS.encode(TABLE))
    found: Tensor = net(some)
    wanted = functional.binary_cross_entropy_with_logits(found[:, 0], some.labels[:, 0])
    wanted = wanted + (found[:, 1] - some.labels[:, 1]).square().mean()
    assert torch.allclose(net.loss(some), wanted)


def test_weights_are_for_who_learns_by_them() -> None:
    """YouTube's positives weigh their watch time; to the others all examples are alike."""
    schema = Schema.of(TABLE, FIELDS, ["like"], weight="stars")
    heavy = schema.encode(TABLE)
    assert heavy.weights.tolist() == TABLE["stars"].to_list()
    training = replace(NETS["fm"].fitting.training, epochs=1)
    for name, alike in (("fm", True), ("youtube-ranking", False)):
        kind = NETS[name]
        found = [
            kind.fit(schema, own, None, FitConfig(64, training)).logits(EXAMPLES)
            for own in (heavy, EXAMPLES)
        ]
        assert np.array_equal(*found) == alike


def test_a_run_that_was_cut_off_goes_on(tmp_path: Any) -> None:
    kind = NETS["wide-deep"]
    whole = TrainConfig(4, optimizer="ftrl-adagrad", clip=None, warm_up_steps=0)
    wanted = kind.fit(SCHEMA, EXAMPLES, None, FitConfig(64, whole)).logits(EXAMPLES)
    for epochs in (2, 4):
        cut = replace(whole, epochs=epochs, folder=tmp_path)
        found = kind.fit(SCHEMA, EXAMPLES, None, FitConfig(64, cut)).logits(EXAMPLES)
    assert np.allclose(found, wanted, atol=1e-5)
