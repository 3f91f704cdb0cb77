"""ReDial's files as dialogues and moments."""

from pathlib import Path

import pytest

from classic.errors import BadInput
from llmrec.lab.redial import read_redial
from tests.llmrec.lab.talks import asked, film, learned, made_up_talks, write_redial


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only one in which data are looked for: a checkout may have ReDial itself beside it."""
    monkeypatch.setattr("classic.data.places.data_folders", lambda: iter([tmp_path]))
    return tmp_path


def test_mentions_by_number_are_films(folder: Path) -> None:
    row = learned(0)
    row["movieMentions"] |= {"7": "Why Not%3F  (1950)", "8": "Seinfeld", "9": None}
    row["messages"].append({"senderWorkerId": 1, "text": "@7 &amp; @8 not @9"})
    write_redial(folder, [row], asked(1))
    lines = read_redial().learned[0].lines
    assert [line.by for line in lines] == ["seeker", "recommender", "seeker", "recommender"]
    assert lines[0].named == (film(0),) and lines[1].named == (film(1), film(2))
    assert lines[3].named == ("Why Not? (1950)",)
    assert lines[3].words == ("", " & Seinfeld not @9")


def test_roles_follow_from_who_speaks_next(folder: Path) -> None:
    """Whoever opens: the recommender speaks after the last line."""
    rows = [
        {"dialog_id": "test_1", "context": [""], "resp": f"Hi, do you know {film(1)}"},
        {"dialog_id": "test_1", "context": ["", "Hi", "Hello"], "resp": "What?"},
        {"dialog_id": "test_1", "context": ["", "Hi", "Hello", film(0), "No"], "resp": film(2)},
        {"dialog_id": "test_2", "context": ["", "Hello"], "resp": film(2)},
    ]
    write_redial(folder, [learned(0)], rows)
    moments = read_redial().moments
    told = [[(line.by[0], line.told(line.named)) for line in m.lines] for m in moments]
    assert told == [
        [],
        [("r", "Hi"), ("s", "Hello")],
        [("r", "Hi"), ("s", "Hello"), ("r", film(0)), ("s", "No")],
        [("s", "Hello")],
    ]
    assert moments[2].reply.named == (film(2),) and moments[2].dialogue_id == "1"


def test_a_missing_file_is_named_with_its_source(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"valid_data.jsonl of github.com/RUCAIBox/iEvaLM-CRS"):
        read_redial()
    made_up_talks(folder)
    (folder / "redial" / "llm_zeroshot_crs" / "test.jsonl").unlink()
    with pytest.raises(BadInput, match=r"redial/llm_zeroshot_crs/test.jsonl is not here"):
        read_redial()


def test_a_dialogue_that_trains_is_not_asked_about(folder: Path) -> None:
    row = learned(0) | {"conversationId": "3"}
    write_redial(folder, [row], asked(3))
    with pytest.raises(BadInput, match="dialogue 3 is also in"):
        read_redial()


@pytest.mark.parametrize("broken", [{}, [], {"dialog_id": "x", "context": 3, "resp": ""}])
def test_a_line_of_something_else_is_named(folder: Path, broken: object) -> None:
    write_redial(folder, [learned(0)], [*asked(1), broken])
    with pytest.raises(BadInput, match=r"test.jsonl, line 3 is no dialogue"):
        read_redial()
    write_redial(folder, [learned(0), {"messages": []}], asked(1))
    with pytest.raises(BadInput, match=r"valid_data.jsonl, line 2 is no dialogue"):
        read_redial()
