"""Ways of tuning one model for one task with one budget of time.

    python -m benchmarks.methods --out results/methods [--minutes 3] [--rows 20000]

The task is the chat's: forms to fill in. Each way gets as many minutes of training, in a process of
its own, at each of two learning rates; which is better is told by films that were never learned
from, and what is reported is how phrasings that were never learned from are answered: `whole` is
the share of answers that the model would have written token by token without a mistake, with no
grammar to help. The untuned model is asked as it is and shown filled forms.
"""

import argparse
import json
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.progress import say
from classic.data.films import load_films
from finetune.chat.rows import Builder, Row, RowsConfig
from finetune.tuning.adapters import AdapterConfig, adapted, opened
from finetune.tuning.examples import Example, example
from finetune.tuning.tune import Told, TuneConfig, told, tune
from llmrec.evaluate.record import write_record
from llmrec.evaluate.understanding import form_examples
from llmrec.linking import Linker
from llmrec.understanding.wishes import Wishes

_RATES: Mapping[str, Sequence[float]] = {
    "lora": (6e-4, 1.2e-3),
    "dora": (6e-4, 1.2e-3),
    "qlora": (6e-4, 1.2e-3),
    "full": (5e-5, 2e-4),
    "prefix": (3e-3, 1e-2),
    "prompt": (1e-2, 5e-2),
}
_PROMPTED = ("untuned", "few-shot")
_ADAPTER = AdapterConfig(rank=16, alpha=32, virtual_tokens=20)
_TRAINING = TuneConfig(batch_tokens=1536)
_APART = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--ways", default=",".join((*_RATES, *_PROMPTED)))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        kind, rate, rows = given.one
        print(json.dumps(_one(kind, float(rate), given.minutes, Path(rows))))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.pickle"
        rows.write_bytes(pickle.dumps(_rows(given.rows)))
        found = {}
        for kind in given.ways.split(","):
            tried = [_process(kind, rate, given, rows) for rate in _RATES.get(kind, (0.0,))]
            found[kind] = min(tried, key=lambda one: one["titles"]["loss"])
            say(f"{kind}: {found[kind]}")
    config = {"minutes": given.minutes, "rows": given.rows, "rates": dict(_RATES)}
    write_record(given.out, config=config, metrics=found, seeds=[0])


def _process(kind: str, rate: float, given: argparse.Namespace, rows: Path) -> dict[str, Any]:
    """One training, alone in its process, so that its memory is its own."""
    mine = ["--one", kind, str(rate), str(rows), "--minutes", str(given.minutes)]
    command = [sys.executable, "-m", "benchmarks.methods", "--out", str(given.out), *mine]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    one: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    say(f"  {kind} at {rate:g}: {one['titles']}")
    return one


def _rows(n: int) -> dict[str, list[Row]]:
    catalog = load_films()
    builder = Builder(catalog, Linker(catalog), Wishes(catalog))
    apart = RowsConfig(rows=_APART, masked=0.0, seed=1)
    return {
        "learn": list(builder.rows(RowsConfig(rows=n))),
        "titles": list(builder.rows(apart, "titles")),
        "phrasings": list(builder.rows(apart, "phrasings")),
    }


def _one(kind: str, rate: float, minutes: float, path: Path) -> dict[str, Any]:
    rows: dict[str, list[Row]] = pickle.loads(path.read_bytes())
    model, tokenizer = opened("embedded", half_precision=True, four_bits=kind == "qlora")
    shown = form_examples() if kind == "few-shot" else ()
    examples = {name: [_example(tokenizer, row, shown) for row in of] for name, of in rows.items()}
    ran: dict[str, float] = {"tokens": 0.0, "seconds": 0.0}
    trained = 0
    if kind in _RATES:
        model = adapted(model, replace(_ADAPTER, kind=kind))
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        config = replace(_TRAINING, learning_rate=rate, minutes=minutes)
        ran = tune(model, examples["learn"], config, None, say)
    judged: dict[str, Told] = {n: told(model, examples[n]) for n in ("titles", "phrasings")}
    return {
        "rate": rate,
        "trained": trained,
        "tokens": ran["tokens"],
        "seconds": round(ran["seconds"], 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **{name: {m: round(v, 4) for m, v in asdict(of).items()} for name, of in judged.items()},
    }


def _example(tokenizer: Any, row: Row, shown: Sequence[dict[str, str]]) -> Example:
    system, *rest = row.form.messages
    return example(tokenizer, [system, *shown, *rest], row.answer.text())


if __name__ == "__main__":
    main()
