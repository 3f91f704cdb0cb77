"""Rows that teach explaining: true, whole, kept apart where they should be; and the job."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from classic.configure import configured
from classic.errors import BadInput
from finetune.chat.rows import is_apart
from finetune.explain.job import ExplainConfig, tune_explain
from finetune.explain.phrases import clauses, forms, frames, read_fact
from finetune.explain.rows import UNSEEN_KINDS, Builder, Row, RowsConfig
from finetune.job_file import read_job
from finetune.jobs import KEYS
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.made import digest
from finetune.tuning.tune import TuneConfig
from llmrec.data import open_data
from llmrec.dialogue.reasons import openings, refused
from llmrec.evaluate.claims import Claims
from llmrec.llm.adapters import ABOUT
from tests.finetune.chat.conftest import model as model  # a fixture
from tests.finetune.chat.conftest import needs_the_model

CONFIGS = Path(__file__).parents[3] / "finetune" / "configs"
ROWS = 120


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder(open_data("films").box)


@pytest.fixture(scope="module")
def rows(builder: Builder) -> list[Row]:
    return list(builder.rows(RowsConfig(rows=ROWS)))


def about(row: Row, builder: Builder) -> Iterator[str]:
    """The ids of the films that a row names."""
    texts = " ".join((row.title, *(fact.text for fact in row.facts)))
    return (item.item_id for item in builder.box.catalog if item.label in texts)


def test_what_is_learned_is_what_the_chat_would_tell(rows: list[Row], builder: Builder) -> None:
    for row in rows:
        item_id = row.facts[0].item_id
        assert refused(row.said, item_id, row.facts, builder.box.catalog) == "", row.said


def test_a_stranger_to_the_verifier_finds_nothing_unsupported(
    rows: list[Row], builder: Builder
) -> None:
    claims = Claims()
    for row in rows:
        behind = list(about(row, builder))
        assert claims.about_one(row.facts[0].item_id, row.said, "", behind) == [], row.said


def test_every_kind_of_fact_is_met_and_none_in_most_rows(rows: list[Row]) -> None:
    counts = {form.name: sum(form.name in row.kinds for row in rows) for form in forms()}
    assert sum(n > 0 for n in counts.values()) > 0.7 * len(counts)
    assert max(counts.values()) < 0.5 * ROWS


def test_words_begin_as_they_were_asked_to(rows: list[Row]) -> None:
    ways = {row.opening for row in rows}
    assert len(ways) > 10
    for row in rows:
        if row.opening == "its title":
            assert row.said.startswith(row.title) and f"Begin: {row.title}" in str(row.messages)
        elif row.opening != "freely":
            assert row.said.startswith(row.opening)


def test_every_opening_of_the_chat_is_learned() -> None:
    learned = {" ".join(frame.text.split()[:2]) for frame in frames()}
    learned |= {f"I {verb}" for verb in ("picked", "chose", "added")}
    assert set(openings()) - {"freely", "its title"} <= learned


def test_phrasings_films_and_combinations_are_kept_apart(rows: list[Row], builder: Builder) -> None:
    catalog = builder.box.catalog
    for row in rows:
        assert not any(map(is_apart, row.lines))
        assert not is_apart(row.facts[0].item_id)
        assert not any(is_apart(f.refers_to) for f in row.facts if f.refers_to in catalog)
        assert len(row.kinds) == 1 or not is_apart("+".join(sorted(row.kinds)))
    apart = {kind: list(builder.rows(RowsConfig(rows=8), kind)) for kind in UNSEEN_KINDS}
    assert all(any(map(is_apart, row.lines)) for row in apart["phrasings"])
    assert all(is_apart("+".join(sorted(row.kinds))) for row in apart["combinations"])
    for row in apart["titles"]:
        assert is_apart(row.facts[0].item_id)


def test_a_seed_makes_the_same_rows(rows: list[Row], builder: Builder) -> None:
    few = list(builder.rows(RowsConfig(rows=20)))
    assert digest(few) == digest(rows[:20])
    assert digest(list(builder.rows(RowsConfig(rows=20, seed=1)))) != digest(few)


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_a_fact_is_read_by_its_own_form_and_every_line_tells_all_of_it(form: object) -> None:
    values = {"other": "Heat (1995)", "reference": "Heat (1995)", "more": "newer"}
    fact = re.sub(r"\[(\w+)\]", lambda p: values.get(p[1], "X1"), form.fact)  # type: ignore[attr-defined]
    told = read_fact(fact)
    assert told.form is form
    for line in told.form.lines:
        said = told.clause(line, "Ran (1985)", random.Random(0))
        assert all(value in said for value in told.values.values()), said
        assert "[" not in said and "{" not in said


def test_a_form_can_name_the_title_and_leaves_lines_to_learn_from() -> None:
    for form in forms():
        own = [line for line in form.lines if not is_apart(line)]
        assert any(line.startswith("[it]") for line in own), form.name


def test_the_readings_of_a_frame_take_as_many_clauses() -> None:
    from finetune.chat.phrases import one_reading

    for frame in frames():
        sizes = {len(clauses(one_reading(frame.text, random.Random(n)))) for n in range(20)}
        assert sizes == {frame.size}, frame.text


def test_a_fact_that_nothing_tells_is_an_error() -> None:
    with pytest.raises(BadInput, match="it won eleven prizes"):
        read_fact("it won eleven prizes")


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("explain-*.yaml")), ids=lambda f: f.stem)
def test_the_files_that_ship_say_what_the_job_knows(file: Path) -> None:
    told = read_job(file, KEYS, needed=("out",))
    assert configured(ExplainConfig(), told["settings"]).rows.rows > 0


@needs_the_model
def test_an_adapter_is_made_and_says_of_what(model: Path, tmp_path: Path) -> None:
    config = ExplainConfig(
        model=str(model),
        unseen=4,
        rows=RowsConfig(rows=16),
        adapter=AdapterConfig(rank=2, alpha=4),
        training=TuneConfig(batch_tokens=512, half_precision=False),
    )
    tune_explain(config, tmp_path / "explain", "llmrec finetune explain", lambda s: None)
    told = json.loads((tmp_path / "explain" / ABOUT).read_text())
    assert told["rows"] == 16 and set(told["unseen"]) == set(UNSEEN_KINDS)
    assert told["terms"].startswith("Apache-2.0")
