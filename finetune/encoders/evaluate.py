"""What tuned encoders are worth, on the lists of a ranking task and among everything.

    python -m finetune.encoders.evaluate --retriever encoders/retriever-1m --out results/encoders
        [--reranker encoders/reranker-1m] [--data llmrank-ml-1m] [--people 1000]

`ndcg@10/19neg` among the candidates of the task; `recall@10/full` and `recall@100/full` of the same
truths among all items that were not met before, for what scores everything. MiniLM as it comes
stands beside.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from classic.metrics import interval
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.recommender import Recommender
from llmrec.encoders.bi_encoder import BiEncoder, open_encoder
from llmrec.encoders.cross_encoder import CrossEncoder, open_cross
from llmrec.evaluate.record import write_record
from llmrec.lab.baselines import baseline_scores, folded_in, histories_of_cases
from llmrec.lab.measure import measured
from llmrec.lab.seeded import open_task
from llmrec.lab.task import RankingTask

_CUTS = (10, 100)


def found_among_all(model: Recommender, task: RankingTask) -> dict[str, np.ndarray]:
    """Per person, float64 [n_cases] of zeros and ones: whether the truth is among the best k of
    what was not met before."""
    people = histories_of_cases(task.cases, task.catalog)
    top = model.recommend_rows(people, max(_CUTS))
    wanted = task.catalog.rows(case.truth for case in task.cases)
    hit = top == wanted[:, None]
    return {f"recall@{k}/full": hit[:, :k].any(axis=1).astype(np.float64) for k in _CUTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retriever", type=Path, required=True)
    parser.add_argument("--reranker", type=Path)
    parser.add_argument("--data", default="llmrank-ml-1m")
    parser.add_argument("--people", type=int, default=1000, help="0 for all")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    task = open_task(given.data).take(given.people or None)
    models: dict[str, Recommender] = {
        "ease": fit_ease(task.train, EaseConfig()),
        "MiniLM": BiEncoder.of(task.catalog, open_encoder(None)),
        "bi-encoder": BiEncoder.of(task.catalog, open_encoder(given.retriever)),
    }
    scores = baseline_scores(task, ("random", "popularity"))
    scores |= {name: folded_in(task, model) for name, model in models.items()}
    if given.reranker:
        cross = CrossEncoder(task.catalog, open_cross(given.reranker))
        scores["cross-encoder"] = np.array(
            [cross.scores(case.history, case.candidates) for case in task.cases]
        )
    rows = {name: measured(name, own, task) for name, own in scores.items()}
    whole = {name: found_among_all(model, task) for name, model in models.items()}
    metric = f"ndcg@10/{task.label}"
    metrics = {
        name: {
            metric: [round(row.means[metric], 5), *(round(b, 5) for b in row.intervals[metric])],
            **{
                m: [round(float(v.mean()), 5), *interval(v)] for m, v in whole.get(name, {}).items()
            },
        }
        for name, row in rows.items()
    }
    print(json.dumps(metrics, indent=1))
    write_record(
        given.out,
        config={"data": task.data, "people": len(task.cases)},
        metrics={"rows": metrics},
        data=task.files,
        seeds=[task.seed],
    )


if __name__ == "__main__":
    main()
