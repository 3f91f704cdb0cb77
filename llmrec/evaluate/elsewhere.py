"""Turns that other people wrote for other purposes, their labels mapped to ours.

    python -m llmrec.evaluate.elsewhere [--mode rules|lora] [--folder DIR] [--out DIR]

*IARD* (Cai and Chen, 2020; 77 dialogues of ReDial with acts): users' turns with a single act. What
an act may be read as here is in `READINGS`; acts that say too little alone are left out.
*ReDial* (Li et al., 2018; CC BY 4.0): films of the embedded catalogue that seekers name, by
whether they said in the end that they like them. Not every mention says so: what counts is how
often a film is read the wrong way round, and how often the right way.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from classic.data.places import find_folder
from classic.errors import BadInput
from classic.metrics import interval, paired_interval
from llmrec.data import Opened, open_data
from llmrec.evaluate.record import write_record
from llmrec.evaluate.understanding import MODES, reader_of
from llmrec.lab.dialogue import named_in
from llmrec.lab.redial import dialogue_of, titles_of
from llmrec.linking.normal import key
from llmrec.understanding.reader import Reader
from llmrec.understanding.schema import Understanding
from llmrec.understanding.transcript import context_of

READINGS: dict[str, tuple[str, ...]] = {
    "IQU": ("recommend", "similar"),
    "SEE": ("rate",),
    "REJ": ("rate", "refine"),
    "INQ": ("lookup", "explain", "compare"),
    "ACC": ("chat", "rate"),
    "END": ("chat",),
    "OTH": ("chat",),
}
"""Inquire, seen, reject, ask about an item, accept, end, others."""
_IARD = "iard/formatted_IARD_annotated_gold.json"
_REDIAL = "valid_data.jsonl"


@dataclass(frozen=True)
class Said:
    """A user's turn with what came before it, and what it may be read as."""

    before: tuple[str, ...]
    text: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Opinion:
    """A turn that mentions an item, and whether its speaker likes that."""

    before: tuple[str, ...]
    text: str
    item_id: str
    liked: bool


def said_in_iard(folder: Path) -> list[Said]:
    """Raises `BadInput` when the file is not there."""
    return list(_said(json.loads(_text(folder / _IARD))))


def _said(dialogues: Sequence[Any]) -> Iterator[Said]:
    for dialogue in dialogues:
        agent: tuple[str, ...] = ()
        for turn in dialogue["conversation"]:
            text = " ".join(unescape(turn["utterance"]).replace("...", ". ").split())
            if turn["participant"] == "AGENT":
                agent = ("", text)
                continue
            acts = {act["intent"] for act in turn["dialogue_acts"]}
            if len(acts) == 1 and (readings := READINGS.get(acts.pop())):
                yield Said(agent, text, readings)


def opinions_in_redial(folder: Path, opened: Opened) -> list[Opinion]:
    """Raises `BadInput` when the file is not there."""
    ids = {key(f"{i.title} {i.year}"): i.item_id for i in opened.box.catalog}
    lines = _text(folder / _REDIAL).splitlines()
    return [o for line in lines for o in _opinions(json.loads(line), ids)]


def _opinions(row: Any, ids: dict[str, str]) -> Iterator[Opinion]:
    titles, answers = titles_of(row), row["initiatorQuestions"] or {}
    liked = {title: answers.get(n, {}).get("liked") for n, title in titles.items()}
    agent: tuple[str, ...] = ()
    for line in dialogue_of(row, set(liked)).lines:
        text = line.told(line.named)
        if line.by == "recommender":
            agent = ("", text)
            continue
        for title in named_in([line]):
            item_id = ids.get(key(title))
            if item_id and liked[title] in (0, 1):
                yield Opinion(agent, text, item_id, liked[title] == 1)


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f"there is no file {path}: give --folder")
    return path.read_text("utf-8")


def _read(reader: Reader, opened: Opened, before: tuple[str, ...], text: str) -> Understanding:
    context = context_of(before, opened.linker)
    return reader.read(text, opened.linker.link(text, known=context.shown), context)


def intents_right(reader: Reader, opened: Opened, turns: Sequence[Said]) -> list[bool]:
    return [_read(reader, opened, t.before, t.text).intent in t.readings for t in turns]


def polarities(reader: Reader, opened: Opened, turns: Sequence[Opinion]) -> Counter[str]:
    """How many opinions were read as they are, the wrong way round, or not as opinions."""
    told = Counter[str]()
    for turn in turns:
        slots = _read(reader, opened, turn.before, turn.text).slots
        as_liked, as_disliked = (turn.item_id in s for s in (slots.liked, slots.disliked))
        kind = "none" if as_liked == as_disliked else "right" if as_liked == turn.liked else "wrong"
        told[f"{'liked' if turn.liked else 'disliked'}, {kind}"] += 1
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mode", default="rules", choices=MODES)
    parser.add_argument("--folder", type=Path, help="that of ReDial's files")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    folder = given.folder or find_folder("redial", _REDIAL)
    if folder is None:
        raise SystemExit("ReDial is not here: give --folder")
    opened = open_data("films")
    reader = reader_of(given.mode, opened, None)
    said = said_in_iard(folder)
    right = intents_right(reader, opened, said)
    told = polarities(reader, opened, opinions_in_redial(folder, opened))
    metrics: dict[str, Any] = {
        "iard": {"turns": len(said), "intent_accuracy": round(float(np.mean(right)), 4)},
        "redial": dict(sorted(told.items())),
    }
    metrics["iard"]["interval"] = [round(v, 4) for v in interval(np.array(right, dtype=float))]
    if given.mode != "rules":
        by_rule = intents_right(opened.rules, opened, said)
        mean, (low, high) = paired_interval(np.array(right, float), np.array(by_rule, float))
        metrics["iard"]["over_rules"] = [round(v, 4) for v in (mean, low, high)]
    print(json.dumps(metrics, indent=1))
    if given.out:
        files = [folder / _IARD, folder / _REDIAL]
        write_record(given.out, config={"mode": given.mode}, metrics=metrics, data=files)


if __name__ == "__main__":
    main()
