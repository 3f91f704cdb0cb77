"""What a tuned model says of LLMRank's lists, by letters or by titles, alone and with a tool's
score as prior.

    python -m finetune.choices.rerank --adapter adapters/ranking-1m --out results/llmrank-tuned
        [--strategy permutations:history.last=10:permutations.n=2] [--people 1000] [--untuned]

How much the model's log-probabilities count beside the tool (EASE) is what makes the latest
training item of people who trained no adapter likeliest (conditional logit), the tool fitted
without those items. Answers are kept in --work, and a rerun goes on there.
"""

import argparse
from pathlib import Path

import numpy as np

from classic.home import home
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.train.line import choice_weights
from finetune.choices.asked import asked, say
from finetune.choices.cases import latest_apart
from llmrec.evaluate.record import write_record
from llmrec.lab.baselines import baseline_scores, chance, folded_in
from llmrec.lab.measure import CUTS, Measured, measured
from llmrec.lab.seeded import open_task
from llmrec.lab.strategy import load_strategy
from llmrec.lab.task import RankingTask
from llmrec.llm.adapters import named
from llmrec.llm.choose import open_tuned
from llmrec.llm.transformers_model import TransformersModel

_WEIGHING = 300
"""People by whom the model is weighed beside the tool."""


def weights_beside(tool: np.ndarray, told: np.ndarray, task: RankingTask) -> np.ndarray:
    """float64 [2]: what a tool's score and a model's log-probability count."""
    n, width = tool.shape
    chosen = np.zeros((n, width), dtype=bool)
    chosen[np.arange(n), task.places()] = True
    x = np.column_stack([tool.ravel(), told.ravel()])
    return choice_weights(x, np.repeat(np.arange(n), width), chosen.ravel())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapter", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", default="llmrank-ml-1m")
    parser.add_argument("--strategy", default="permutations:history.last=10:permutations.n=2")
    parser.add_argument("--people", type=int, default=0, help="0 for all")
    parser.add_argument("--untuned", action="store_true", help="ask the untuned model as well")
    parser.add_argument("--work", type=Path, default=home() / "rerank")
    given = parser.parse_args()
    whole = open_task(given.data)
    task, weighing = whole.take(given.people or None), latest_apart(whole, _WEIGHING, 0)
    strategy = load_strategy(given.strategy)
    own = strategy.prompt.channel
    model = open_tuned(given.adapter, half_precision=True)
    say(f"{len(task.cases)} people, {model.info.name}")
    kept = given.work / f"{named(given.adapter)}.jsonl"
    told, told_apart = (asked(model, t, strategy, kept) for t in (task, weighing))
    tool = baseline_scores(task, ("random", "popularity", "ease"))
    tool_apart = folded_in(weighing, fit_ease(weighing.train, EaseConfig()))
    weights = weights_beside(tool_apart, told_apart, weighing)
    scores = {
        **tool,
        own: told,
        f"{own} + ease": weights[0] * tool["ease"] + weights[1] * told,
    }
    if given.untuned:
        plain = TransformersModel("embedded", half_precision=True)
        scores[f"{own}, untuned"] = asked(plain, task, strategy, given.work / "untuned.jsonl")
    rows = {name: measured(name, s, task) for name, s in scores.items()}
    write_record(
        given.out,
        config={
            "data": task.data,
            "people": len(task.cases),
            "strategy": strategy.name,
            "adapter": model.info.name,
        },
        metrics={
            "chance": {f"ndcg@{k}": round(chance(task.n_candidates, k), 5) for k in CUTS},
            "weights": {
                "ease": round(float(weights[0]), 4),
                own: round(float(weights[1]), 4),
            },
            "rows": {name: _told(row, rows["ease"], task.label) for name, row in rows.items()},
        },
        per_case=[
            {"user": case.user}
            | {name: float(row.cases[f"ndcg@10/{task.label}"][n]) for name, row in rows.items()}
            for n, case in enumerate(task.cases)
        ],
        data=(*task.files, given.adapter / "adapter_model.safetensors"),
        seeds=[task.seed],
    )
    for name, row in rows.items():
        low, high = row.intervals[f"ndcg@10/{task.label}"]
        say(f"{name:<18} {row.means[f'ndcg@10/{task.label}']:.4f} [{low:.4f}, {high:.4f}]")


def _told(row: Measured, tool: Measured, label: str) -> dict[str, object]:
    main_ = f"ndcg@10/{label}"
    mean, (low, high) = row.gain_over(tool, main_)
    return {
        "means": {m: round(v, 5) for m, v in row.means.items()},
        "interval": [round(b, 5) for b in row.intervals[main_]],
        "over_ease": [round(v, 5) for v in (mean, low, high)],
    }


if __name__ == "__main__":
    main()
