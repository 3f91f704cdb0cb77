"""Runs put together by a mixed model: differences that were planted, and runs that do not match."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from classic.errors import BadInput
from llmrec.lab.kept import Block, Cell, read_runs
from llmrec.lab.together import DATA, MODEL, PERSON, REST, ROW, fit, together

pytest.importorskip("statsmodels")
METRIC = "ndcg@10/19neg"
GAINS = {"popularity": 0.0, "zero_shot": -0.1, "role": 0.1}


def block(
    data: str, models: Sequence[str], people: int = 60, seed: int = 0, noise: float = 0.2
) -> Block:
    """Values of 0.5, the row's own gain, somebody's own level, and noise."""
    rng = np.random.default_rng(seed)
    prompted = [Cell(row, model) for model in models for row in ("zero_shot", "role")]
    cells = (Cell("popularity", ""), *prompted)
    own = rng.normal(0, 0.3, (people, 1))
    gains = np.array([GAINS[cell.row] for cell in cells])
    values = 0.5 + own + gains + rng.normal(0, noise, (people, len(cells)))
    return Block(data, tuple(map(str, range(people))), cells, values)


def test_one_run_is_the_paired_difference() -> None:
    own = block("films", ["small"])
    found = fit(METRIC, [own], "popularity")
    assert set(found.spreads) == {PERSON, REST} and found.converged
    for n, cell in enumerate(own.cells[1:], start=1):
        told = next(e for e in found.estimates if e.row == cell.row)
        paired = own.values[:, n] - own.values[:, 0]
        assert told.gain == pytest.approx(paired.mean(), abs=1e-6)
        error = paired.std(ddof=1) / np.sqrt(len(paired))
        assert told.high - told.low == pytest.approx(2 * 1.96 * error, rel=0.35)
        assert (told.people, told.data_sets, told.models) == (60, 1, 1)


def test_planted_gains_are_found_over_data_sets_and_models() -> None:
    blocks = [block(data, ["small", "large"], seed=n) for n, data in enumerate("abc")]
    found = fit(METRIC, blocks, "popularity")
    assert set(found.spreads) == {PERSON, DATA, MODEL, ROW, REST}
    assert [e.row for e in found.estimates] == ["role", "popularity", "zero_shot"]
    for told in found.estimates:
        assert told.low <= GAINS[told.row] <= told.high
    best = found.estimates[0]
    assert best.low > 0 and (best.people, best.data_sets, best.models) == (180, 3, 2)


def test_a_strategy_that_is_worth_something_else_everywhere_gets_a_wide_interval() -> None:
    """The same mean gain, over data sets that agree and over ones that do not."""
    agree = [block(data, ["small"], seed=n, noise=0.05) for n, data in enumerate("abcd")]
    differ = [
        Block(b.data, b.users, b.cells, b.values + np.array([0.0, 0.0, shift]))
        for b, shift in zip(agree, (-0.3, 0.3, -0.2, 0.2), strict=True)
    ]
    widths = []
    for blocks in (agree, differ):
        role = next(e for e in fit(METRIC, blocks, "popularity").estimates if e.row == "role")
        widths.append(role.high - role.low)
    assert widths[1] > 3 * widths[0]


def kept(folder: Path, rows: Mapping[str, Sequence[float]], **changed: object) -> Path:
    """A run as the lab leaves it: people 0, 1, 2... with a value each."""
    told = {"data": "films", "protocol": "by hand", "model": "small", "hash": "1", "seed": 0}
    told |= {"metric": METRIC, **changed}
    for row, values in rows.items():
        own = folder / row
        own.mkdir(parents=True)
        strategy = row != "popularity"
        config = {
            "data": told["data"],
            "protocol": told["protocol"],
            "row": row,
            "model": told["model"] if strategy else None,
            "strategy": {"hash": told["hash"]} if strategy else {},
        }
        record = {"config": config, "metrics": {"means": {told["metric"]: 0.0}}}
        (own / "record.json").write_text(json.dumps({**record, "seeds": [told["seed"]]}))
        users = [str(n) for n in range(len(values))]
        pl.DataFrame({"user": users, told["metric"]: values}).write_parquet(own / "cases.parquet")
    return folder


VALUES = np.random.default_rng(0).random((2, 30)).tolist()
ROWS = {"popularity": VALUES[0], "zero_shot": VALUES[1]}


def test_kept_runs_give_a_summary_and_a_record(tmp_path: Path) -> None:
    runs = [
        kept(tmp_path / "a", ROWS),
        kept(tmp_path / "b", {row: values[:20] for row, values in ROWS.items()}, model="large"),
        kept(tmp_path / "c", ROWS, data="books"),
    ]
    lines = together(runs, "popularity", tmp_path / "out")
    assert {line.split()[0] for line in lines} == {"zero_shot", "popularity"}
    told = json.loads((tmp_path / "out" / "record.json").read_text())["metrics"]
    own = next(e for e in told["estimates"] if e["row"] == "zero_shot")
    # The second run asked twenty of the thirty: only they count there.
    assert (own["people"], own["data_sets"], own["models"]) == (50, 2, 2)
    text = (tmp_path / "out" / "together.md").read_text()
    assert "| row | books, small | films, small | films, large |" in text
    assert "With only 2 to tell how much data sets or models differ" in text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "zero_shot by small on films is in two runs"),
        ({"model": "large", "hash": "2"}, "several versions of its prompt"),
        ({"model": "large", "seed": 1}, "several candidate lists or seeds"),
        ({"data": "books", "metric": "ndcg@10/99neg"}, "several protocols"),
        ({"data": "books", "metric": "auc"}, "holds no finished ranking run"),
    ],
)
def test_runs_that_do_not_match_are_refused(
    changed: dict[str, object], told: str, tmp_path: Path
) -> None:
    first, other = kept(tmp_path / "a", ROWS), kept(tmp_path / "b", ROWS, **changed)
    with pytest.raises(BadInput, match=told):
        read_runs([first, other])


def test_a_reference_that_is_not_everywhere(tmp_path: Path) -> None:
    runs = [kept(tmp_path / "a", ROWS)]
    with pytest.raises(BadInput, match="'ease' is no row of the runs on films"):
        together(runs, "ease", tmp_path / "out")
