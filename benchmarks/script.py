"""Scripted conversations over the embedded films, seeded, for latency and truth audits."""

import numpy as np

from classic.data.catalog import Catalog

_OPENINGS = (
    "I loved {a} and {b}, what next?",
    "something like {a}",
    "loved {a} but hated {b}, any ideas?",
    "recommend me a {genre} film from the {decade}s",
    "a {mood} film with {person}",
    "something {mood} under 2 hours",
    "{person} films please",
    "a {genre} film, no {other}",
    "I've seen {a}, give me three more like it",
    "something about {keyword}",
)
_FOLLOW_UPS = (
    "newer",
    "something lighter",
    "shorter please",
    "less known",
    "why 1?",
    "why 2?",
    "seen 1 and 3",
    "more like 2",
    "who directed {a}?",
    "what is {a} about?",
    "compare 1 and 2",
    "something else",
    "not {other}",
    "never show me {other}",
    "how long is the first one?",
    "thanks",
)


def conversations(catalog: Catalog, n: int, turns: int, seed: int = 0) -> list[list[str]]:
    """`n` talks of `turns` utterances each."""
    rng = np.random.default_rng(seed)
    return [
        [
            _filled(catalog, str(rng.choice(_OPENINGS if t == 0 else _FOLLOW_UPS)), rng)
            for t in range(turns)
        ]
        for _ in range(n)
    ]


def _filled(catalog: Catalog, shape: str, rng: np.random.Generator) -> str:
    a, b, c = (catalog.items[i] for i in rng.choice(len(catalog), 3, replace=False))
    return shape.format(
        a=a.label,
        b=b.label,
        genre=c.genres[0].lower(),
        other=b.genres[-1].lower(),
        decade=str(c.year or 1990)[2] + "0",
        mood=c.moods[0],
        person=c.people[0],
        keyword=c.keywords[0],
    )
