"""People evaluated a second with the embedded model: the lab's shared beginnings against a plain
transformers loop over the same prompts, and against llama.cpp with its prefix cache.

    python -m benchmarks.prompt_speed --out results/prompt-speed [--people 8] [--data D]

Every way answers the same prompts of the same person in turn, with the same number of threads. The
plain loop is `generate` with one new token, a prompt at a time and sixteen at a time; the faster of
the two is the baseline. CPU seconds stand beside the clock, since they bear a busy machine. Whether
all ways give the same answers is part of the record.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from llmrec.evaluate.record import write_record
from llmrec.lab.channels import Request
from llmrec.lab.ground import Ground
from llmrec.lab.seeded import open_task
from llmrec.lab.strategy import load_strategy
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.transformers_model import TransformersModel

_JOBS = {
    "yes_no": ("yes_no",),
    "letters, nine strategies": (
        "zero_shot",
        "recency",
        "own_past",
        "similar_users",
        "role",
        "retrieved",
        "rephrase",
        "summary",
        "bootstrap",
    ),
    "letters, one strategy": ("zero_shot",),
}
_BATCH = 16
Way = Callable[[Sequence[Request]], list[list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--data", default="ml-latest-small")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    path = embedded_gguf()
    assert path is not None, "the embedded model is not installed: make chat"
    model, engine = TransformersModel(str(path)), LlamaCpp(path, threads=given.threads)
    ways: dict[str, Way] = {
        "shared beginnings": lambda asked: shared(model, asked),
        "generate, batch 1": lambda asked: generated(model, asked, 1),
        f"generate, batch {_BATCH}": lambda asked: generated(model, asked, _BATCH),
        "llama.cpp, prefix cache": lambda asked: [
            engine.score_options(r.chat, r.options) for r in asked
        ],
    }
    ground = Ground(open_task(given.data).take(given.people))
    found = {job: measured(ways, questions(ground, names)) for job, names in _JOBS.items()}
    print(json.dumps(found, indent=1))
    config = {"people": given.people, "data": given.data, "threads": given.threads}
    rows = [{"job": job, "way": way, **m} for job, ws in found.items() for way, m in ws.items()]
    write_record(given.out, config=config, metrics=found, per_case=rows)


def questions(ground: Ground, names: Sequence[str]) -> list[list[Request]]:
    """Of each person, every prompt of the first round of these strategies."""
    strategies = [load_strategy(name) for name in names]
    return [
        [
            strategy.request(ground, case, asked, len(case.history))
            for strategy in strategies
            for asked in next(strategy.rounds(ground, case))
        ]
        for case in ground.task.cases
    ]


def measured(ways: dict[str, Way], people: Sequence[Sequence[Request]]) -> dict[str, dict]:
    """By way; the first person warms up and is not counted."""
    clock = dict.fromkeys(ways, 0.0)
    cpu = dict.fromkeys(ways, 0.0)
    answers: dict[str, list[list[float]]] = {way: [] for way in ways}
    for number, asked in enumerate(people):
        for way, run in ways.items():
            began = time.perf_counter(), time.process_time()
            scores = run(asked)
            if number:
                clock[way] += time.perf_counter() - began[0]
                cpu[way] += time.process_time() - began[1]
                answers[way] += scores
    n = len(people) - 1
    plain = min((way for way in ways if way.startswith("generate")), key=lambda way: cpu[way])
    return {
        way: {
            "people_a_second": round(n / clock[way], 4),
            "cpu_seconds_a_person": round(cpu[way] / n, 3),
            "times_as_fast": round(clock[plain] / clock[way], 2),
            "times_less_cpu": round(cpu[plain] / cpu[way], 2),
            **agreement(answers[way], answers[plain]),
        }
        for way in ways
    }


def agreement(ours: list[list[float]], theirs: list[list[float]]) -> dict[str, float]:
    """How far log-probabilities are apart, and how often both choose the same."""
    pairs = [(np.array(a), np.array(b)) for a, b in zip(ours, theirs, strict=True)]
    return {
        "apart": round(max(float(np.abs(a - b).max()) for a, b in pairs), 5),
        "same_choice": float(np.mean([a.argmax() == b.argmax() for a, b in pairs])),
    }


def shared(model: TransformersModel, asked: Sequence[Request]) -> list[list[float]]:
    return [one.scores for one in model.score_many([(r.chat, r.options) for r in asked])]


def generated(model: TransformersModel, asked: Sequence[Request], batch: int) -> list[list[float]]:
    """The plain loop: `generate`, one new token, its scores read at the options."""
    reader, found = model.tokenizer, []
    reader.padding_side = "left"
    if reader.pad_token is None:
        reader.pad_token = reader.eos_token
    for first in range(0, len(asked), batch):
        part = asked[first : first + batch]
        tokens = reader.apply_chat_template(
            [r.chat for r in part],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
            padding=True,
        )
        with torch.inference_mode():
            answer = model.model.generate(
                **tokens,
                max_new_tokens=1,
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
            )
        for request, logits in zip(part, answer.logits[0], strict=True):
            ids = [reader(o, add_special_tokens=False)["input_ids"][0] for o in request.options]
            found.append(torch.log_softmax(logits[ids].float(), 0).tolist())
    return found


if __name__ == "__main__":
    main()
