"""The verifier lets true sentences pass and takes unsupported ones out."""

import pytest

from classic.data.films import load_films
from llmrec.dialogue.nouns import Evidence
from llmrec.dialogue.verify import verify

FILMS = load_films()
ITEMS = ("rear-window-1954", "notorious-1946", "chinatown-1974")
EVIDENCE = (
    Evidence(
        id="rear-window-1954#1",
        kind="content",
        text="it shares Alfred Hitchcock and murder with Psycho (1960)",
        item_id="rear-window-1954",
        refers_to="psycho-1960",
        share=0.4,
    ),
)
SAID = ("I loved Psycho and Vertigo, what next?",)


def left(reply: str) -> str:
    return verify(reply, catalog=FILMS, items=ITEMS, evidence=EVIDENCE, said=SAID).text


@pytest.mark.parametrize(
    "reply",
    [
        "Rear Window (1954) shares Alfred Hitchcock with Psycho.",
        "Chinatown was directed by Roman Polanski and stars Jack Nicholson.",
        "Notorious is a thriller from 1946.",
        "You loved Vertigo, so here are three films.",
        "Rear Window runs 112 minutes.",
        "Tell me which you have seen, or steer: newer, lighter, shorter.",
    ],
)
def test_true_sentences_pass(reply: str) -> None:
    assert left(reply) == reply


@pytest.mark.parametrize(
    "reply",
    [
        "You will also like The Godfather.",
        "Rear Window was directed by Billy Wilder.",
        "Chinatown (1984) is a classic.",
        "Notorious is a western.",
        "Rear Window runs 95 minutes.",
        "It won 7 awards.",
        "Chinatown stars Humphrey Bogart.",
        "Try “The Lost Weekend in Prague” next.",
        "Notorious was made in the 1970s.",
        "Here are twelve films for you.",
    ],
)
def test_unsupported_sentences_go(reply: str) -> None:
    assert left(reply) == ""


def test_only_the_false_sentence_goes() -> None:
    told = "Rear Window (1954) comes first. It was directed by Billy Wilder. Notorious follows."
    assert left(told) == "Rear Window (1954) comes first. Notorious follows."


def test_links_images_and_tags_never_pass() -> None:
    told = left("See [Notorious](http://x.example) ![pic](http://y.example/a.png) <b>now</b>.")
    assert "http" not in told
    assert "<" not in told
