"""A small ranking task over the embedded films, with people who are made up."""

import numpy as np

from classic.data.films import load_films
from classic.data.interactions import Interactions
from llmrec.lab.task import Case, RankingTask, shuffled


def made_up_task(n_people: int = 12, n_candidates: int = 20, seed: int = 0) -> RankingTask:
    """Everybody met fifteen of the first 200 films, the famous ones oftener, with stars. Nobody's
    truth is set against somebody else's."""
    films = load_films()
    rng = np.random.default_rng(seed)
    odds = 1.0 / np.arange(1, 201)
    met = [rng.choice(200, 16, replace=False, p=odds / odds.sum()) for _ in range(n_people)]
    truths = {int(row[-1]) for row in met}
    cases = []
    for user, row in enumerate(met):
        ids = [films.ids[i] for i in row]
        drawn = [i for i in rng.permutation(400) if i not in truths and i not in row]
        others = [films.ids[i] for i in drawn[: n_candidates - 1]]
        shown = shuffled(seed, str(user), (ids[-1], *others))
        stars = tuple(float(1 + (user + place) % 5) for place in range(len(ids) - 1))
        cases.append(Case(str(user), tuple(ids[:-1]), shown, ids[-1], stars=stars))
    users = np.repeat(np.arange(n_people), 15)
    items = np.concatenate([row[:-1] for row in met])
    train = Interactions(
        users.astype(np.int32),
        items.astype(np.int32),
        tuple(map(str, range(n_people))),
        films.ids,
        rng.integers(1, 6, len(users)).astype(np.float32),
        np.arange(len(users), dtype=np.int64),
    )
    return RankingTask("films", "made up", films, tuple(cases), train, seed)
