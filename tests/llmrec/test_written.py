"""Tags that a language model writes: what is read of its answers, kept, and gone on with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic.data.written import written_file, written_tags
from classic.errors import BadInput
from classic.evaluate.table_text import tags_of as beside_of
from llmrec.evaluate.written import tags_of, write_all
from llmrec.llm.prompt_files import load_prompt
from llmrec.llm.protocol import ModelError, ModelInfo
from tests.small import catalog


class Parrot:
    """Says one thing, until it is down."""

    info = ModelInfo("parrot", can=frozenset({"text"}))

    def __init__(self, answers: int = 10**9) -> None:
        self.left, self.asked = answers, []

    def generate_text(self, messages: Any, **_: Any) -> Iterator[str]:
        if not self.left:
            raise ModelError("down")
        self.left -= 1
        self.asked.append(messages[-1]["content"])
        yield from ("Dark", ", rain, ", "dark,  A Train.")


def test_an_answer_is_its_different_keywords() -> None:
    assert tags_of("Dark, rain, dark,  A  Train.") == ("dark", "rain", "a train")
    assert tags_of("war, war, war, war") == ("war",)
    assert tags_of(" ,, ") == ()


@given(st.text())
def test_no_answer_breaks_it(answer: str) -> None:
    found = tags_of(answer)
    assert len(found) <= 6
    assert len(set(found)) == len(found) and all(found)


def test_what_was_cut_off_goes_on(tmp_path: Path) -> None:
    items, path = list(catalog()), tmp_path / "own" / "tags.jsonl"
    prompt = load_prompt("write_tags")
    first = Parrot(2)
    with pytest.raises(ModelError):
        list(write_all(items, first, prompt, path))  # type: ignore[arg-type]
    assert len(path.read_text("utf-8").splitlines()) == 2
    second = Parrot()
    assert len(list(write_all(items, second, prompt, path))) == len(items)  # type: ignore[arg-type]
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["item_id"] for line in lines] == [item.item_id for item in items]
    assert len(second.asked) == len(items) - 2
    assert items[2].title in second.asked[0]
    assert lines[0]["tags"] == ["dark", "rain", "a train"]


def test_rankers_read_them_beside_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path))
    known = catalog()
    with pytest.raises(BadInput, match=f"--data {known.name}"):
        written_tags(known.name)
    path = written_file(known.name)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"item_id": known.ids[0], "tags": ["dark"]}) + "\n", "utf-8")
    beside = beside_of(known, (known.ids[1], known.ids[0]))
    assert beside.columns["written"].to_list() == [[], ["dark"]]
    assert [field.kind for field in beside.fields] == ["many"]
