"""A small made-up catalogue and interactions for tests that need numbers they can check."""

import numpy as np

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.item import AUDIENCES, GENRES, MOODS, Item
from classic.pipeline import Pipeline, assemble
from classic.retrieve.content import Content
from classic.retrieve.recommender import Recommender
from classic.signal import find_signal

N_ITEMS, N_USERS = 60, 40


def catalog(seed: int = 0, name: str = "small") -> Catalog:
    rng = np.random.default_rng(seed)
    items = tuple(
        Item(
            item_id=f"item-{n}",
            title=f"Title Number {n}",
            year=int(rng.integers(1930, 2025)) if n % 7 else None,
            genres=tuple(rng.choice(GENRES, 2, replace=False)),
            directors=(f"Director {n % 9}",),
            cast=(f"Actor {n % 11}", f"Actor {n % 13}"),
            runtime=int(rng.integers(70, 200)) if n % 5 else None,
            countries=("USA",) if n % 2 else ("France",),
            languages=("English",) if n % 2 else ("French",),
            audience=AUDIENCES[n % 4] if n % 6 else None,
            keywords=tuple(f"keyword {k}" for k in rng.integers(0, 15, 3)),
            moods=(str(rng.choice(MOODS)),),
            text=f"A story about thing {n % 8}.",
            attributes={"lightness": float(1 + n % 5), "fame": float(1 + n % 4)},
        )
        for n in range(N_ITEMS)
    )
    return Catalog(name, items)


def interactions(of: Catalog, seed: int = 0) -> Interactions:
    """Users with a taste for one of three groups of items, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    users, items = [], []
    for user in range(N_USERS):
        group = [i for i in range(len(of)) if i % 3 == user % 3]
        liked = rng.choice(group, 8, replace=False).tolist() + rng.choice(len(of), 2).tolist()
        for item in dict.fromkeys(liked):
            users.append(user)
            items.append(item)
    ratings = rng.choice([3.5, 4.0, 4.5, 5.0], len(users)).astype(np.float32)
    return Interactions(
        np.array(users, dtype=np.int32),
        np.array(items, dtype=np.int32),
        tuple(f"user-{u}" for u in range(N_USERS)),
        of.ids,
        ratings,
        np.arange(len(users), dtype=np.int64),
    )


def pipeline(name: str, of: Catalog, model: Recommender | None = None) -> Pipeline:
    """A pipeline over the catalogue and its made-up interactions."""
    return assemble(name, of, Content.of(of), find_signal(of, interactions(of)), model)
