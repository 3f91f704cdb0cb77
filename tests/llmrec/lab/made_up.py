"""A small ranking task over the embedded films, with people who are made up."""

import numpy as np

from classic.data.films import load_films
from classic.data.interactions import Interactions
from llmrec.lab.task import Case, RankingTask, shuffled


def made_up_task(n_people: int = 12, n_candidates: int = 20, seed: int = 0) -> RankingTask:
    """Everybody met fifteen of the first 200 films, the famous ones oftener, with stars."""
    films = load_films()
    rng = np.random.default_rng(seed)
    odds = 1.0 / np.arange(1, 201)
    users, items, cases = [], [], []
    for user in range(n_people):
        met = rng.choice(200, 16, replace=False, p=odds / odds.sum())
        users += [user] * 15
        items += met[:-1].tolist()
        ids = [films.ids[i] for i in met]
        others = [films.ids[i] for i in rng.permutation(200) if i not in met][: n_candidates - 1]
        shown = shuffled(seed, str(user), (ids[-1], *others))
        cases.append(Case(str(user), tuple(ids[:-1]), shown, ids[-1]))
    train = Interactions(
        np.array(users, dtype=np.int32),
        np.array(items, dtype=np.int32),
        tuple(map(str, range(n_people))),
        films.ids,
        rng.integers(1, 6, len(users)).astype(np.float32),
        np.arange(len(users), dtype=np.int64),
    )
    return RankingTask("films", "made up", films, tuple(cases), train, seed)
