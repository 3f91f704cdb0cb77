"""Posters and cards: the same film always the same, nothing from outside unescaped."""

import xml.etree.ElementTree as ET

from app import markup
from app.poster import poster
from classic.data.films import load_films
from classic.data.item import Item
from llmrec.dialogue.nouns import Evidence, Preference, Turn
from llmrec.shelf import Card

HOSTILE = '"><script>alert(1)</script><img src=http://evil.example/x.png onerror=x>'
BAD = Item(
    item_id='x"><b>',
    title=HOSTILE,
    year=2000,
    genres=(HOSTILE,),
    directors=(HOSTILE,),
    runtime=90,
    text=HOSTILE,
)


def test_every_poster_is_valid_and_always_the_same() -> None:
    for film in load_films():
        drawn = poster(film)
        assert drawn == poster(film)
        assert ET.fromstring(drawn).attrib["aria-label"].endswith(film.label)


def test_a_wall_of_posters_is_varied() -> None:
    drawn = {poster(f).split("<path d=")[0][-400:] for f in load_films().items[:60]}
    assert len(drawn) > 40


def test_hostile_item_text_stays_text() -> None:
    told = markup.card(Card(BAD, why=HOSTILE)) + markup.wall([Card(BAD)]) + poster(BAD)
    told += markup.said(HOSTILE, "t") + markup.reply(HOSTILE)
    told += markup.known([(Preference(kind="genre", value="x", utterance=HOSTILE), HOSTILE)])
    told += markup.chats([("s", HOSTILE)], "s") + markup.offers([HOSTILE])
    told += markup.trace(
        Turn(text="a", reply="b", mode="rules", intent="chat", fallbacks=(HOSTILE,))
    )
    assert "<script" not in told
    assert "<img" not in told
    assert "<b>" not in told.replace("<b>&quot;", "").replace("</b>", "")


def test_claims_are_marked_with_their_source() -> None:
    fact = Evidence(
        id="a#1",
        kind="content",
        text="it shares murder with Psycho (1960)",
        item_id="a",
        refers_to="psycho-1960",
    )
    told = markup.reply("Rear Window comes first: it shares murder with Psycho (1960).", [fact])
    assert told.count('class="claim"') == 1
    assert "psycho-1960" in told
