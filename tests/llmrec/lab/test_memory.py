"""Whether a data set is known by heart: who knows the numbers is found out, who guesses is not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.errors import BadInput
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.memory import Recall, measure, probe
from tests.llmrec.lab.fake import Fan

FILMS = load_films()


class Scholar(Fan):
    """Knows the file by heart."""

    def generate_text(self, messages: Any, **_: Any) -> Iterator[str]:
        self.calls += 1
        number = re.findall(r"^(.*)::$", messages[-1]["content"], re.MULTILINE)[-1]
        yield f"{FILMS[number].label}\nand so on"


class Guesser(Fan):
    """Says the same famous title every time."""

    def generate_text(self, messages: Any, **_: Any) -> Iterator[str]:
        self.calls += 1
        yield FILMS.items[0].title


def recall(model: Fan, folder: Path, n: int = 30) -> Recall:
    answers = Answers(folder / "answers.jsonl")
    found = probe(FILMS, Asking(model), answers, n, 0, lambda _: None)
    answers.close()
    return found


def test_who_knows_the_file_is_found_out(tmp_path: Path) -> None:
    found = recall(Scholar(), tmp_path)
    assert found.own.all() and not found.dealt.any()
    assert "memory +100.0%" in found.line()


def test_who_guesses_has_no_memory(tmp_path: Path) -> None:
    found = recall(Guesser(), tmp_path, n=60)
    assert found.own.mean() == found.dealt.mean() <= 1 / 60


def test_a_rerun_asks_nothing(tmp_path: Path) -> None:
    recall(Scholar(), tmp_path)
    again = Scholar()
    recall(again, tmp_path)
    assert again.calls == 0


def test_the_record_holds_the_shares(tmp_path: Path) -> None:
    import json

    measure("films", Asking(Scholar()), tmp_path, 10, 0, lambda _: None)
    metrics = json.loads((tmp_path / "record.json").read_text())["metrics"]
    assert metrics == {"told": 1.0, "told_by_dealt_numbers": 0.0, "memory": [1.0, 1.0, 1.0]}


def test_what_cannot_be_asked_about_is_refused(tmp_path: Path) -> None:
    few, answers = Catalog("few", FILMS.items[:3]), Answers(tmp_path / "answers.jsonl")
    with pytest.raises(BadInput, match="too few"):
        probe(few, Asking(Scholar()), answers, 5, 0, lambda _: None)
    with pytest.raises(BadInput, match="by text"):
        probe(FILMS, Asking(Scholar(can="options")), answers, 5, 0, lambda _: None)
    answers.close()
