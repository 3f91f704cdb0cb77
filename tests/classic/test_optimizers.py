"""FTRL against its algorithm written out, and optimisers that step together."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from classic.train.ftrl import Ftrl
from classic.train.optimizers import Together, optimizer_of

ALPHA, BETA, L1, L2 = 0.3, 1.0, 0.05, 0.1


def by_hand(gradients: np.ndarray) -> np.ndarray:
    """McMahan et al. 2013, algorithm 1, one coordinate at a time."""
    w = np.zeros(gradients.shape[1])
    for i in range(len(w)):
        z = n = 0.0
        for g in gradients[:, i]:
            sigma = (np.sqrt(n + g * g) - np.sqrt(n)) / ALPHA
            z += g - sigma * w[i]
            n += g * g
            rate = (BETA + np.sqrt(n)) / ALPHA + L2
            w[i] = 0.0 if abs(z) <= L1 else -(z - np.sign(z) * L1) / rate
    return w


def ftrl(*weights: nn.Parameter) -> Ftrl:
    return Ftrl(weights, lr=ALPHA, beta=BETA, l1=L1, l2=L2)


def test_ftrl_is_the_algorithm() -> None:
    gradients = np.random.default_rng(0).normal(size=(20, 5)) * [1.0, 0.1, 0.01, 3.0, 0.0]
    w = nn.Parameter(torch.zeros(5, dtype=torch.float64))
    optimizer = ftrl(w)
    for g in gradients:
        w.grad = torch.from_numpy(g)
        optimizer.step()
    assert np.allclose(w.detach().numpy(), by_hand(gradients))
    assert w[4] == 0.0


def test_small_gradients_leave_nothing() -> None:
    w = nn.Parameter(torch.zeros(1))
    optimizer = ftrl(w)
    w.grad = torch.tensor([L1 / 2])
    optimizer.step()
    assert w.item() == 0.0


def test_training_starts_from_the_weights_there_are() -> None:
    w = nn.Parameter(torch.tensor([0.7, -0.3, 0.0]))
    optimizer = ftrl(w)
    w.grad = torch.zeros(3)
    optimizer.step()
    assert torch.allclose(w, torch.tensor([0.7, -0.3, 0.0]))


def test_sparse_gradients_touch_their_rows_and_no_others() -> None:
    torch.manual_seed(0)
    sparse, dense = (nn.Embedding(6, 2, sparse=s) for s in (True, False))
    dense.load_state_dict(sparse.state_dict())
    before = sparse.weight.detach().clone()
    for net in (sparse, dense):
        optimizer = ftrl(net.weight)
        for _ in range(3):
            optimizer.zero_grad()
            net(torch.tensor([1, 4, 1])).square().sum().backward()
            optimizer.step()
    assert torch.allclose(sparse.weight, dense.weight, atol=1e-6)
    assert torch.equal(sparse.weight[[0, 2, 3, 5]], before[[0, 2, 3, 5]])


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Embedding(8, 1, sparse=True)
        self.table = nn.Embedding(8, 4, sparse=True)
        self.out = nn.Linear(4, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.wide(rows) + self.out(self.table(rows))


def step(net: Net, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    (net(torch.tensor([1, 3])) - 1.0).square().sum().backward()
    optimizer.step()


@pytest.mark.parametrize("name", ["adam", "adagrad", "ftrl-adagrad"])
def test_all_weights_move_and_unread_rows_stay(name: str) -> None:
    torch.manual_seed(0)
    net = Net()
    before = copy.deepcopy(net.state_dict())
    optimizer = optimizer_of(net, name, 0.1)  # type: ignore[arg-type]
    for _ in range(2):
        step(net, optimizer)
    for path, weight in net.state_dict().items():
        rows = [1, 3] if weight.shape[0] == 8 else slice(None)
        assert not torch.equal(weight[rows], before[path][rows])
    assert torch.equal(net.table.weight[[0, 2, 4]], before["table.weight"][[0, 2, 4]])
    assert torch.equal(net.wide.weight[[0, 2, 4]], before["wide.weight"][[0, 2, 4]])


def test_together_goes_on_from_what_was_kept() -> None:
    torch.manual_seed(0)
    net = Net()
    optimizer = optimizer_of(net, "ftrl-adagrad", 0.1)
    assert isinstance(optimizer, Together)
    step(net, optimizer)
    kept = copy.deepcopy((net.state_dict(), optimizer.state_dict()))
    step(net, optimizer)
    again = Net()
    other = optimizer_of(again, "ftrl-adagrad", 0.1)
    again.load_state_dict(kept[0])
    other.load_state_dict(kept[1])
    step(again, other)
    for path, weight in net.state_dict().items():
        assert torch.equal(again.state_dict()[path], weight)


def test_a_new_rate_reaches_the_parts() -> None:
    optimizer = optimizer_of(Net(), "ftrl-adagrad", 0.1)
    assert isinstance(optimizer, Together)
    for group in optimizer.param_groups:
        group["lr"] = 0.0125
    rates = {group["lr"] for part in optimizer.parts for group in part.param_groups}
    assert rates == {0.0125}
