"""Cold starts: people who have said little, and items that nobody has met (Schein et al., SIGIR
2002)."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking, held_out_matrix

KNOWN = (0, 1, 3, 5, 10)
"""How many items of a new person are known."""


def new_people(
    interactions: Interactions, share: float = 0.2, seed: int = 0
) -> dict[int, FullRanking]:
    """By how many of their items are known: a `share` of the people trains nothing, shows that many
    of their first ten, and is asked for everything after these. The ten leave every list, so that
    all numbers answer one question. Raises `BadInput` when too few have more than ten items."""
    most = max(KNOWN)
    own = [rows for rows in interactions.by_user() if len(rows) > most]
    if len(own) < 2:
        raise BadInput(f"a cold start of people needs two with more than {most} items each")
    drawn = np.random.default_rng(seed).permutation(len(own))[: max(1, int(share * len(own)))]
    chosen = [own[n] for n in drawn]
    trains = np.ones(len(interactions), dtype=bool)
    trains[np.concatenate(chosen)] = False
    train = interactions.select(trains)
    out = held_out_matrix(interactions, np.concatenate([rows[:most] for rows in chosen]))
    wanted = held_out_matrix(interactions, np.concatenate([rows[most:] for rows in chosen]))
    found = {}
    for n in KNOWN:
        given = histories_of(interactions.select(np.concatenate([rows[:n] for rows in chosen])))
        found[n] = FullRanking(train, given, wanted, out=out, label=f"{n} known")
    return found


def new_items(interactions: Interactions, share: float = 0.1, seed: int = 0) -> FullRanking:
    """A `share` of the items trains nothing; who met any of them is asked which, among these items
    alone. A model that knows nothing of them leaves them tied, and ties fall by lot. Raises
    `BadInput` when there are too few items."""
    rng = np.random.default_rng(seed)
    interactions = _items_in_any_order(interactions, rng)
    met = np.unique(interactions.items)
    if len(met) < 2:
        raise BadInput("a cold start of items needs two that were met")
    new = np.zeros(interactions.n_items, dtype=bool)
    new[rng.permutation(met)[: max(1, int(share * len(met)))]] = True
    asked = new[interactions.items]
    train = interactions.select(~asked)
    wanted = held_out_matrix(interactions, np.flatnonzero(asked))
    out = sparse.csr_matrix(np.broadcast_to(~new, wanted.shape))
    return FullRanking.of_known(train, wanted, out, "new items")


def _items_in_any_order(interactions: Interactions, rng: np.random.Generator) -> Interactions:
    """The same, its items numbered anew."""
    order = rng.permutation(interactions.n_items)
    ids = tuple(interactions.item_ids[i] for i in order)
    place = np.argsort(order).astype(np.int32)
    return replace(interactions, items=place[interactions.items], item_ids=ids)
