"""Does an adapter that learned from masked names read all titles alike? Beside one that did not.

    python -m finetune.chat.debias --out results/debias [--minutes 12] [--rows 400]

Two adapters learn from the same turns for as long as each other: in one arm a third of the rows
have numbers for titles, in the other none. Both are then told turns of phrasings that neither
learned from, about five casts of films: well known or little known, met in training or never, and
numbers in place of names. What is counted are forms with nothing wrong. `fame` is what is lost from
well-known films to little-known ones, `memory` from those met to those never met: an adapter that
reads the sentence and not the film loses nothing. Work goes on where it was in --work.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from classic.configure import configured
from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.item import Item
from classic.home import home
from classic.metrics import interval
from finetune.chat.job import ChatConfig, tune_chat
from finetune.chat.rows import Builder, Row, is_apart, masked
from finetune.job_file import read_job
from finetune.jobs import KEYS
from finetune.tuning.adapters import AdapterConfig, adapted, opened
from finetune.tuning.made import example_of
from finetune.tuning.tune import answered
from llmrec.evaluate.record import write_record
from llmrec.linking import Linker
from llmrec.understanding.wishes import Wishes

ARMS: Mapping[str, float] = {"masked": 0.33, "plain": 0.0}
_FAME, _MET = ("well known", "little known"), ("met", "never met")
_KNOWN, _LITTLE_KNOWN = 0.2, 0.5
"""Shares of a catalogue: the most famous, and the least."""
_CONFIG = Path(__file__).parents[1] / "configs" / "chat-cpu.yaml"


def casts(catalog: Catalog) -> dict[str, list[Item]]:
    """Films by what is said of them and whether rows to learn from may hold them."""
    by_fame = sorted(catalog, key=lambda i: -i.attributes.get("fame", 0.0))
    known = by_fame[: int(_KNOWN * len(by_fame))]
    little = by_fame[-int(_LITTLE_KNOWN * len(by_fame)) :]
    return {
        f"{fame}, {met}": [i for i in items if is_apart(i.item_id) == apart]
        for fame, items in zip(_FAME, (known, little), strict=True)
        for met, apart in zip(_MET, (False, True), strict=True)
    }


def rows_by_cast(builder: Builder, n: int, seed: int) -> dict[str, list[Row]]:
    """Of `n` draws those that every cast can play, and once more with numbers for titles."""
    drawn = {c: builder.cast(items, n, seed) for c, items in casts(builder.catalog).items()}
    shared = sorted(set.intersection(*(set(rows) for rows in drawn.values())))
    found = {c: [rows[number] for number in shared] for c, rows in drawn.items()}
    return found | {"numbers": [masked(row) for row in found["well known, never met"]]}


def losses(right: Mapping[str, np.ndarray]) -> dict[str, tuple[float, tuple[float, float]]]:
    """What an arm loses, of float64 [n] right or wrong by cast; with intervals over rows."""
    known, little = ([right[f"{fame}, {met}"] for met in _MET] for fame in _FAME)
    met, never = ([right[f"{fame}, {met}"] for fame in _FAME] for met in _MET)
    apart = {
        "fame": np.mean(known, axis=0) - np.mean(little, axis=0),
        "memory": np.mean(met, axis=0) - np.mean(never, axis=0),
    }
    return {name: (float(d.mean()), interval(d)) for name, d in apart.items()}


def _tuned(config: ChatConfig, share: float, folder: Path) -> Path:
    config = replace(config, rows=replace(config.rows, masked=share), unseen=50)
    if not (folder / "about.json").is_file():
        tune_chat(config, folder, "python -m finetune.chat.debias", _say)
    return folder


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def measured(source: str, folder: Path, rows: Mapping[str, Sequence[Row]]) -> dict[str, np.ndarray]:
    """float64 [n] by cast: which forms an adapter fills with nothing wrong."""
    model, tokenizer = opened(source, half_precision=True)
    model = adapted(model, AdapterConfig(start=str(folder)))
    return {
        name: answered(model, [example_of(tokenizer, row) for row in own]).astype(np.float64)
        for name, own in rows.items()
    }


def told(right: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return {"right": {n: _mean(r) for n, r in right.items()}, "losses": losses(right)}


def _mean(values: np.ndarray) -> list[float]:
    """With its interval over rows."""
    return [float(values.mean()), *interval(values)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12.0, help="of training, for each arm")
    parser.add_argument("--rows", type=int, default=400, help="asked of each cast")
    parser.add_argument("--work", type=Path, default=home() / "debias")
    given = parser.parse_args()
    config: ChatConfig = configured(
        ChatConfig(), read_job(_CONFIG, KEYS, needed=("settings",))["settings"]
    )
    config = replace(config, training=replace(config.training, minutes=given.minutes))
    catalog = load_films()
    rows = rows_by_cast(Builder(catalog, Linker(catalog), Wishes(catalog)), given.rows, seed=1)
    right = {
        arm: measured(config.model, _tuned(config, share, given.work / arm), rows)
        for arm, share in ARMS.items()
    }
    metrics: dict[str, Any] = {arm: told(of) for arm, of in right.items()}
    gained = {name: _mean(right["masked"][name] - right["plain"][name]) for name in rows}
    write_record(
        given.out,
        config={"minutes": given.minutes, "rows": given.rows, "arms": dict(ARMS)},
        metrics={**metrics, "masked_over_plain": gained},
        per_case=list(_cases(right)),
        seeds=[config.training.seed, 1],
    )
    for arm, of in metrics.items():
        print(arm, {n: round(v[0], 3) for n, v in of["right"].items()}, of["losses"])


def _cases(right: Mapping[str, Mapping[str, np.ndarray]]) -> Iterator[dict[str, object]]:
    for arm, by_cast in right.items():
        for cast, of in by_cast.items():
            yield from ({"arm": arm, "cast": cast, "row": n, "right": r} for n, r in enumerate(of))


if __name__ == "__main__":
    main()
