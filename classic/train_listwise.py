"""Makes the weights of the re-rankers that learned, which ship with the program.

    python -m classic.train_listwise [--data DIR] [--out DIR]

They are trained on ml-latest-small, whose terms allow passing transformations on under the same
conditions, and know no item by name: any catalogue can use them.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.data.movielens import read_latest
from classic.data.places import find_folder
from classic.errors import BadInput
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.reranked import best_of, parts_of
from classic.evaluate.splits import users_held_out
from classic.models import model_named
from classic.pipeline import Parts
from classic.rerank.learned import FOLDER, Name, save_weights
from classic.rerank.listwise import ListwiseConfig, ListwiseNet, Slates, features, fit_listwise
from classic.rerank.pool import scaled
from classic.rerank.reinforce import ReinforceConfig, fit_reinforced
from classic.source import Source
from classic.train.loop import Say, silent

_TIMES, _SHARE = 6, 0.5
"""How often people are drawn that a retriever is fitted without, and how many."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of ml-latest-small")
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    folder = given.data or find_folder("ml-latest-small", "ratings.csv")
    if folder is None:
        raise BadInput("ml-latest-small is not here: give --data")
    catalog, events = read_latest(folder)
    slates = lists_seen(events.liked(), catalog, "ease", print)
    for name, config in CONFIGS.items():
        path = save_weights(name, taught(slates, config, print), given.out)
        record = {
            "command": "python -m classic.train_listwise",
            "data": "ml-latest-small (terms: classic/data/films/signal.LICENSE.md)",
            "ratings_sha256": hashlib.sha256((folder / "ratings.csv").read_bytes()).hexdigest(),
            "weights_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "config": str(config),
            "measured": "llmrec evaluate classic --table rerank-1m, there trained anew",
        }
        path.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


CONFIGS: Mapping[Name, ListwiseConfig | ReinforceConfig] = {
    "listwise": ListwiseConfig(),
    "reinforced": ReinforceConfig(),
}


def taught(
    slates: Slates, config: ListwiseConfig | ReinforceConfig, say: Say = silent
) -> ListwiseNet:
    """By what was liked, or by trial after that."""
    if isinstance(config, ReinforceConfig):
        return fit_reinforced(slates, config, say)
    return fit_listwise(slates, config, say)


def lists_seen(events: Interactions, catalog: Catalog, retriever: str, say: Say = silent) -> Slates:
    """The lists of people whom the retriever had not met, and what they liked later. Raises
    `BadInput` where there are too few people."""
    slates = []
    for seed in range(_TIMES):
        asked = users_held_out(events, _SHARE, seed=seed).of_asked()
        model = model_named(retriever).fit(Source(asked.train, catalog), None, None, say)
        slates.append(slates_of(asked, *best_of(model, asked), parts_of(asked.train, catalog)))
    return Slates(
        *(
            np.concatenate([getattr(own, part) for own in slates])
            for part in ("told", "alike", "inside", "wanted")
        )
    )


def slates_of(asked: FullRanking, lists: np.ndarray, scores: np.ndarray, parts: Parts) -> Slates:
    """int64 and float64 [n, m] lists with their scores, as the net reads them."""
    n, m = lists.shape
    found = Slates(
        np.zeros((n, m, 3), dtype=np.float32),
        np.zeros((n, m, m), dtype=np.float32),
        lists >= 0,
        np.zeros((n, m), dtype=bool),
    )
    wanted = asked.held_out.toarray()
    for person, own in enumerate(lists):
        there = np.flatnonzero(own >= 0)
        ids = tuple(asked.train.item_ids[i] for i in own[there])
        known = parts.popularity[parts.catalog.rows(ids)]
        found.told[person, there] = features(scaled(scores[person][there]), known)
        found.alike[person][np.ix_(there, there)] = parts.similarity(ids)
        found.wanted[person, there] = wanted[person, own[there]]
    return found


if __name__ == "__main__":
    main()
