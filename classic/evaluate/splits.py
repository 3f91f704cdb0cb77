"""Ways to hold out beside the last or a share of each user's: by the calendar, and by people.

Leave-last-out, in `full_ranking`, is what most published tables use; these two cost it its optimism
(Meng et al., RecSys 2020: the split moves results more than most models do).
"""

import numpy as np

from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking, held_out_matrix


def global_time(interactions: Interactions, share: float = 0.1) -> FullRanking:
    """One moment for everybody: what came after it, a `share` of all, is asked of those who were
    there before. Nothing of the future trains. Raises `BadInput` without times."""
    if interactions.timestamps is None:
        raise BadInput("a split by time needs timestamps, and the data has none")
    moment = np.quantile(interactions.timestamps, 1.0 - share)
    before = interactions.timestamps <= moment
    train = interactions.select(before)
    known = np.bincount(train.users, minlength=train.n_users) > 0
    asked = np.flatnonzero(~before & known[interactions.users])
    if not len(asked):
        raise BadInput("nobody who was there before the split comes back after it")
    return FullRanking.of_known(train, held_out_matrix(interactions, asked))


def users_held_out(
    interactions: Interactions, share: float = 0.1, hidden: float = 0.2, seed: int = 0
) -> FullRanking:
    """A `share` of the people trains nothing: each shows the earlier part of their history and is
    asked for the latest `hidden` part of it, one item at least (strong generalisation; Liang et
    al., WWW 2018, hide at random)."""
    own = [rows for rows in interactions.by_user() if len(rows) >= 2]
    if len(own) < 2:
        raise BadInput("holding people out needs two with at least two items each")
    drawn = np.random.default_rng(seed).permutation(len(own))[: max(1, int(share * len(own)))]
    chosen = [own[n] for n in drawn]
    cuts = [len(rows) - max(1, int(hidden * len(rows))) for rows in chosen]
    shown = np.concatenate([rows[:cut] for rows, cut in zip(chosen, cuts, strict=True)])
    asked = np.concatenate([rows[cut:] for rows, cut in zip(chosen, cuts, strict=True)])
    trains = np.ones(len(interactions), dtype=bool)
    trains[np.concatenate(chosen)] = False
    given = histories_of(interactions.select(np.sort(shown)))
    return FullRanking(interactions.select(trains), given, held_out_matrix(interactions, asked))
