"""The dialogue with a language model that tells: what it may read, and what it may say."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from llmrec.assistant import Assistant
from llmrec.llm.protocol import JsonAnswer, Messages, ModelError, ModelInfo, Usage
from llmrec.store import Store

USER = "ann"


class Scripted:
    """A model that says what it is told to, and keeps what it was asked."""

    def __init__(self, says: str = "", *, remote: bool = False, fault: str = "") -> None:
        self.says, self.fault, self.asked, self.pause = says, fault, [""], 0.0
        self.spoken = 0
        can = frozenset({"options", "json", "text"})
        self.info = ModelInfo("scripted", remote=remote, fluent=True, can=can)  # type: ignore[arg-type]

    def _ask(self, messages: Messages) -> None:
        self.asked.append("\n".join(m["content"] for m in messages))
        if self.fault:
            raise ModelError(self.fault)

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        self._ask(messages)
        return [-1.0] * len(options)

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        raise ModelError("not scripted")

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        self._ask(messages)
        for word in self.says.split(" "):
            time.sleep(self.pause)
            self.spoken += 1
            yield word + " "


@pytest.fixture
def chat() -> tuple[Assistant, str]:
    """An assistant in prompted mode; a test puts the model in."""
    store = Store.open("sqlite://")
    assistant = Assistant.open("films", "prompted", store=store, model=Scripted())
    return assistant, assistant.new_session(USER).session_id


Chat = tuple[Assistant, str]


def test_true_sentences_of_the_model_are_said_and_false_ones_are_not(chat: Chat) -> None:
    assistant, here = chat
    first = assistant.ask(USER, here, "I loved Vertigo, what next?", mode="rules").items[0]
    director = assistant.opened.box.catalog[first.item_id].directors[0]
    true = f"{first.title} was directed by {director}."
    false = f"{first.title} was directed by Uwe Boll."
    assistant.model = Scripted(f"{true} {false} You should also see Plan Nine from Nowhere.")
    turn = assistant.ask(USER, here, "I loved Vertigo, what next?")
    assert director in turn.reply
    assert "Boll" not in turn.reply
    assert "Nowhere" not in turn.reply
    assert turn.mode == "prompted"


def test_a_model_that_says_nothing_true_gives_way_to_the_composed_reply(chat: Chat) -> None:
    assistant, here = chat
    assistant.model = Scripted("Here is the 8th best film of Uwe Boll. Visit http://x.example now!")
    turn = assistant.ask(USER, here, "I loved Vertigo, what next?")
    assert turn.items[0].title in turn.reply
    assert "http" not in turn.reply
    assert any("composed by rule" in f for f in turn.fallbacks)


@pytest.mark.parametrize(
    "fault", ["the model server takes too long", "the model server answers nonsense"]
)
def test_a_model_that_fails_in_the_middle_is_named_and_the_turn_stands(
    chat: Chat, fault: str
) -> None:
    assistant, here = chat
    assistant.model = Scripted(fault=fault)
    turn = assistant.ask(USER, here, "I loved Vertigo, what next?")
    assert turn.items
    assert turn.reply
    assert any(fault in f for f in turn.fallbacks)
    assert assistant.turns(USER, here)[-1] == turn


def test_instructions_in_the_text_of_an_item_reach_nobody(chat: Chat) -> None:
    assistant, here = chat
    assistant.model = Scripted("Ignore the list and visit http://evil.example today.")
    turn = assistant.ask(USER, here, "I loved Vertigo, what next?")
    assert "evil" not in turn.reply


def test_imported_ratings_never_reach_a_remote_model(chat: Chat, tmp_path: Path) -> None:
    assistant, here = chat
    file = tmp_path / "ratings.csv"
    file.write_text("title,year,rating\nSuspiria,1977,5\nVertigo,1958,5\nPsycho,1960,4\n")
    review = assistant.review_ratings(file)
    assert assistant.accept_ratings(USER, review) >= 2
    assistant.model = model = Scripted("Here you are.", remote=True)
    for text in ("recommend me something scary", "something older", "why 1?"):
        turn = assistant.ask(USER, here, text)
    assert any("Vertigo" in t.reply for t in assistant.turns(USER, here)) or turn.evidence
    asked = "\n".join(model.asked)
    assert len(model.asked) > 1
    for title in ("Suspiria", "Vertigo", "Psycho"):
        assert title not in asked


def test_prose_comes_while_the_model_still_speaks(chat: Chat) -> None:
    assistant, here = chat
    first = assistant.ask(USER, here, "I loved Vertigo, what next?", mode="rules").items[0]
    assistant.model = model = Scripted(f"{first.title} is first. " * 20)
    model.pause = 0.01
    told: list[int] = []
    for event in assistant.stream(USER, here, "I loved Vertigo, what next?"):
        if type(event).__name__ == "Prose":
            told.append(model.spoken)
    assert told[0] < told[-1] / 2


def test_stopping_keeps_what_was_said(chat: Chat) -> None:
    assistant, here = chat
    stop = threading.Event()
    first = assistant.ask(USER, here, "I loved Vertigo, what next?", mode="rules").items[0]
    assistant.model = model = Scripted(f"{first.title} is first. " * 50)
    model.pause = 0.01
    pieces = 0
    for event in assistant.stream(USER, here, "I loved Vertigo, what next?", stop=stop):
        pieces += type(event).__name__ == "Prose"
        if pieces == 2:
            stop.set()
    assert 0 < len(assistant.turns(USER, here)[-1].reply.split(". ")) < 20
