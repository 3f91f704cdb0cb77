"""Tokens a second of our tuning loop and of TRL's SFTTrainer, on the same rows.

    python -m benchmarks.tuning_speed --out results/tuning-speed [--rows 256] [--rounds 3]

Both tune the same LoRA beside the embedded model on the rows of the chat, in the same number of
rows a step, learning rate, schedule and threads, alternating. TRL as its documentation says: prompt
and completion, the loss on the completion, padding to the longest of a batch; in its own precision
and, a second arm, in half precision. A row's tokens are its prompt and answer without padding. The
losses are laid side by side by how many rows were seen. Needs `pip install trl==1.16.*`.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.progress import say
from classic.data.films import load_films
from finetune.chat.rows import Builder, Row, RowsConfig
from finetune.tuning.adapters import AdapterConfig, adapted, opened
from finetune.tuning.made import example_of
from finetune.tuning.tune import TuneConfig, tune
from llmrec.evaluate.record import write_record
from llmrec.linking import Linker
from llmrec.llm.transformers_model import weights_folder
from llmrec.understanding.wishes import Wishes

_ROWS_A_STEP = 16
_RATE = 6e-4
_ADAPTER = AdapterConfig(rank=16, alpha=32)


@dataclass(frozen=True)
class Timed:
    """Tokens a second, and the loss of an answer's token on rows that were not learned from."""

    tokens_per_second: float
    loss_after: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(2)
    catalog = load_films()
    builder = Builder(catalog, Linker(catalog), Wishes(catalog))
    rows = list(builder.rows(RowsConfig(rows=given.rows)))
    apart = list(builder.rows(RowsConfig(rows=100), "phrasings"))
    arms: dict[str, Callable[[], Timed]] = {
        "ours": lambda: _ours(rows, apart, half=True),
        "ours, whole precision": lambda: _ours(rows, apart, half=False),
        "trl": lambda: _trl(rows, apart, half=False),
        "trl, half precision": lambda: _trl(rows, apart, half=True),
    }
    timed: dict[str, list[Timed]] = {name: [] for name in arms}
    for turn in range(given.rounds):
        for name, run in arms.items():
            timed[name].append(run())
            say(f"round {turn + 1}, {name}: {timed[name][-1]}")
    metrics = _told(timed)
    print(json.dumps(metrics, indent=1))
    config = {"rows": given.rows, "rounds": given.rounds, "rows_a_step": _ROWS_A_STEP}
    write_record(given.out, config=config, metrics=metrics)


def _told(timed: dict[str, list[Timed]]) -> dict[str, Any]:
    speed = {n: [t.tokens_per_second for t in runs] for n, runs in timed.items()}
    fastest = max(("trl", "trl, half precision"), key=lambda n: statistics.median(speed[n]))
    ratios = [a / b for a, b in zip(speed["ours"], speed[fastest], strict=True)]
    return {
        "tokens_per_second": {n: round(statistics.median(s), 1) for n, s in speed.items()},
        "loss_after": {
            n: round(statistics.fmean(t.loss_after for t in runs), 4) for n, runs in timed.items()
        },
        "beside": fastest,
        "ratio": round(statistics.median(ratios), 2),
        "ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
    }


def _ours(rows: Sequence[Row], apart: Sequence[Row], *, half: bool) -> Timed:
    model, tokenizer = opened("embedded", half_precision=half)
    examples = [example_of(tokenizer, row) for row in rows]
    model = adapted(model, _ADAPTER)
    mean = sum(map(len, examples)) / len(examples)
    config = TuneConfig(
        batch_tokens=max(int(_ROWS_A_STEP * mean), max(map(len, examples))),
        learning_rate=_RATE,
        half_precision=half,
    )
    ran = tune(model, examples, config, None, say)
    return Timed(ran["tokens"] / ran["seconds"], _loss(model, tokenizer, apart))


def _trl(rows: Sequence[Row], apart: Sequence[Row], *, half: bool) -> Timed:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    folder = weights_folder("embedded")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    loader: Any = AutoModelForCausalLM
    told = [
        {
            "prompt": row.form.messages,
            "completion": [{"role": "assistant", "content": row.answer.text()}],
        }
        for row in rows
    ]
    with tempfile.TemporaryDirectory() as out:
        trainer = SFTTrainer(
            model=loader.from_pretrained(folder, dtype=torch.float32),
            processing_class=tokenizer,
            train_dataset=Dataset.from_list(told),
            args=SFTConfig(
                output_dir=out,
                num_train_epochs=1,
                per_device_train_batch_size=_ROWS_A_STEP,
                learning_rate=_RATE,
                lr_scheduler_type="cosine",
                warmup_steps=1,
                bf16=half,
                use_cpu=True,
                report_to=[],
                save_strategy="no",
                logging_steps=1000,
                disable_tqdm=True,
            ),
            peft_config=LoraConfig(
                r=_ADAPTER.rank, lora_alpha=_ADAPTER.alpha, target_modules="all-linear"
            ),
        )
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
    tokens = sum(len(example_of(tokenizer, row)) for row in rows)
    return Timed(tokens / seconds, _loss(trainer.model.eval(), tokenizer, apart))


@torch.inference_mode()
def _loss(model: Any, tokenizer: Any, apart: Sequence[Row]) -> float:
    """Of an answer's token, by the plain forward pass of the library, the same for all."""
    total, count = 0.0, 0
    for row in apart:
        one = example_of(tokenizer, row)
        whole = torch.tensor([[*one.prompt, *one.answer]])
        labels = whole.clone()
        labels[0, : len(one.prompt)] = -100
        total += float(model(whole, labels=labels).loss) * len(one.answer)
        count += len(one.answer)
    return total / count


if __name__ == "__main__":
    main()
