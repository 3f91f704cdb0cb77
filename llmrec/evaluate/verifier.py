"""How well the verifier tells supported sentences from unsupported ones.

    python -m llmrec.evaluate.verifier --cases FILE [--split dev|test] [--show] [--out DIR]

`caught` is the share of unsupported sentences that are taken out, `wrongly_cut` that of true ones.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from classic.data.catalog import Catalog
from llmrec.data import open_data
from llmrec.dialogue.nouns import Evidence
from llmrec.dialogue.verify import verify
from llmrec.evaluate.record import write_record


def judged(path: Path, split: str, catalog: Catalog) -> Iterator[dict]:
    """Every sentence with whether it should stand, and whether it does."""
    for situation in yaml.safe_load(path.read_text("utf-8")):
        if situation["split"] != split:
            continue
        evidence = [
            Evidence(
                id=f"{fact['item']}#{n}",
                kind="content",
                text=fact["text"],
                item_id=fact["item"],
                refers_to=fact["refers_to"],
            )
            for n, fact in enumerate(situation["evidence"])
        ]
        for kind in ("good", "bad"):
            for sentence in situation[kind]:
                left = verify(
                    sentence,
                    catalog=catalog,
                    items=situation["items"],
                    evidence=evidence,
                    said=[situation["said"]],
                )
                why = left.cut[0].why if left.cut else ""
                yield {"sentence": sentence, "true": kind == "good", "cut": why}


def scores(cases: list[dict]) -> dict:
    true = [c for c in cases if c["true"]]
    false = [c for c in cases if not c["true"]]
    return {
        "unsupported": len(false),
        "caught": round(sum(bool(c["cut"]) for c in false) / max(len(false), 1), 4),
        "true": len(true),
        "wrongly_cut": round(sum(bool(c["cut"]) for c in true) / max(len(true), 1), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--split", default="dev", choices=("dev", "test"))
    parser.add_argument("--show", action="store_true", help="print the wrong ones")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cases = list(judged(given.cases, given.split, open_data("films").box.catalog))
    metrics = scores(cases)
    print(json.dumps(metrics))
    if given.show:
        for case in cases:
            if case["true"] == bool(case["cut"]):
                print(
                    f"{'true ' if case['true'] else 'false'} | {case['sentence']} | {case['cut']}"
                )
    if given.out:
        config = {"split": given.split}
        write_record(given.out, config=config, metrics=metrics, per_case=cases, data=[given.cases])


if __name__ == "__main__":
    main()
