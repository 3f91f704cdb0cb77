"""LLMRank's table without any language model: whether its lists give its popularity row, what
chance is, and how far ties may explain that its BM25 row lies below chance.

    python -m benchmarks.llmrank_check --out results/llmrank-check

BM25 gives most candidates no score at all: they share no word with the history. How such ties are
broken decides the row, so it stands here with ties drawn and with ties against the truth, for
queries of the last 5, 10 and 50 titles. Ties against the truth come near the published NDCG@10 and
@20 of ml-1m and not its @1 and @5, nor the row of Games: an explanation in part.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from llmrec.evaluate.record import write_record
from llmrec.lab.baselines import baseline_scores, chance
from llmrec.lab.bm25 import bm25_scores
from llmrec.lab.measure import CUTS, measured
from llmrec.lab.seeded import open_task
from llmrec.lab.task import RankingTask

PUBLISHED = {
    "llmrank-ml-1m": {
        "popularity": (22.91, 45.16, 52.33, 55.36),
        "bm25": (4.70, 12.68, 17.88, 33.19),
        "BPRMF": (34.60, 59.87, 64.29, 65.39),
        "SASRec": (61.39, 76.39, 78.89, 79.79),
        "gpt-3.5-turbo, sequential": (18.28, 36.35, 42.85, 49.02),
        "gpt-3.5-turbo, recency": (19.57, 37.73, 44.23, 50.01),
        "gpt-3.5-turbo, own past": (21.77, 39.59, 45.83, 51.62),
    },
    "llmrank-games": {
        "popularity": (28.35, 47.42, 52.96, 57.45),
        "bm25": (13.92, 28.81, 34.61, 44.35),
        "BPRMF": (44.92, 62.33, 66.27, 68.94),
        "SASRec": (56.90, 73.19, 75.92, 77.14),
        "gpt-3.5-turbo, sequential": (30.28, 45.48, 50.57, 56.55),
        "gpt-3.5-turbo, recency": (34.03, 48.77, 53.50, 59.01),
        "gpt-3.5-turbo, own past": (33.95, 48.44, 53.10, 58.92),
    },
}
"""NDCG@1, 5, 10 and 20 of Hou et al., ECIR 2024, table 2; of Games, 6,000 people, of whom the lists
of 200 are public."""
_QUERIES = (5, 10, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", default=",".join(PUBLISHED))
    given = parser.parse_args()
    tasks = [open_task(name) for name in given.data.split(",")]
    found = {task.data: checked(task) for task in tasks}
    print(json.dumps(found, indent=1))
    files = [path for task in tasks for path in task.files]
    write_record(given.out, config={"data": given.data}, metrics=found, data=files)


def checked(task: RankingTask) -> dict[str, dict[str, object]]:
    """NDCG@1, 5, 10 and 20 in percent, by row, ours with the interval of NDCG@10."""
    rows = baseline_scores(task)
    for last in _QUERIES:
        scores = bm25_scores(task, last)
        rows[f"bm25 of the last {last}"] = scores
        rows[f"bm25 of the last {last}, ties against the truth"] = against_truth(scores, task)
    n = task.n_candidates
    return {
        "chance, by formula": {"ndcg": [round(100 * chance(n, k), 2) for k in CUTS]},
        **{name: _told(name, scores, task) for name, scores in rows.items()},
        **{f"published: {name}": {"ndcg": row} for name, row in PUBLISHED[task.data].items()},
    }


def against_truth(scores: np.ndarray, task: RankingTask) -> np.ndarray:
    """The same, the truth a hair below what scores as much."""
    lowered = scores.copy()
    lowered[np.arange(len(scores)), task.places()] -= 1e-9
    return lowered


def _told(name: str, scores: np.ndarray, task: RankingTask) -> dict[str, object]:
    row, label = measured(name, scores, task), task.label
    low, high = row.intervals[f"ndcg@10/{label}"]
    return {
        "people": len(task.cases),
        "ndcg": [round(100 * row.means[f"ndcg@{k}/{label}"], 2) for k in CUTS],
        "interval_of_10": [round(100 * low, 2), round(100 * high, 2)],
        "tied_with_truth": round(float((scores == _of_truth(scores, task)).mean()), 3),
    }


def _of_truth(scores: np.ndarray, task: RankingTask) -> np.ndarray:
    return scores[np.arange(len(scores)), task.places()][:, None]


if __name__ == "__main__":
    main()
