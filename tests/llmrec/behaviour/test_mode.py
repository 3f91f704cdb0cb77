"""Mode `ptum`: the shipped weights in the chat, and reasons that are so."""

from pathlib import Path

import numpy as np
import pytest

from classic.data.films import load_films
from classic.data.interactions import History
from classic.errors import BadInput
from classic.query import Query
from llmrec.assistant import Assistant
from llmrec.behaviour.weights import has_weights, open_ptum
from llmrec.data import open_data
from llmrec.retrievers import retrievers
from llmrec.store import Store

USER = "somebody"
LIKED = ("heat-1995", "seven-1995", "fargo-1996")


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return Assistant.open("films", "ptum", store=Store.open(f"sqlite:///{tmp_path / 'chat.db'}"))


def test_what_is_named_is_read_as_behaviour(assistant: Assistant) -> None:
    here = assistant.new_session(USER).session_id
    turn = assistant.ask(USER, here, "loved Heat, Seven and Fargo, what next")
    assert (turn.mode, turn.fallbacks) == ("ptum", ())
    assert len(turn.items) >= 5
    named = {source for s in turn.items for source in s.sources if source.startswith("model:")}
    assert {"model:heat-1995", "model:seven-1995"} & named
    assert any(e.kind == "model" for s in turn.items for e in s.evidence)
    limited = assistant.ask(USER, here, "only after 2005")
    assert limited.items and all(s.year and s.year >= 2006 for s in limited.items)


@pytest.mark.parametrize(
    "text", ["what kind of films do I like?", "what do you know about my taste"]
)
def test_who_asks_after_their_taste_is_told_it_with_what_it_rests_on(
    assistant: Assistant, text: str
) -> None:
    here = assistant.new_session(USER).session_id
    assert "Nothing yet" in assistant.ask(USER, here, text).reply
    assistant.ask(USER, here, "loved Heat, Seven and Fargo, what next")
    told = assistant.ask(USER, here, text)
    assert told.intent == "chat" and [s.tool for s in told.trace if s.tool] == ["user_profile"]
    assert "What you told me: Heat (1995): liked" in told.reply
    assert "this taste leans to" in told.reply and "x the average" in told.reply
    assert {e.refers_to for e in told.evidence} <= set(LIKED) and told.evidence
    by_rule = assistant.ask(USER, here, text, mode="rules")
    assert "What you told me" in by_rule.reply and "leans to" not in by_rule.reply


def test_taking_the_cited_film_away_lowers_the_score() -> None:
    """Faithful by construction: a source is what the score loses without it."""
    box = open_data("films", "ptum").box
    query = Query(history=History.of(*LIKED), k=20)
    found = box.pipeline.recommend(query)
    cited = 0
    for item_id, sources in zip(found.item_ids, found.sources, strict=True):
        own = {s.removeprefix("model:"): v for s, v in sources.items() if s[len("model:") :]}
        best = max((s for s in own if s in LIKED), key=lambda s: own[s], default=None)
        if best is None or own[best] <= 0.05:
            continue
        cited += 1
        without = Query(history=query.history.without(best), k=20)
        before, after = (box.pipeline.score(q, (item_id,)).scores[0] for q in (query, without))
        assert after < before, f"{item_id} without {best}"
    assert cited >= 5


def test_the_shipped_weights_know_the_catalogue() -> None:
    films = load_films()
    model = open_ptum("films", films)
    assert model.item_ids == films.ids
    neo_noir, toys = (model.fold_in(History.of(*own)) for own in (LIKED, ("toy-story-1995",)))
    lambs, lion = films.row("the-silence-of-the-lambs-1991"), films.row("the-lion-king-1994")
    assert neo_noir[lambs] > neo_noir[lion]
    assert toys[lion] > np.median(toys)


def test_what_was_hated_is_read_too() -> None:
    model = open_ptum("films", load_films())
    liked = model.fold_in(History.of(*LIKED))
    hated = model.fold_in(History(LIKED, (-1.0, -1.0, -1.0)))
    assert not np.allclose(liked, hated)


def test_a_catalogue_that_nothing_was_pre_trained_on(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLMREC_HOME", str(tmp_path))
    assert not has_weights("ml-100k")
    with pytest.raises(BadInput, match="llmrec pretrain ptum --data ml-100k"):
        open_ptum("ml-100k", load_films())
    listed = {info.name: info.note for info in retrievers("films")}
    assert listed["ptum"] == ""
    assert {i.name: i.note for i in retrievers("ml-100k")}["ptum"] == "pre-train first"
