"""Whether the adapter of the chat reads the same in every engine that it loads in.

    python -m benchmarks.adapter_engines --turns tests/data/handwritten.jsonl --split test
        --out results/adapter-engines [--server http://127.0.0.1:8000/v1 --model chat]

Each turn is read in its context through llama.cpp, through transformers and, where one is given,
through a server with the adapter loaded (vLLM: `make vllm-chat`). `equal` is the share of turns
with the same intent and the same slots as in llama.cpp, the engine of the chat.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.progress import say
from llmrec.data import open_data
from llmrec.evaluate.record import write_record
from llmrec.evaluate.turns import Read, load_turns, read_turns
from llmrec.llm.adapters import shipped
from llmrec.llm.protocol import LanguageModel
from llmrec.llm.server import Server
from llmrec.modes import tuned_model
from llmrec.understanding.tuned import TunedReader


def engines(
    server: str | None, model: str | None
) -> Iterator[tuple[str, Callable[[], LanguageModel]]]:
    """The first is the one that the others are held against."""
    yield "llama.cpp", tuned_model
    yield "transformers", _transformers
    if server:
        yield "server", lambda: Server(server, model)


def _transformers() -> LanguageModel:
    from llmrec.llm.transformers_model import TransformersModel

    return TransformersModel("embedded", shipped("chat"))


def equal(read: Read, other: Read) -> bool:
    """Whether two engines come to the same call."""
    return read.intent == other.intent and read.pairs == other.pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=Path, required=True)
    parser.add_argument("--split", default="test", choices=("dev", "test"))
    parser.add_argument("--server")
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    opened = open_data("films")
    turns = load_turns(given.turns, given.split, opened.box.catalog)
    found: dict[str, list[Read]] = {}
    for name, make in engines(given.server, given.model):
        say(name)
        reader = TunedReader(make(), opened.rules, opened.linker)
        found[name] = read_turns(reader, opened, turns)
    base = found["llama.cpp"]
    metrics = {
        name: {
            "equal": round(sum(map(equal, base, reads)) / len(reads), 4),
            "by_model": round(sum(r.path == "model" for r in reads) / len(reads), 4),
            "exact": round(sum(r.exact for r in reads) / len(reads), 4),
            "mean_ms": round(sum(r.ms for r in reads) / len(reads), 1),
        }
        for name, reads in found.items()
    }
    print(json.dumps(metrics, indent=1))
    config = {"split": given.split, "turns": len(turns), "server": bool(given.server)}
    write_record(given.out, config=config, metrics=metrics, data=[given.turns])


if __name__ == "__main__":
    main()
