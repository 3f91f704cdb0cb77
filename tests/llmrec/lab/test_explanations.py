"""Explanations: what is stated is counted by hand here, by an independent reader there."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from classic.data.catalog import Catalog
from classic.data.datasets import Loaded
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.errors import BadInput
from llmrec.evaluate.claims import Claims
from llmrec.lab import evaluate as lab
from llmrec.lab import explanations
from llmrec.lab.asking import Asking
from llmrec.lab.evaluate import Wanted, evaluate
from llmrec.lab.explanations import (
    BASE,
    ExplanationTask,
    explanation_rows,
    facts_stated,
    open_explanations,
    read,
    texts_of,
)
from llmrec.lab.task import Case
from tests.llmrec.lab.fake import Writer
from tests.llmrec.lab.made_up import made_up_task

WHOLE = made_up_task(4)
FILMS = WHOLE.catalog
CASE = Case("0", ("casino-1995", "alien-1979", "jaws-1975"), ("heat-1995",), "heat-1995")
OTHER = Case("1", ("alien-1979", *FILMS.ids[:2]), ("jaws-1975",), "jaws-1975")
TASK = ExplanationTask("films", "made up", FILMS, (CASE, OTHER), WHOLE.train)
CLAIMS = Claims()
TRUE = "Heat (1995) was directed by Michael Mann and has Robert De Niro, like Casino (1995)."
FALSE = "Heat (1995) was directed by Ridley Scott. Heat (1995) came out in 1979."


def test_what_is_stated_and_what_nothing_carries_are_counted() -> None:
    told = read(TASK, CASE, TRUE, CLAIMS)
    assert (told.supported, told.unsupported, told.personal) == (3, 0, True)
    wrong = read(TASK, CASE, FALSE, CLAIMS)
    assert (wrong.supported, wrong.unsupported) == (0, 2) and not wrong.personal
    empty = read(TASK, CASE, "You will love it.", CLAIMS)
    assert (empty.supported, empty.unsupported, empty.words) == (0, 0, 4)


def test_a_year_in_a_title_states_nothing() -> None:
    heat = FILMS["heat-1995"]
    assert facts_stated(heat, "_ is good, but no criminal") == set()
    assert facts_stated(heat, "From 1995, a Crime film") == {"1995", "crime"}
    told = read(TASK, CASE, "Heat (1995) is good, and so is Casino.", CLAIMS)
    assert (told.supported, told.bare) == (1, "_ is good, and so is _.")


def test_a_title_within_a_longer_one_is_not_named() -> None:
    sequel = Case("2", ("alien-1979", "jaws-1975", "casino-1995"), ("aliens-1986",), "aliens-1986")
    told = read(TASK, sequel, "Aliens (1986) is good.", CLAIMS)
    assert (told.personal, told.bare) == (False, "_ is good.")
    told = read(TASK, CASE, "Die Hard 2 (1990) is good.", CLAIMS)
    assert told.unsupported == 1


def test_texts_that_differ_in_titles_alone_are_alike() -> None:
    famous = [f"Many people liked {FILMS[case.truth].label}." for case in TASK.cases]
    rows = {row.name: row for row in explanation_rows(TASK, texts_of(TASK), ())}
    assert rows["popularity"].metrics["alike"] == 1.0
    assert texts_of(TASK)["popularity"] == famous
    assert np.isnan(rows["popularity"].metrics["precision"])


def test_the_template_is_true_and_somebody_elses_is_not() -> None:
    rows = {row.name: row.metrics for row in explanation_rows(TASK, texts_of(TASK), ())}
    assert rows[BASE]["unsupported"] == 0.0 and rows[BASE]["precision"] == 1.0
    assert rows[BASE]["personal"] == 1.0
    assert rows["another's"]["precision"] < rows[BASE]["precision"]


def test_who_says_nothing_is_neither_clean_nor_personal() -> None:
    texts = {**texts_of(TASK), "mute": ["", ""]}
    row = next(r for r in explanation_rows(TASK, texts, ("mute",)) if r.name == "mute")
    assert row.strategy and row.unread == 1.0
    assert (row.metrics["clean"], row.metrics["personal"], row.metrics["words"]) == (0, 0, 0)


def run(folder: Path, model: Writer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(lab, "task_of", lambda _: TASK)
    monkeypatch.setattr(lab, "asking_of", lambda _: Asking(model))
    names = [f"explanation_{name}" for name in ("zero_shot", "facts", "verified")]
    return evaluate(Wanted(folder, task="explanations", strategies=names), lambda _: None)


def test_one_command_tells_what_was_written_and_what_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model lies until it is told what no fact supports."""

    def text(asked: str) -> str:
        return "It is a film that you know." if "has to go" in asked else FALSE

    model = Writer((), text)
    told = run(tmp_path, model, monkeypatch)
    assert len(told) == 6
    mended = [asked for asked in model.asked_to_write if "has to go" in asked]
    assert len(mended) == 2 and "directed by Ridley Scott" in mended[0].split("has to go")[1]
    rows = {
        name: json.loads((tmp_path / f"explanation_{name}" / "record.json").read_text())
        for name in ("zero_shot", "verified")
    }
    assert rows["zero_shot"]["metrics"]["means"]["unsupported"] > 1
    assert rows["verified"]["metrics"]["means"]["unsupported"] == 0
    cases = pl.read_parquet(tmp_path / "explanation_facts" / "cases.parquet")
    assert cases["text"].to_list() == [FALSE, FALSE]
    report = (tmp_path / "report.md").read_text()
    assert "| **explanation_zero_shot** |" in report and FALSE in report
    assert (tmp_path / "report.html").is_file()


def test_facts_are_those_of_the_film_and_shared_ones_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Writer((), lambda _: "Heat (1995) was directed by Michael Mann.")
    run(tmp_path, model, monkeypatch)
    asked = next(a for a in model.asked_to_write if "What is known of it" in a and "Heat" in a)
    shown = [line for line in asked.split("What is known of it:")[1].splitlines() if line]
    assert shown[0].startswith("- it is with Robert De Niro, as Casino (1995) is")
    assert "- it was directed by Michael Mann" in shown
    [mended] = [a for a in model.asked_to_write if a.startswith("The film is Heat (1995)")]
    assert "The text: Heat (1995) was directed by Michael Mann." in mended
    assert "has to go" not in mended


def test_likes_of_films_whose_facts_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [FILMS[i].title for i in ("casino-1995", "alien-1979", "jaws-1975", "heat-1995")]
    years = (1995, 1979, 1975, 1995)
    items = [Item(str(n), t, y) for n, (t, y) in enumerate(zip(names, years, strict=True))]
    catalog = Catalog("mine", (*items, Item("9", "Never Made", 2001)))
    told = Interactions(
        np.zeros(5, np.int32), np.array([0, 1, 4, 2, 3], np.int32), ("u",), catalog.ids
    )
    loaded = Loaded(catalog, told)
    monkeypatch.setattr(explanations, "load", lambda _: loaded)
    task = open_explanations("mine")
    assert task.cases == (replace(CASE, user="u"),)
    assert len(task.train) == 3
    monkeypatch.setattr(explanations, "load", lambda _: replace(loaded, interactions=None))
    with pytest.raises(BadInput, match="try --data ml-latest-small"):
        open_explanations("mine")
