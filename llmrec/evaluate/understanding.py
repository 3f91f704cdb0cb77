"""How well turns are understood: intent and slots over hand-written utterances.

    python -m llmrec.evaluate.understanding --turns FILE [--split dev|test] [--model M]
        [--mode rules|prompted|lora|zero-shot|few-shot] [--show N] [--out DIR]

Intent: accuracy. Slots: precision, recall and F1 over (slot, value) pairs, pooled over all turns;
items that the catalogue lacks are left out and counted, as are items that are only pointed at,
since their place is counted; a lasting scope is the intent `remember`. `exact` is the share of
turns with the right intent and every slot right: the executed call. `restraint`: turns that want no
tool and get none. `polarity_confused`: of what is wanted or not, what is read the other way round.
`unknown_honest`: turns with a title that the catalogue lacks in which no wrong item is named.
`zero-shot` and `few-shot` fill in the forms of `lora` by the same model untuned.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from classic.metrics import interval, paired_interval
from llmrec.data import Opened, open_data
from llmrec.evaluate.record import write_record
from llmrec.evaluate.turns import ITEMS, Pair, Read, load_turns, read_turns
from llmrec.llm.protocol import JsonAnswer, LanguageModel, Messages, Usage
from llmrec.modes import model_for, model_of, reader_for
from llmrec.understanding.reader import Reader
from llmrec.understanding.tuned import TunedReader

MODES = ("rules", "prompted", "lora", "zero-shot", "few-shot")
_NO_TOOL = ("chat", "off_topic")
_OPPOSITE = {
    "liked": "disliked",
    "genres": "not_genres",
    "people": "not_people",
    "countries": "not_countries",
}
_COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)


def measures(reads: Sequence[Read]) -> dict[str, Any]:
    """The metrics over all turns."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for read in reads:
        gold, found = read.turn.pairs, read.pairs
        right.update(slot for slot, _ in gold & found)
        wrong.update(slot for slot, _ in found - gold)
        missed.update(slot for slot, _ in gold - found)
    idle = [r.intent in _NO_TOOL for r in reads if r.turn.intent in _NO_TOOL]
    strange = [_honest(r) for r in reads if any(slot == "unknown" for slot, _ in r.turn.pairs)]
    return {
        "turns": len(reads),
        "intent_accuracy": _mean([r.intent_right for r in reads]),
        "intent_interval": _interval([r.intent_right for r in reads]),
        "exact": _mean([r.exact for r in reads]),
        "exact_interval": _interval([r.exact for r in reads]),
        **_scores(right.total(), wrong.total(), missed.total()),
        "restraint": _mean(idle),
        "unknown_honest": _mean(strange),
        "polarity_confused": _confused(reads),
        "by_slot": {
            slot: _scores(right[slot], wrong[slot], missed[slot])
            for slot in sorted({*right, *wrong, *missed})
        },
        "exact_by_coverage": _by_coverage(reads),
        "p50_ms": round(float(np.quantile([r.ms for r in reads], 0.5)), 1),
        "items_not_in_catalogue": sum(r.turn.not_here for r in reads),
    }


def over(reads: Sequence[Read], others: Sequence[Read]) -> dict[str, Any]:
    """The difference to another reader's over the same turns, with its interval."""
    found = {}
    for name in ("intent_right", "exact"):
        ours, theirs = (np.array([float(getattr(r, name)) for r in rs]) for rs in (reads, others))
        mean, (low, high) = paired_interval(ours, theirs)
        found[name] = [round(v, 4) for v in (mean, low, high)]
    return found


def _honest(read: Read) -> bool:
    """Whether every item that is named is one that was meant."""
    named = {value for slot, value in read.pairs if slot in ITEMS}
    return named <= {value for slot, value in read.turn.pairs if slot in ITEMS}


def _confused(reads: Sequence[Read]) -> float:
    """Of the pairs with an opposite, the share that was read as that."""
    turned = all_ = 0
    for read in reads:
        for pair in read.turn.pairs:
            if other := _turned(pair):
                all_ += 1
                turned += other in read.pairs and pair not in read.pairs
    return round(turned / max(all_, 1), 4)


def _turned(pair: Pair) -> Pair | None:
    slot, value = pair
    if slot == "critiques":
        return slot, value[:-1] + ("-" if value.endswith("+") else "+")
    both = _OPPOSITE | {b: a for a, b in _OPPOSITE.items()}
    return (both[slot], value) if slot in both else None


def _by_coverage(reads: Sequence[Read]) -> dict[str, dict[str, float]]:
    """How often the call is right where the reader is surest, and how sure it is there at least:
    what asking under that confidence would be worth."""
    surest = sorted(reads, key=lambda r: -r.confidence)
    found = {}
    for coverage in _COVERAGES:
        kept = surest[: max(1, round(coverage * len(surest)))]
        share = _mean([r.exact for r in kept])
        found[f"{coverage:g}"] = {"exact": share, "least_sure": round(kept[-1].confidence, 3)}
    return found


def _mean(values: Sequence[bool]) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 1.0


def _interval(values: Sequence[bool]) -> list[float]:
    return [round(v, 4) for v in interval(np.array(values, dtype=float))]


def _scores(right: int, wrong: int, missed: int) -> dict[str, float]:
    return {
        "precision": round(right / max(right + wrong, 1), 4),
        "recall": round(right / max(right + missed, 1), 4),
        "f1": round(2 * right / max(2 * right + wrong + missed, 1), 4),
    }


@dataclass(frozen=True)
class FewShot:
    """A model that is shown filled forms before each form."""

    model: LanguageModel
    shown: tuple[dict[str, str], ...]

    def generate_json(self, messages: Messages, schema: Any, **more: Any) -> JsonAnswer:
        system, *rest = messages
        return self.model.generate_json([system, *self.shown, *rest], schema, **more)


def form_examples() -> tuple[dict[str, str], ...]:
    """Filled forms as turns of a conversation."""
    text = (files("llmrec.evaluate") / "form_examples.jsonl").read_text("utf-8")
    pairs = [json.loads(line) for line in text.splitlines()]
    return tuple(
        {"role": role, "content": pair[role]} for pair in pairs for role in ("user", "assistant")
    )


def reader_of(mode: str, opened: Opened, spec: str | None) -> Reader:
    """Who reads in a mode of the chat, or in one that is only a baseline of it."""
    if mode not in ("zero-shot", "few-shot"):
        return reader_for(mode, opened, model_of(mode, spec), Usage())
    model: Any = model_for(spec)
    model = FewShot(model, form_examples()) if mode == "few-shot" else model
    return TunedReader(model, opened.rules, opened.linker)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=Path, required=True)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    parser.add_argument("--mode", default="rules", choices=MODES)
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=int, default=0, help="wrong cases to print")
    given = parser.parse_args()
    opened = open_data("films")
    turns = load_turns(given.turns, given.split, opened.box.catalog)
    reads = read_turns(reader_of(given.mode, opened, given.model), opened, turns)
    metrics = measures(reads)
    if given.mode != "rules":
        metrics["over_rules"] = over(reads, read_turns(opened.rules, opened, turns))
    print(json.dumps(metrics, indent=1))
    for read in [r for r in reads if not r.exact][: given.show]:
        missed, wrong = read.turn.pairs - read.pairs, read.pairs - read.turn.pairs
        told = f"{read.turn.intent} / {read.intent}"
        print(f"{read.turn.text} | {told} | missed {sorted(missed)} | wrong {sorted(wrong)}")
    if given.out:
        config = {"split": given.split, "mode": given.mode, "model": given.model}
        cases = [_case(read) for read in reads]
        write_record(given.out, config=config, metrics=metrics, per_case=cases, data=[given.turns])


def _case(read: Read) -> dict[str, Any]:
    return {
        "id": read.turn.turn_id,
        "text": read.turn.text,
        "intent": read.turn.intent,
        "read_intent": read.intent,
        "path": read.path,
        "confidence": read.confidence,
        "missed": json.dumps(sorted(read.turn.pairs - read.pairs)),
        "wrong": json.dumps(sorted(read.pairs - read.turn.pairs)),
        "ms": read.ms,
    }


if __name__ == "__main__":
    main()
