"""How long a person waits: cards, whole replies, the first answer, and twenty people at once.

    python -m benchmarks.latency --out runs/latency [--mode rules] [--talks 20]

Times are of the machine it runs on; the record says which. Nothing here is a test.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from benchmarks.script import conversations
from llmrec.assistant import Assistant
from llmrec.dialogue.events import Cards, Done
from llmrec.evaluate.record import write_record
from llmrec.store import Store

_TURNS = 5
_PEOPLE = 20
_CROWD_TURNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mode", default="rules")
    parser.add_argument("--talks", type=int, default=20)
    given = parser.parse_args()
    first = first_answer(given.mode)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/a.sqlite")
        assistant = Assistant.open("films", given.mode, store=store)
        warm(assistant)
        cases = alone(assistant, given.talks)
        crowd = together(assistant)
    waits = crowd.mean(axis=1)
    cards = np.array([c["cards_ms"] for c in cases if c["cards_ms"] is not None])
    whole = np.array([c["reply_ms"] for c in cases])
    metrics = {
        "cards_p50_ms": quantile(cards, 0.5),
        "cards_p95_ms": quantile(cards, 0.95),
        "reply_p50_ms": quantile(whole, 0.5),
        "reply_p95_ms": quantile(whole, 0.95),
        "first_answer_s": round(first, 1),
        "people_at_once": _PEOPLE,
        "crowd_errors": int((crowd < 0).sum()),
        "crowd_reply_p50_ms": quantile(crowd, 0.5),
        "crowd_reply_p95_ms": quantile(crowd, 0.95),
        "crowd_slowest_to_median": round(float(waits.max() / np.median(waits)), 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "turns": len(cases),
    }
    config = {"mode": given.mode, "talks": given.talks, "turns": _TURNS}
    write_record(given.out, config=config, metrics=metrics, per_case=cases, seeds=[0])
    print(json.dumps(metrics, indent=1))


def quantile(values: np.ndarray, share: float) -> float:
    return round(float(np.quantile(values, share)), 1)


def first_answer(mode: str) -> float:
    """Seconds from starting the program to its first answer, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        program = "from llmrec.cli.main import main; main()"
        asked = ["ask", "I loved Alien, what next?", "--mode", mode, "--json"]
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", program, *asked],
            env={**os.environ, "LLMREC_HOME": folder},
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began


def warm(assistant: Assistant) -> None:
    """The encoder and the model load on first use; a person waits for that once."""
    here = assistant.new_session("warm").session_id
    assistant.ask("warm", here, "something about a lighthouse keeper")


def alone(assistant: Assistant, talks: int) -> list[dict]:
    """One person at a time: when the cards came, and when the reply was whole."""
    cases: list[dict] = []
    script = conversations(assistant.opened.box.catalog, talks, _TURNS)
    for number, talk in enumerate(script):
        here = assistant.new_session("one").session_id
        for text in talk:
            cases.append({"talk": number, "text": text, **timed(assistant, "one", here, text)})
    return cases


def timed(assistant: Assistant, user: str, here: str, text: str) -> dict:
    began, cards, mode = time.perf_counter(), None, ""
    for event in assistant.stream(user, here, text):
        if isinstance(event, Cards):
            cards = (time.perf_counter() - began) * 1000
        if isinstance(event, Done):
            mode = event.turn.mode
    return {"cards_ms": cards, "reply_ms": (time.perf_counter() - began) * 1000, "mode": mode}


def together(assistant: Assistant) -> np.ndarray:
    """float64 [people, turns]: milliseconds of every reply of twenty people who talk at once, -1
    for an error. Order is fair when nobody waits much longer than the others."""
    script = conversations(assistant.opened.box.catalog, _PEOPLE, _CROWD_TURNS, seed=1)
    times = np.full((_PEOPLE, _CROWD_TURNS), -1.0)

    def person(number: int) -> None:
        user = f"person {number}"
        here = assistant.new_session(user).session_id
        for turn, text in enumerate(script[number]):
            with suppress(Exception):
                times[number, turn] = timed(assistant, user, here, text)["reply_ms"]

    threads = [threading.Thread(target=person, args=(n,)) for n in range(_PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


if __name__ == "__main__":
    main()
