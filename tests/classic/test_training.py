"""The losses against torch's own, the loop when it is cut off, and nets that never look ahead."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from classic.data.histories import histories_of
from classic.data.interactions import History, Interactions
from classic.errors import BadInput
from classic.retrieve.caser import Caser, CaserConfig, fit_caser
from classic.retrieve.gru import Gru, GruConfig, fit_gru
from classic.retrieve.hstu import Hstu, HstuConfig, fit_hstu
from classic.retrieve.sasrec import SasRec, SasRecConfig, fit_sasrec
from classic.retrieve.sequence import SequenceNet, windows
from classic.train.loop import TrainConfig
from classic.train.losses import FullSoftmax, GBce, Loss, SampledSoftmax
from tests.check_recommender import check_contributions, check_unknown
from tests.small import catalog, interactions

DATA = interactions(catalog())
BRIEF = TrainConfig(epochs=2)
NETS = {
    "sasrec": lambda n: SasRec(n, SasRecConfig(dimensions=8, length=12)),
    "hstu": lambda n: Hstu(n, HstuConfig(dimensions=8, length=12)),
    "gru": lambda n: Gru(n, GruConfig(dimensions=8)),
    "lstm": lambda n: Gru(n, GruConfig("lstm", dimensions=8)),
    "caser": lambda n: Caser(n, CaserConfig(dimensions=8, window=3)),
}
FITS = {
    "sasrec": lambda d, t: fit_sasrec(d, SasRecConfig(8, 1, length=9, training=t)),
    "hstu": lambda d, t: fit_hstu(d, HstuConfig(8, 1, length=9, training=t)),
    "gru": lambda d, t: fit_gru(d, GruConfig(dimensions=8, length=9, training=t)),
    "caser": lambda d, t: fit_caser(d, CaserConfig(8, 3, length=9, training=t)),
}


def places(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    hidden = torch.randn(2500, 6, dtype=torch.float64, requires_grad=True)
    items = torch.randn(40, 6, dtype=torch.float64, requires_grad=True)
    return hidden, items, torch.randint(0, 40, (2500,))


def test_full_softmax_is_cross_entropy_with_its_gradients() -> None:
    hidden, items, wanted = places()
    ours = FullSoftmax()(hidden, items, wanted) * 3.0
    found = torch.autograd.grad(ours, (hidden, items))
    theirs = functional.cross_entropy(hidden @ items.T, wanted) * 3.0
    expected = torch.autograd.grad(theirs, (hidden, items))
    assert torch.isclose(ours.double(), theirs, atol=1e-5)
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a, b, atol=1e-7)


def test_sampled_softmax_nears_the_full_one() -> None:
    """With many negatives, logQ makes the sample stand for the catalogue."""
    hidden, items, wanted = places()
    full = float(FullSoftmax()(hidden, items, wanted))
    torch.manual_seed(1)
    assert abs(float(SampledSoftmax(20_000)(hidden, items, wanted)) - full) < 0.05


@pytest.mark.parametrize(("negatives", "shared"), [(1, 1), (3, 64)])
def test_gbce_without_calibration_is_binary_cross_entropy(negatives: int, shared: int) -> None:
    """Place by place, against the negatives of its group that are not what was wanted."""
    hidden, items, wanted = places()
    torch.manual_seed(2)
    ours = GBce(negatives, calibration=0.0, shared=shared)(hidden, items, wanted)
    torch.manual_seed(2)
    drawn = torch.randint(len(items), (-(-len(wanted) // shared), negatives))
    total, met = 0.0, 0
    for n, item in enumerate(wanted.tolist()):
        total += float(functional.softplus(-hidden[n] @ items[item]))
        for other in drawn[n // shared].tolist():
            met += other == item
            total += float(functional.softplus(hidden[n] @ items[other])) * (other != item)
    assert met, "some negatives must be what was wanted, or nothing is tested of them"
    assert float(ours) == pytest.approx(total / len(wanted), rel=1e-5)


def test_full_calibration_weighs_the_positive_by_the_sampling_rate() -> None:
    """beta = alpha at t = 1 (Petrov & Macdonald 2023, eq. 11)."""
    items = torch.zeros(41, 3)
    hidden, wanted = torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64)
    half = float(np.log(2.0))
    torch.manual_seed(0)
    found = float(GBce(negatives=10, calibration=1.0)(hidden, items, wanted))
    torch.manual_seed(0)
    kept = int((torch.randint(41, (1, 10)) != 0).sum())
    assert np.isclose(found, (10 / 41) * half + kept * half)


@pytest.mark.parametrize("name", NETS)
def test_no_place_sees_what_comes_after(name: str) -> None:
    torch.manual_seed(0)
    net = NETS[name](30).eval()
    items = torch.randint(0, 30, (4, 12))
    changed = items.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % 30
    assert torch.allclose(net(items)[:, :7], net(changed)[:, :7], atol=1e-5)
    assert not torch.allclose(net(items)[:, 7], net(changed)[:, 7], atol=1e-5)
    padded = torch.cat([items[:, :7], torch.full((4, 5), 30)], dim=1)
    assert torch.allclose(net(padded)[:, :7], net(items)[:, :7], atol=1e-5)


@pytest.mark.parametrize("name", FITS)
def test_sequence_models_keep_the_contract(name: str) -> None:
    model, again = FITS[name](DATA, BRIEF), FITS[name](DATA, BRIEF)
    history = History.of("item-3", "item-9", "item-14")
    assert np.allclose(model.fold_in(history), again.fold_in(history))
    found = model.recommend(history, 12)
    assert len(set(found.item_ids)) == 12
    assert not {"item-3", "item-9", "item-14"} & set(found.item_ids)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    check_contributions(model)
    check_unknown(model)
    assert not np.allclose(model.fold_in(history), model.fold_in(History.of("item-14")))


def test_the_last_items_are_what_is_read() -> None:
    model = FITS["sasrec"](DATA, BRIEF)
    whole = histories_of(DATA)
    one_by_one = [
        model.fold_in(History.of(*(DATA.item_ids[i] for i in whole.block(u, u + 1).items)))
        for u in range(5)
    ]
    assert np.allclose(model.fold_in_rows(whole.block(0, 5)), one_by_one, atol=1e-5)


def cycles(n: int = 7, users: int = 30, steps: int = 15) -> Interactions:
    """Everybody walks the same circle of items: what comes next is certain."""
    starts = np.arange(users) % n
    items = (starts[:, None] + np.arange(steps)[None, :]) % n
    who = np.repeat(np.arange(users), steps)
    ids = tuple(f"item-{i}" for i in range(n))
    return Interactions(
        who.astype(np.int32), items.ravel().astype(np.int32), tuple(map(str, range(users))), ids
    )


@pytest.mark.parametrize("loss", [FullSoftmax(), SampledSoftmax(20), GBce(5)], ids=lambda x: x.kind)
def test_what_always_follows_is_learned(loss: Loss) -> None:
    training = TrainConfig(epochs=60, learning_rate=0.01, warm_up_steps=5)
    config = SasRecConfig(16, 1, length=8, dropout=0.0, loss=loss, training=training)
    model = fit_sasrec(cycles(), config)
    scores = model.fold_in(History.of("item-2", "item-3"))
    assert int(scores.argmax()) == 4


def test_windows_are_next_items_of_one_history() -> None:
    told = histories_of(cycles())
    for given, following in windows(told, 6, 8, torch.Generator().manual_seed(0)):
        real = following != told.n_items
        assert ((given + 1) % 7)[real].equal(following[real])
        assert given.shape[1] == 6


def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    def fit(training: TrainConfig) -> np.ndarray:
        config = SasRecConfig(8, 1, length=9, dropout=0.0, training=training)
        return fit_sasrec(DATA, config).fold_in(History.of("item-3", "item-9"))

    whole = TrainConfig(epochs=4, averaging=0.9, warm_up_steps=3)
    half = replace(whole, epochs=2, folder=tmp_path)
    fit(half)
    resumed = fit(replace(half, epochs=4))
    assert np.allclose(resumed, fit(whole), atol=1e-6)


def test_a_loss_that_is_no_number_any_more_says_what_to_change() -> None:
    hasty = replace(BRIEF, learning_rate=1e30, warm_up_steps=0, clip=None)
    with pytest.raises(BadInput, match=r"no number any more in epoch \d: lower training"):
        fit_sasrec(DATA, SasRecConfig(8, 1, length=9, training=hasty))


def test_training_stops_when_validation_does_and_keeps_the_best() -> None:
    said: list[str] = []
    told = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.1])
    nets: list[SequenceNet] = []

    def watch(model) -> float:  # type: ignore[no-untyped-def]
        nets.append({k: v.clone() for k, v in model.net.state_dict().items()})
        return next(told)

    config = SasRecConfig(8, 1, length=9, training=TrainConfig(epochs=6, patience=2))
    model = fit_sasrec(DATA, config, watch, said.append)
    assert len(said) == 4
    assert all(torch.equal(v, nets[1][k]) for k, v in model.net.state_dict().items())
