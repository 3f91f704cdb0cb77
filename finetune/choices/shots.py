"""How likes are foretold by how few rows a model is tuned with.

    python -m finetune.choices.shots --out results/tallrec-movie [--shots 16,64,256] [--seeds 0,1,2]

For each number of rows and each seed: so many rows of TALLRec's `train`, as many of its `valid` to
tell which epoch was best, one adapter, and every row of `test` asked. Beside it the model untuned,
and what counting gives. What is done is kept in --work, and a rerun goes on there.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from classic.home import home
from finetune.choices.asked import asked, say
from finetune.choices.cases import cases_of
from finetune.choices.job import LIKES, ChoicesConfig, examples_of, strategy_for
from finetune.tuning.adapters import AdapterConfig, adapted, opened
from finetune.tuning.tune import TuneConfig, tune
from llmrec.evaluate.record import write_record
from llmrec.lab.keep import told_of
from llmrec.lab.keep_likes import AGAINST
from llmrec.lab.likes import LikeTask, like_baselines, like_rows
from llmrec.lab.tallrec import open_likes
from llmrec.llm.transformers_model import TransformersModel

_EPOCHS = {16: 30, 64: 16, 256: 6}
_TUNING = TuneConfig(batch_tokens=1536, learning_rate=2e-4, patience=5)
_ADAPTER = AdapterConfig(rank=16, alpha=32)


def tuned_by(rows: int, seed: int, task: LikeTask) -> np.ndarray:
    """float64 [n_cases]: logits of a model tuned with so many rows; with none, of it untuned."""
    config = settings_of(rows, seed)
    strategy = strategy_for("likes", config.strategy)
    model, tokenizer = opened(config.model, half_precision=config.training.half_precision)
    if rows:
        cases = cases_of("likes", config.data, rows, config.apart, seed)
        learn, apart = (examples_of(tokenizer, strategy, t) for t in (cases.task, cases.apart))
        torch.manual_seed(seed)
        model = adapted(model, config.adapter)
        tune(model, learn, config.training, None, say, apart)
    model.set_attn_implementation("sdpa")
    open_ = TransformersModel.around(model, tokenizer, "tuned")
    with tempfile.TemporaryDirectory() as folder:
        return asked(open_, task, strategy, Path(folder) / "answers.jsonl")[:, 0]


def settings_of(rows: int, seed: int) -> ChoicesConfig:
    training = replace(_TUNING, seed=seed, epochs=_EPOCHS.get(rows, 3))
    return replace(LIKES, rows=rows, apart=rows, adapter=_ADAPTER, training=training)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shots", default="16,64,256")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--data", default=LIKES.data)
    parser.add_argument("--work", type=Path, default=home() / "few-shot")
    given = parser.parse_args()
    shots, seeds = (list(map(int, text.split(","))) for text in (given.shots, given.seeds))
    task = open_likes(given.data)
    runs = [(0, 0), *((rows, seed) for rows in shots for seed in seeds)]
    found: dict[str, np.ndarray] = {}
    for rows, seed in runs:
        name = f"K={rows}, seed {seed}" if rows else "untuned"
        kept = given.work / given.data / f"{rows}-{seed}.npy"
        if not kept.is_file():
            say(f"-- {name}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, tuned_by(rows, seed, task))
        found[name] = np.load(kept)[:, None]
    baselines = like_baselines(task)
    rows_ = like_rows(task, baselines, found)
    logits = {**baselines, **{name: z[:, 0] for name, z in found.items()}}
    write_record(
        given.out,
        config={"data": given.data, "shots": shots, "strategy": LIKES.strategy},
        metrics={"rows": {row.name: told_of(row, AGAINST) for row in rows_}},
        per_case=[
            {"user": case.user, "target": case.truth, "label": bool(label)}
            | {name: float(z[n]) for name, z in logits.items()}
            for n, (case, label) in enumerate(zip(task.cases, task.labels, strict=True))
        ],
        data=task.files,
        seeds=seeds,
    )
    for row in rows_:
        say(f"{row.name:<18} " + "  ".join(f"{m} {v:.4f}" for m, v in row.metrics.items()))


if __name__ == "__main__":
    main()
