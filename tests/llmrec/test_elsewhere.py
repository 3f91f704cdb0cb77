"""Turns of other data sets, their labels mapped to ours."""

import json
from pathlib import Path

import pytest

from classic.errors import BadInput
from llmrec.data import open_data
from llmrec.evaluate.elsewhere import (
    intents_right,
    opinions_in_redial,
    polarities,
    said_in_iard,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    def turn(who: str, text: str, *acts: str) -> dict:
        told = [{"intent": act, "slot_values": []} for act in acts]
        return {"participant": who, "utterance": text, "dialogue_acts": told}

    talk = [
        turn("AGENT", "Have you seen Heat (1995) ?", "REC-E"),
        turn("USER", "I loved Heat (1995)", "SEE"),
        turn("USER", "Thanks, bye", "OTH", "END"),
        turn("USER", "Can you find me a &quot;funny&quot; comedy...please", "IQU"),
        turn("USER", "hmm", "XYZ"),
    ]
    (tmp_path / "iard").mkdir()
    file = tmp_path / "iard" / "formatted_IARD_annotated_gold.json"
    file.write_text(json.dumps([{"conversation_id": "1", "conversation": talk}]))
    message = {"senderWorkerId": 1, "text": "I loved @10 but I hated @11 and saw @12"}
    dialogue = {
        "conversationId": "1",
        "initiatorWorkerId": 1,
        "movieMentions": {"10": "Heat  (1995)", "11": "Casino (1995)", "12": "No Film Here (1950)"},
        "initiatorQuestions": {"10": {"liked": 1}, "11": {"liked": 1}, "12": {"liked": 0}},
        "messages": [{"senderWorkerId": 2, "text": "Hi"}, message],
    }
    (tmp_path / "valid_data.jsonl").write_text(json.dumps(dialogue))
    return tmp_path


def test_single_acts_are_read_as_they_may_be(folder: Path) -> None:
    opened = open_data("films")
    said = said_in_iard(folder)
    assert [turn.readings[0] for turn in said] == ["rate", "recommend"]
    assert said[0].before == ("", "Have you seen Heat (1995) ?")
    assert said[1].text == 'Can you find me a "funny" comedy. please'
    assert intents_right(opened.rules, opened, said) == [True, True]


def test_opinions_are_those_of_films_that_are_here(folder: Path) -> None:
    opened = open_data("films")
    told = opinions_in_redial(folder, opened)
    assert [(o.item_id, o.liked) for o in told] == [("heat-1995", True), ("casino-1995", True)]
    assert polarities(opened.rules, opened, told) == {"liked, right": 1, "liked, wrong": 1}


def test_a_folder_without_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--folder"):
        said_in_iard(tmp_path)
