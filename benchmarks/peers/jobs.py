"""Who is raced in which model, in which settings, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OURS = "ours"
_NEIGHBOURS = 100
_L2 = 300.0
_DIMENSIONS = 64
_OWN_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
"""implicit has threads of its own and asks that BLAS has none beside them."""


@dataclass(frozen=True)
class Entry:
    """A contestant's settings by its own names, what it wants of the environment, and how it
    differs from ours. Where the environment says nothing of threads they are the library's own
    choice, which is every core."""

    settings: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


_IMPLICIT_KNN = {"K": _NEIGHBOURS + 1}
_IMPLICIT_ALS = {
    "factors": _DIMENSIONS,
    "iterations": 10,
    "alpha": 2.0,
    "regularization": 3.0,
    "random_state": 0,
}

ENTRIES: Mapping[str, Mapping[str, Entry]] = {
    "item-knn": {
        OURS: Entry({"weighting": "cosine", "k": _NEIGHBOURS}),
        "implicit": Entry(
            _IMPLICIT_KNN, _OWN_THREADS, "an item is a neighbour of its own, so one more is kept"
        ),
        "lenskit": Entry(
            {"feedback": "implicit", "save_nbrs": _NEIGHBOURS, "max_nbrs": 10**6},
            note="plain sums, as no neighbour that was kept is left out; "
            "other processes recommend, and their memory is not counted",
        ),
        "rectools": Entry(_IMPLICIT_KNN, _OWN_THREADS, "implicit's model, one person at a time"),
    },
    "ease": {
        OURS: Entry({"l2": _L2, "keep": 10**9}),
        "cornac": Entry({"lamb": _L2, "posB": False}, note="keeps the negative weights, as we do"),
        "lenskit": Entry(
            {"regularization": _L2},
            note="other processes recommend, and their memory is not counted",
        ),
        "rectools": Entry(
            {"regularization": _L2}, note="scores with the transposed weights: other lists"
        ),
    },
    "ials": {
        OURS: Entry(
            {
                "dimensions": _DIMENSIONS,
                "epochs": 2,
                "unobserved": 1.0,
                "regularisation": 0.003,
            },
            note="regularises by frequency; folds everybody in to recommend",
        ),
        "implicit": Entry(
            _IMPLICIT_ALS,
            _OWN_THREADS,
            "regularises everybody alike; three steps of conjugate gradients for a solution",
        ),
        "cornac": Entry(
            {
                "k": _DIMENSIONS,
                "max_iter": 20,
                "learning_rate": 0.01,
                "a": 1.0,
                "b": 0.5,
                "seed": 0,
            },
            note="the same weighted loss, by Adam in TensorFlow, which its wheel leaves out",
        ),
        "lenskit": Entry(
            {
                "embedding_size": _DIMENSIONS,
                "epochs": 10,
                "weight": 1.0,
                "regularization": 3.0,
                "user_embeddings": "prefer",
            },
            note="regularises everybody alike; "
            "other processes recommend, and their memory is not counted",
        ),
        "rectools": Entry(_IMPLICIT_ALS, _OWN_THREADS, "implicit's model"),
    },
}
"""iALS runs at the fewest epochs at which each was about as good as it gets, on ml-1m with the last
item of everybody left out of sight and the last but one asked for."""

LEFT_OUT: Mapping[tuple[str, str], str] = {
    ("item-knn", "cornac"): "its cosine is over the people that two items share, which is 1 for "
    "every pair where nothing is rated: another model, and a useless one",
    ("ease", "implicit"): "has none",
}
