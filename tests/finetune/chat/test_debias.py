"""Whether an adapter reads the sentence or the film: casts that differ in nothing else."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from classic.data.films import load_films
from finetune.chat import debias
from finetune.chat.debias import casts, losses, rows_by_cast
from finetune.chat.rows import is_apart
from tests.finetune.chat.conftest import needs_the_model
from tests.finetune.chat.test_rows import builder


def test_casts_differ_in_fame_and_in_what_was_met() -> None:
    films = load_films()
    fame = {i.item_id: i.attributes.get("fame", 0.0) for i in films}
    found = casts(films)
    assert all(len(items) >= 20 for items in found.values())
    for name, items in found.items():
        assert {is_apart(i.item_id) for i in items} == {name.endswith("never met")}
    least = min(fame[i.item_id] for n, own in found.items() if n[0] == "w" for i in own)
    assert least >= max(fame[i.item_id] for n, own in found.items() if n[0] == "l" for i in own)


def test_every_cast_plays_the_same_phrasings() -> None:
    rows = rows_by_cast(builder(), 60, seed=0)
    said = {name: [row.phrasing for row in own] for name, own in rows.items()}
    assert len({tuple(lines) for lines in said.values()}) == 1
    assert 20 < len(rows["numbers"]) <= 60
    assert all(is_apart(line) for line in said["numbers"])
    for name, items in casts(load_films()).items():
        own, spans = {i.item_id for i in items}, [s for r in rows[name] for s in r.form.spans]
        films = [set(span.values) for span in spans if span.kind == "film"]
        assert np.mean([bool(values & own) for values in films]) > 0.7, name


def test_what_is_lost_is_counted_by_hand() -> None:
    right = {
        "well known, met": np.array([1.0, 1, 1, 1]),
        "well known, never met": np.array([1.0, 1, 1, 0]),
        "little known, met": np.array([1.0, 1, 0, 0]),
        "little known, never met": np.array([1.0, 0, 0, 0]),
    }
    found = losses(right)
    assert found["fame"][0] == pytest.approx(7 / 8 - 3 / 8)
    assert found["memory"][0] == pytest.approx(6 / 8 - 4 / 8)
    assert found["fame"][1][0] <= found["fame"][0] <= found["fame"][1][1]


@needs_the_model
def test_both_arms_are_trained_and_told_of(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "tiny.yaml"
    rows = {"rows": 24, "masked": 0.33}
    training = {"batch_tokens": 8192, "half_precision": False}
    settings = {"rows": rows, "adapter": {"rank": 2}, "training": training}
    config.write_text(json.dumps({"out": "x", "settings": {"model": str(model), **settings}}))
    monkeypatch.setattr(debias, "_CONFIG", config)
    given = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--rows", "30"]
    monkeypatch.setattr(sys, "argv", ["debias", *given, "--minutes", "0.5"])
    debias.main()
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert set(record["metrics"]["masked"]["right"]) == {*casts(load_films()), "numbers"}
    assert set(record["metrics"]["masked_over_plain"]) == {*casts(load_films()), "numbers"}
    shares = [
        json.loads((tmp_path / "work" / arm / "about.json").read_text())["config"]["rows"]["masked"]
        for arm in ("masked", "plain")
    ]
    assert shares == [0.33, 0.0]
