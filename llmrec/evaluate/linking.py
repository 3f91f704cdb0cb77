"""How well mentions are found: precision and recall over hand-labelled utterances.

    python -m llmrec.evaluate.linking --labels FILE [--split dev|test] [--show N] [--out DIR]

A predicted mention is right when it overlaps a labelled one (intersection over union of at least
one half) and names the same item; where the label says that one has to ask, a prediction that asks
and shares an item is right. A labelled unknown title is right when no item is claimed for it, and
counts neither way when it is left out.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llmrec.data import open_data
from llmrec.evaluate.record import write_record
from llmrec.understanding.schema import Mention
from llmrec.understanding.transcript import Links

_OVERLAP = 0.5


@dataclass(frozen=True)
class Label:
    """A labelled utterance."""

    label_id: str
    split: str
    kind: str
    text: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class Counts:
    """Mentions found rightly, found wrongly, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.right + other.right, self.wrong + other.wrong, self.missed + other.missed
        )

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)


def load_labels(path: Path, split: str) -> list[Label]:
    """The labelled utterances of one half."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [
        Label(
            row["id"],
            row["split"],
            row["kind"],
            row["text"],
            tuple(
                Mention(
                    text=row["text"][m["start"] : m["end"]],
                    start=m["start"],
                    end=m["end"],
                    item_ids=tuple(m["item_ids"]),
                )
                for m in row["mentions"]
            ),
        )
        for row in rows
        if row["split"] == split
    ]


def compare(gold: Sequence[Mention], found: Sequence[Mention]) -> Counts:
    """One utterance's counts."""
    claimed = [m for m in found if m.item_ids]
    right, matched = 0, set()
    wrong = 0
    for mention in claimed:
        over = [n for n, g in enumerate(gold) if _overlap(g, mention) >= _OVERLAP]
        agrees = [n for n in over if n not in matched and _same(gold[n], mention)]
        if agrees:
            matched.add(agrees[0])
            right += 1
        else:
            wrong += 1
    missed = sum(1 for n, g in enumerate(gold) if g.item_ids and n not in matched)
    return Counts(right, wrong, missed)


def _overlap(a: Mention, b: Mention) -> float:
    shared = min(a.end, b.end) - max(a.start, b.start)
    return max(shared, 0) / (max(a.end, b.end) - min(a.start, b.start))


def _same(gold: Mention, found: Mention) -> bool:
    if len(gold.item_ids) == 1 or len(found.item_ids) == 1:
        return gold.item_ids == found.item_ids
    return bool(set(gold.item_ids) & set(found.item_ids))


def evaluate(linker: Links, labels: Sequence[Label]) -> tuple[Counts, list[dict]]:
    """Counts over all labels, and each utterance with what was found."""
    total, cases = Counts(), []
    for label in labels:
        began = time.perf_counter()
        found = linker.link(label.text)
        ms = (time.perf_counter() - began) * 1000
        counts = compare(label.mentions, found)
        total += counts
        cases.append(
            {
                "id": label.label_id,
                "kind": label.kind,
                "text": label.text,
                "gold": json.dumps([(m.text, m.item_ids) for m in label.mentions]),
                "found": json.dumps([(m.text, m.item_ids) for m in found]),
                "right": counts.right,
                "wrong": counts.wrong,
                "missed": counts.missed,
                "ms": ms,
            }
        )
    return total, cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=int, default=0, help="wrong cases to print")
    given = parser.parse_args()
    labels = load_labels(given.labels, given.split)
    total, cases = evaluate(open_data("films").linker, labels)
    metrics = {
        "utterances": len(labels),
        "precision": round(total.precision, 4),
        "recall": round(total.recall, 4),
        "right": total.right,
        "wrong": total.wrong,
        "missed": total.missed,
    }
    print(json.dumps(metrics))
    for case in [c for c in cases if c["wrong"] or c["missed"]][: given.show]:
        print(f"{case['kind']:>20} | {case['text']} | {case['gold']} | {case['found']}")
    if given.out:
        config = {"split": given.split, "overlap": _OVERLAP}
        write_record(given.out, config=config, metrics=metrics, per_case=cases, data=[given.labels])


if __name__ == "__main__":
    main()
