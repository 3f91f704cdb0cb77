"""What attentive collaborative filtering is asked, and by what it has read."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.interactions import Interactions
from classic.retrieve.acf import Acf, AcfConfig, asked_apart

_ITEMS = 12
_MET = st.lists(
    st.lists(st.integers(0, _ITEMS - 1), min_size=1, max_size=_ITEMS // 2, unique=True),
    min_size=1,
    max_size=6,
)


@settings(max_examples=50, deadline=None)
@given(_MET, st.integers(1, 5), st.integers(1, 7))
def test_everything_is_asked_for_once_by_what_else_its_person_met(
    met: list[list[int]], asked: int, length: int
) -> None:
    people = np.repeat(np.arange(len(met)), [len(own) for own in met]).astype(np.int32)
    items = np.array([item for own in met for item in own], dtype=np.int32)
    ids = tuple(map(str, range(len(met)))), tuple(map(str, range(_ITEMS)))
    draw = asked_apart(
        Interactions(people, items, *ids), AcfConfig(length=length, asked=asked, batch_size=8)
    )
    found = []
    for users, read, owner, wanted, unmet in draw(torch.Generator().manual_seed(1)):
        assert read.shape == (len(users), length)
        for row, item, other in zip(owner.tolist(), wanted.tolist(), unmet.tolist(), strict=True):
            own, user = set(read[row].tolist()), int(users[row])
            found.append((user, item))
            assert item not in own and other not in met[user]
            assert own <= {*met[user], _ITEMS}
            assert (_ITEMS in own) == (len(met[user]) == 1)
    assert sorted(found) == sorted((u, i) for u, own in enumerate(met) for i in own)


def test_what_was_met_twice_is_asked_for_once_and_never_read_then() -> None:
    people, items = np.zeros(8, dtype=np.int32), np.array([0, 1, 2, 3, 0, 1, 2, 3], dtype=np.int32)
    data = Interactions(people, items, ("a",), tuple(map(str, range(_ITEMS))))
    draw = asked_apart(data, AcfConfig(length=20, asked=2, batch_size=1))
    for seed in range(5):
        batches = list(draw(torch.Generator().manual_seed(seed)))
        found = sorted(int(item) for _, _, _, wanted, _ in batches for item in wanted)
        assert found == [0, 1, 2, 3]
        for _, read, owner, wanted, _ in batches:
            assert not (read[owner] == wanted[:, None]).any()


def test_a_person_is_what_attention_makes_of_a_history_by_hand() -> None:
    """Equations 5 to 10, an item and a side at a time."""
    torch.manual_seed(0)
    sides = np.random.default_rng(0).random((5, 2, 3)).astype(np.float32)
    net = Acf(1, 5, sides, AcfConfig(dimensions=4))
    read = torch.tensor([[3, 1, 5, 5]])
    own = net.user.weight[0]
    said = []
    for item in (3, 1):
        x = [net.of_side(torch.from_numpy(side)) for side in sides[item]]
        heard = [
            net.side_heard(torch.relu(net.side_by_user(own) + net.side_by_side(side))) for side in x
        ]
        beta = torch.softmax(torch.cat(heard), dim=0)
        content = beta[0] * x[0] + beta[1] * x[1]
        inside = net.by_user(own) + net.by_item(net.item.weight[item])
        inside = inside + net.by_met(net.met.weight[item]) + net.by_content(content)
        said.append(net.heard(torch.relu(inside)))
    alpha = torch.softmax(torch.cat(said), dim=0)
    wanted = own + alpha[0] * net.met.weight[3] + alpha[1] * net.met.weight[1]
    assert torch.allclose(net(own[None], read)[0], wanted, atol=1e-6)
