"""How forms are filled in whose phrasings, films or typing were never learned from.

    python -m finetune.chat.evaluate --out results/forms-unseen [--rows 400]

By the adapter that ships, under its grammar: precision, recall and F1 over (mark, part) pairs
other than `none`, a title that no mark is at among them; `whole`: the share of forms with nothing
wrong.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from classic.data.films import load_films
from finetune.chat.rows import UNSEEN_KINDS, Builder, Row, RowsConfig
from llmrec.evaluate.record import write_record
from llmrec.linking import Linker
from llmrec.llm.protocol import LanguageModel
from llmrec.modes import tuned_model
from llmrec.understanding.form import Answer
from llmrec.understanding.wishes import Wishes


def filled(model: LanguageModel, rows: Sequence[Row]) -> dict[str, float]:
    """Of the answers that a model gives to the forms of some rows."""
    counts = Counter[str]()
    for row in rows:
        n_marks = len(row.form.spans)
        said = model.generate_json(row.form.messages, row.form.schema, max_tokens=64 + 12 * n_marks)
        answer = Answer.of(said.value, n_marks)
        gold, found = _pairs(row.answer), _pairs(answer)
        counts["intents"] += answer.aim == row.answer.aim
        counts["whole"] += answer == row.answer
        counts["right"] += len(gold & found)
        counts["said"] += len(found)
        counts["meant"] += len(gold)
    return {
        "intent_accuracy": round(counts["intents"] / len(rows), 4),
        "whole": round(counts["whole"] / len(rows), 4),
        "precision": round(counts["right"] / max(counts["said"], 1), 4),
        "recall": round(counts["right"] / max(counts["meant"], 1), 4),
        "f1": round(2 * counts["right"] / max(counts["said"] + counts["meant"], 1), 4),
    }


def _pairs(answer: Answer) -> set[tuple[int, str]]:
    pairs = {(n, part) for n, part in enumerate(answer.parts) if part != "none"}
    return pairs | ({(-1, answer.other)} if answer.other else set())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rows", type=int, default=400)
    given = parser.parse_args()
    catalog = load_films()
    builder = Builder(catalog, Linker(catalog), Wishes(catalog))
    config = RowsConfig(rows=given.rows, masked=0.0, seed=1)
    metrics: dict[str, dict[str, float]] = {
        kind: filled(tuned_model(), list(builder.rows(config, kind))) for kind in UNSEEN_KINDS
    }
    print(json.dumps(metrics, indent=1))
    if given.out:
        write_record(given.out, config={"rows": given.rows}, metrics=metrics, seeds=[1])


if __name__ == "__main__":
    main()
