"""People who have said little, and items that nobody has met."""

import numpy as np
import pytest

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.beyond import beyond_accuracy
from classic.evaluate.cold_start import KNOWN, new_items, new_people
from classic.evaluate.full_ranking import leave_last_out
from classic.evaluate.slices import slices_of
from classic.models import MODELS
from classic.source import Source
from tests.small import catalog, interactions

FILMS = catalog()
DATA = interactions(FILMS)


def crowd(n_users: int = 30, n_items: int = 40, each: int = 15) -> Interactions:
    rng = np.random.default_rng(0)
    items = np.concatenate([rng.permutation(n_items)[:each] for _ in range(n_users)])
    ids = tuple(map(str, range(n_items)))
    users = np.repeat(np.arange(n_users), each)
    return Interactions(
        users.astype(np.int32), items.astype(np.int32), tuple(map(str, range(n_users))), ids
    )


def test_new_people_train_nothing_and_are_asked_one_question() -> None:
    data = crowd()
    found = new_people(data, share=0.2)
    assert tuple(found) == KNOWN
    trained = set(found[0].train.users.tolist())
    for n, protocol in found.items():
        asked = protocol.asked
        assert not trained & set(asked.tolist())
        assert len(asked) == 6
        assert (protocol.given.lengths[asked] == n).all()
        assert (protocol.held_out != found[0].held_out).nnz == 0
        firsts = [protocol.given.block(u, u + 1).items.tolist() for u in asked]
        assert firsts == [data.items[data.by_user()[u]][:n].tolist() for u in asked]


def test_the_first_ten_leave_every_list() -> None:
    protocol = new_people(crowd())[1]
    model = MODELS["popularity"].fit(Source(protocol.train))
    top = protocol.ranked(model, 10)
    for user in protocol.asked:
        assert not set(top[user]) & set(protocol.out[user].indices)  # type: ignore[index]
    assert protocol.asked.size


def test_too_few_people_for_a_cold_start() -> None:
    with pytest.raises(BadInput, match="more than 10 items"):
        new_people(crowd(each=10))


def test_new_items_train_nothing_and_are_alone_in_the_lists() -> None:
    protocol = new_items(crowd(), share=0.3)
    new = set(protocol.held_out.indices.tolist())
    assert len(new) == 12
    assert not new & set(protocol.train.items.tolist())
    model = MODELS["popularity"].fit(Source(protocol.train))
    top = protocol.ranked(model, 10)
    assert set(top.ravel().tolist()) <= new


def test_items_that_nobody_met_fall_by_lot_where_nothing_is_known_of_them() -> None:
    """The order of the catalogue, in which old films come first, must not help."""
    data = crowd()
    lists = []
    for seed in (0, 1):
        protocol = new_items(data, share=0.5, seed=seed)
        model = MODELS["popularity"].fit(Source(protocol.train))
        top = protocol.ranked(model, 20)
        lists.append([int(protocol.train.item_ids[i]) for i in top[0]])
    assert all(sorted(found) != found for found in lists)
    assert lists[0] != lists[1]


def test_content_finds_new_items() -> None:
    protocol = new_items(DATA, share=0.3)
    found = protocol.metrics(MODELS["content"].fit(Source(protocol.train, FILMS)), k=5)
    blind = protocol.metrics(MODELS["popularity"].fit(Source(protocol.train)), k=5)
    assert found["ndcg@5/new items"].mean() > blind["ndcg@5/new items"].mean()


def test_slices_part_the_people() -> None:
    protocol = leave_last_out(DATA)
    found = slices_of(protocol)
    assert set(found) == {"cold people", "warm people", "head items", "tail items"}
    assert not (found["head items"] & found["tail items"]).any()
    # One item is held out of each: it is in the head or it is not.
    assert (found["head items"] | found["tail items"]).all()
    lengths = protocol.given.lengths
    assert lengths[found["cold people"]].max() <= lengths[found["warm people"]].min()


def test_what_lists_are_like_by_hand() -> None:
    """Two people, each met one item; popularity shows both the same two of four others."""
    data = Interactions(
        np.array([0, 0, 1, 1], dtype=np.int32),
        np.array([0, 1, 0, 2], dtype=np.int32),
        ("a", "b"),
        tuple("vwxyz"),
    )
    protocol = leave_last_out(data)  # trains (a, v) and (b, v), asks for w and x
    told = beyond_accuracy(protocol, MODELS["popularity"].fit(Source(protocol.train)), k=2)
    assert told["coverage"] == pytest.approx(2 / 5)
    assert told["novelty"] == pytest.approx(1.0)  # nobody met them: as if one of two had
    assert told["popularity lift"] == pytest.approx(-1.0)
    assert told["diversity"] == pytest.approx(1.0)
