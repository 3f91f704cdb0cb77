"""How well turns are understood: intent and slots over hand-written utterances.

    python -m llmrec.evaluate.understanding --turns FILE [--split dev|test]
        [--mode rules|prompted|lora] [--model M] [--show N] [--out DIR]

Intent: accuracy. Slots: precision, recall and F1 over (slot, value) pairs, pooled over all turns;
items that the catalogue lacks are left out and counted, as are
items that a place in the last list stands for, since the place is counted; a lasting scope is the
intent `remember`. `exact` is the share of
turns with the right intent and every slot right.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classic.data.catalog import Catalog
from llmrec.data import Opened, open_data
from llmrec.evaluate.record import write_record
from llmrec.linking.normal import key
from llmrec.llm.protocol import Usage
from llmrec.modes import model_of, reader_for
from llmrec.understanding.reader import Reader
from llmrec.understanding.schema import Understanding
from llmrec.understanding.transcript import context_of

_NOT_LABELLED = ("keywords", "not_keywords")
_ITEMS = ("liked", "disliked", "seen", "anchors")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Turn:
    """A labelled utterance; `pairs` is every (slot, value) that it says."""

    turn_id: str
    context: tuple[str, ...]
    text: str
    intent: str
    pairs: frozenset[Pair]
    not_here: int


def load_turns(path: Path, split: str, catalog: Catalog) -> list[Turn]:
    """The labelled utterances of one half, items resolved to this catalogue."""
    ids = {key(f"{i.title} {i.year}"): i.item_id for i in catalog}
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [_turn(row, ids) for row in rows if row["split"] == split]


def _turn(row: Mapping[str, Any], ids: Mapping[str, str]) -> Turn:
    pairs: set[Pair] = set()
    not_here = 0
    for slot, value in row["slots"].items():
        for one in value if isinstance(value, list) else [value]:
            if slot in _ITEMS:
                item_id = ids.get(key(str(one)))
                not_here += item_id is None
                if item_id:
                    pairs.add((slot, item_id))
            else:
                pairs.add((slot, _plain(one)))
    return Turn(
        row["id"], tuple(row["context"]), row["text"], row["intent"], frozenset(pairs), not_here
    )


def said_by(read: Understanding) -> frozenset[Pair]:
    """Every (slot, value) of an understanding, titles that are not in the catalogue included."""
    pairs: set[Pair] = set()
    for slot, value in read.slots.filled().items():
        if slot in _NOT_LABELLED or (slot == "scope" and value == "always"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                pairs.add((slot, f"{one['attr']}{'+' if one['dir'] > 0 else '-'}"))
            else:
                pairs.add((slot, _plain(one)))
    pairs |= {("unknown", key(m.text)) for m in read.mentions if not m.item_ids}
    return frozenset(pairs)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def evaluate(reader: Reader, opened: Opened, turns: Sequence[Turn]) -> tuple[dict, list[dict]]:
    """The metrics over all turns, and each turn with what was read."""
    right, wrong, missed, cases = Counter[str](), Counter[str](), Counter[str](), []
    intents = exact = 0
    for turn in turns:
        began = time.perf_counter()
        context = context_of(turn.context, opened.linker)
        mentions = opened.linker.link(turn.text, known=context.shown)
        read = reader.read(turn.text, mentions, context)
        ms = (time.perf_counter() - began) * 1000
        pointed = {context.shown[n - 1] for n in read.slots.refers_to}
        found = frozenset(p for p in said_by(read) if p[0] != "anchors" or p[1] not in pointed)
        gold = frozenset((s, key(v) if s == "unknown" else v) for s, v in turn.pairs)
        right.update(slot for slot, _ in gold & found)
        wrong.update(slot for slot, _ in found - gold)
        missed.update(slot for slot, _ in gold - found)
        intents += read.intent == turn.intent
        exact += read.intent == turn.intent and gold == found
        cases.append(
            {
                "id": turn.turn_id,
                "text": turn.text,
                "intent": turn.intent,
                "read_intent": read.intent,
                "path": read.path,
                "missed": json.dumps(sorted(gold - found)),
                "wrong": json.dumps(sorted(found - gold)),
                "ms": ms,
            }
        )
    metrics = {
        "turns": len(turns),
        "intent_accuracy": round(intents / max(len(turns), 1), 4),
        "exact": round(exact / max(len(turns), 1), 4),
        **_scores(right.total(), wrong.total(), missed.total()),
        "by_slot": {
            slot: _scores(right[slot], wrong[slot], missed[slot])
            for slot in sorted({*right, *wrong, *missed})
        },
        "items_not_in_catalogue": sum(t.not_here for t in turns),
    }
    return metrics, cases


def _scores(right: int, wrong: int, missed: int) -> dict[str, float]:
    return {
        "precision": round(right / max(right + wrong, 1), 4),
        "recall": round(right / max(right + missed, 1), 4),
        "f1": round(2 * right / max(2 * right + wrong + missed, 1), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=Path, required=True)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    parser.add_argument("--mode", default="rules", choices=("rules", "prompted", "lora"))
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=int, default=0, help="wrong cases to print")
    given = parser.parse_args()
    opened = open_data("films")
    reader = reader_for(given.mode, opened, model_of(given.mode, given.model), Usage())
    turns = load_turns(given.turns, given.split, opened.box.catalog)
    metrics, cases = evaluate(reader, opened, turns)
    print(json.dumps(metrics, indent=1))
    faulty = [
        c for c in cases if c["intent"] != c["read_intent"] or c["missed"] + c["wrong"] != "[][]"
    ]
    for case in faulty[: given.show]:
        told = f"{case['intent']} / {case['read_intent']}"
        print(f"{case['text']} | {told} | missed {case['missed']} | wrong {case['wrong']}")
    if given.out:
        config = {"split": given.split, "mode": given.mode, "model": given.model}
        write_record(given.out, config=config, metrics=metrics, per_case=cases, data=[given.turns])


if __name__ == "__main__":
    main()
