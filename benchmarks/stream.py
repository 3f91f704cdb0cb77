"""A ranker learns from a table larger than memory: how fast, how well, and at what peak memory.

`python -m benchmarks.stream --rows 100_000_000 --out results/stream`
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import expit

from classic.metrics import auc, log_loss
from classic.rank.features import Field, Schema
from classic.rank.fm import Fm, FmConfig
from classic.rank.ranker import FitConfig, fit_ranker
from classic.rank.stream import Stream
from classic.train.loop import TrainConfig
from llmrec.evaluate.record import write_record

FIELDS = (
    Field("user"),
    Field("item"),
    Field("kind"),
    Field("hour"),
    Field("device"),
    Field("age", "number"),
)
_PART = 1_000_000
_KINDS, _HOURS, _DEVICES = 50, 24, 5
_TASTES = 4


@dataclass(frozen=True, eq=False)
class World:
    """Who likes what, made up: log odds are a bias of the item, a product of tastes, and an hour
    that suits a kind. People and items are met by Zipf's law."""

    users: int
    items: int
    seed: int = 0

    def part(self, number: int, n: int) -> pl.DataFrame:
        hidden = np.random.default_rng(self.seed)
        tastes = hidden.normal(size=(self.users, _TASTES)).astype(np.float32)
        traits = hidden.normal(size=(self.items, _TASTES)).astype(np.float32)
        bias = hidden.normal(size=self.items)
        suits = hidden.normal(size=(_KINDS, _HOURS))
        rng = np.random.default_rng([self.seed, number + 1])
        user, item = self._drawn(self.users, n, rng), self._drawn(self.items, n, rng)
        hour, kind = rng.integers(0, _HOURS, n), item % _KINDS
        product = (tastes[user] * traits[item]).sum(axis=1) / _TASTES**0.5
        odds = 0.5 * bias[item] + product + 0.5 * suits[kind, hour] - 1.0
        return pl.DataFrame(
            {
                "user": user.astype(np.int32),
                "item": item.astype(np.int32),
                "kind": kind.astype(np.int32),
                "hour": hour.astype(np.int32),
                "device": rng.integers(0, _DEVICES, n).astype(np.int32),
                "age": rng.normal(40.0, 12.0, n).astype(np.float32),
                "like": (rng.random(n) < expit(odds)).astype(np.int8),
                "odds": odds.astype(np.float32),
            }
        )

    @staticmethod
    def _drawn(size: int, n: int, rng: np.random.Generator) -> np.ndarray:
        """int64 [n] of 0..size-1: the chance of each falls with its number."""
        return np.asarray(np.floor(size ** rng.random(n)) - 1.0).astype(np.int64)


def written(world: World, rows: int, folder: Path) -> Iterator[Path]:
    """Files of a million rows."""
    for number, first in enumerate(range(0, rows, _PART)):
        path = folder / f"part-{number:05}.parquet"
        world.part(number, min(_PART, rows - first)).write_parquet(path)
        yield path


def measure(rows: int, folder: Path, out: Path) -> None:
    world = World(users=max(rows // 100, 100), items=max(rows // 1000, 100))
    began = time.perf_counter()
    paths = tuple(written(world, rows, folder))
    on_disk = sum(path.stat().st_size for path in paths)
    print(f"{rows:,} rows, {on_disk / 2**30:.2f} GiB, in {time.perf_counter() - began:.0f} s")
    asked = world.part(len(paths), min(_PART, rows))
    began = time.perf_counter()
    schema = Schema.of(pl.scan_parquet(paths), FIELDS, ["like"])
    learning = time.perf_counter() - began
    print(f"schema of {schema.layout.rows:,} categories in {learning:.0f} s")
    stream = Stream(paths, schema)
    fitting = FitConfig(8192, TrainConfig(1, learning_rate=0.003, clip=None, warm_up_steps=0))
    began = time.perf_counter()
    net, _ = fit_ranker(stream, lambda: Fm(schema.layout, FmConfig()), fitting, None, print)
    seconds = time.perf_counter() - began
    examples, likes = schema.encode(asked), asked["like"].to_numpy() > 0
    base = np.full(len(likes), np.log(likes.mean() / (1.0 - likes.mean())))
    said = {"share of likes": base, "FM": net.logits(examples)[:, 0], "truth": asked["odds"]}
    found = {
        name: {"auc": auc(np.asarray(odds), likes), "logloss": log_loss(np.asarray(odds), likes)}
        for name, odds in said.items()
    }
    path = write_record(
        out,
        config={"rows": rows, "users": world.users, "items": world.items, "model": "fm"},
        metrics={
            "rows_per_second": round(rows / seconds),
            "training_seconds": round(seconds, 1),
            "schema_seconds": round(learning, 1),
            "parquet_gib": round(on_disk / 2**30, 3),
            "categories": schema.layout.rows,
            "held_out": found,
        },
        seeds=(0,),
    )
    print(path.read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--out", type=Path, default=Path("results/stream"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen.rows, Path(folder), chosen.out)


if __name__ == "__main__":
    main()
