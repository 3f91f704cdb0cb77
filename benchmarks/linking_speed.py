"""How long linking takes among 62,423 titles.

    python -m benchmarks.linking_speed --titles movies.csv --labels FILE --out DIR

`--titles` is movies.csv of MovieLens 25M (id, title with year, genres).
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.item import Item
from classic.data.movielens import natural_title
from llmrec.evaluate.linking import load_labels
from llmrec.evaluate.record import write_record
from llmrec.linking import Linker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--titles", type=Path, required=True)
    parser.add_argument("--labels", type=Path, default=Path("tests/data/linking_labels.jsonl"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    catalog = read_titles(given.titles)
    began = time.perf_counter()
    linker = Linker(catalog)
    linker.link("warm up with The Matrix")
    loaded = time.perf_counter() - began
    times = []
    for label in load_labels(given.labels, "dev"):
        began = time.perf_counter()
        linker.link(label.text)
        times.append((time.perf_counter() - began) * 1000)
    metrics = {
        "titles": len(catalog),
        "load_s": round(loaded, 2),
        "p50_ms": round(float(np.quantile(times, 0.5)), 2),
        "p95_ms": round(float(np.quantile(times, 0.95)), 2),
        "max_ms": round(max(times), 2),
        "utterances": len(times),
    }
    write_record(given.out, config={}, metrics=metrics, data=[given.titles])
    print(json.dumps(metrics))


def read_titles(path: Path) -> Catalog:
    """The stored copy has lost its quotes: a line splits on its first and last comma."""
    items = []
    for line in path.read_text("utf-8").splitlines()[1:]:
        item_id, _, rest = line.partition(",")
        listed, _, genres = rest.rpartition(",")
        title, others, year = natural_title(listed)
        items.append(Item(item_id, title, year, tuple(genres.split("|")), aliases=others))
    return Catalog("ml-25m-titles", tuple({i.item_id: i for i in items}.values()))


if __name__ == "__main__":
    main()
