"""Which engine runs the embedded model fastest here, and what the prefix cache and threads bring.

    python -m benchmarks.engines --out runs/engines [--rounds 8]

The same two jobs as in the chat: an intent letter by logits, and a few sentences of prose. Every
row is a ratio against llama.cpp with its defaults in the same run; nothing here is a test.
"""

import argparse
import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from llmrec.evaluate.record import write_record
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.prompt_files import load_prompt
from llmrec.llm.protocol import LanguageModel, Messages

_SAID = (
    "I loved Heat and Casino, what next?",
    "something lighter for tonight",
    "who directed Vertigo?",
    "not so long please",
    "never show me horror again",
    "why the second one?",
    "compare the first two",
    "thanks, that was great",
)
_LETTERS = "ABCDEFGHIJ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=8)
    given = parser.parse_args()
    rows = [measured(name, make, given.rounds) for name, make in engines()]
    base = rows[0]
    for row in rows:
        for job in ("letter_ms", "prose_ms"):
            row[job.replace("_ms", "_ratio")] = round(row[job] / base[job], 2)
        print(json.dumps(row))
    write_record(
        given.out,
        config={"rounds": given.rounds, "said": len(_SAID)},
        metrics={row["engine"]: row for row in rows},
        per_case=rows,
    )


def engines() -> Iterator[tuple[str, Callable[[], LanguageModel]]]:
    """The first is the one in use."""
    path = embedded_gguf()
    assert path is not None, "the embedded model is not installed: make chat"
    cores = os.cpu_count() or 2
    yield f"llama.cpp, {cores} threads, prefix cache", lambda: LlamaCpp(path, threads=cores)
    yield "llama.cpp, no prefix cache", lambda: LlamaCpp(path, threads=cores, prefix_cache=False)
    yield "llama.cpp, 1 thread", lambda: LlamaCpp(path, threads=1)
    yield f"transformers, float32, {cores} threads", lambda: transformers_model(path, cores)
    yield "transformers, float32, 1 thread", lambda: transformers_model(path, 1)


def transformers_model(path: Path, threads: int) -> LanguageModel:
    import torch

    from llmrec.llm.transformers_model import TransformersModel

    torch.set_num_threads(threads)
    return TransformersModel(str(path))


def measured(name: str, make: Callable[[], LanguageModel], rounds: int) -> dict:
    """Medians over all utterances and rounds, after one round that warms up."""
    began = time.perf_counter()
    model = make()
    load = time.perf_counter() - began
    run(model)
    runs = [run(model) for _ in range(rounds)]
    letters = [ms for letters, _ in runs for ms in letters]
    prose = [ms for _, ms in runs]
    del model
    gc.collect()
    return {
        "engine": name,
        "load_s": round(load, 2),
        "letter_ms": round(float(np.median(letters)), 1),
        "prose_ms": round(float(np.median(prose)), 1),
    }


def run(model: LanguageModel) -> tuple[list[float], float]:
    """Milliseconds of each letter, and of the prose."""
    prompt = load_prompt("understand_intent")
    asked = [prompt.messages(text=said, context=()) for said in _SAID]
    letters = [timed(partial(model.score_options, m, list(_LETTERS))) for m in asked]
    return letters, timed(lambda: "".join(model.generate_text(story(), max_tokens=48)))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def story() -> Messages:
    facts = ["it shares Robert De Niro and the genre Crime with Heat (1995)"]
    items = [{"label": "Casino (1995)", "facts": facts}]
    return load_prompt("explain_list").messages(request=_SAID[0], wish="", items=items)


if __name__ == "__main__":
    main()
