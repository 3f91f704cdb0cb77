"""How long the evaluator takes: scores, lists and all metrics of everybody over every item.

    python -m benchmarks.evaluator --out results/evaluator [--rounds 5]

On SASRec's file of ml-1m, 6,040 people and 3,416 items; fitting the models is not counted.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.suites import TABLES
from classic.retrieve.ease import fit_ease
from classic.retrieve.ials import fit_ials
from classic.retrieve.item_knn import fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from llmrec.evaluate.classic import data_folder
from llmrec.evaluate.record import write_record

_MODELS = {
    "popularity": fit_popularity,
    "item-knn-cosine": fit_item_knn,
    "ease": fit_ease,
    "ials": fit_ials,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    table = TABLES["t3"]
    folder = data_folder(table, "t3")
    protocol = table.read(folder)[0].report[0]
    assert isinstance(protocol, FullRanking)
    found = {
        name: _seconds(protocol, fit(protocol.train), given.rounds) for name, fit in _MODELS.items()
    }
    for name, seconds in found.items():
        print(f"{name}: {np.median(seconds):.2f} s, at most {max(seconds):.2f} s")
    write_record(
        given.out,
        config={"rounds": given.rounds, "protocol": table.about},
        metrics={
            "people": len(protocol.asked),
            "items": protocol.train.n_items,
            "seconds": {
                name: {"median": round(float(np.median(s)), 3), "most": round(max(s), 3)}
                for name, s in found.items()
            },
        },
        data=[folder / name for name in table.files],
    )


def _seconds(protocol: FullRanking, model: Recommender, rounds: int) -> list[float]:
    """Of each round, after one that warms up."""
    found = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        protocol.metrics(model)
        found.append(time.perf_counter() - began)
    return found[1:]


if __name__ == "__main__":
    main()
