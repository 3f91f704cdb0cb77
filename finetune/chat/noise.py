"""How people type: capitals and apostrophes lost, short forms, slips of the finger, filler."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from finetune.chat.fill import Piece
from llmrec.lab.typos import misspelt

_SHORT = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "why": "y",
    "please": "plz",
    "something": "smth",
    "with": "w",
    "and": "n",
    "because": "cuz",
    "tonight": "2nite",
    "to": "2",
    "for": "4",
    "movie": "mov",
    "movies": "movs",
    "film": "flick",
    "films": "flicks",
    "great": "gr8",
    "recommend": "rec",
    "want to": "wanna",
    "going to": "gonna",
    "got to": "gotta",
    "give me": "gimme",
    "do not know": "dunno",
    "though": "tho",
    "thanks": "thx",
    "people": "ppl",
    "know": "kno",
    "really": "rly",
    "minutes": "mins",
    "hours": "hrs",
    "favourite": "fav",
    "about": "abt",
    "probably": "prob",
}
_ENDS = (
    " pls",
    " please",
    " lol",
    " tbh",
    " thanks",
    "!",
    "!!",
    " haha",
    " :)",
    " ta",
    " cheers",
    "...",
)
_STARTS = (
    "hey ",
    "hi, ",
    "ok ",
    "ok so ",
    "hmm ",
    "so ",
    "um ",
    "right, ",
    "well ",
    "yeah ",
    "oh ",
)
_BRITISH = {"movie": "film", "movies": "films", "film": "movie", "films": "movies"}

Style = Callable[[str, random.Random], str]


def lowered(text: str, rng: random.Random) -> str:
    return text.lower()


def without_apostrophes(text: str, rng: random.Random) -> str:
    return re.sub(r"(?<=\w)['’](?=\w)", "", text)


def shortened(text: str, rng: random.Random) -> str:
    """Some words as they are typed on a phone."""

    def short(match: re.Match[str]) -> str:
        other = _SHORT.get(match[0].lower())
        return other if other and rng.random() < 0.6 else match[0]

    return re.sub(r"\b(?:" + "|".join(map(re.escape, _SHORT)) + r")\b", short, text, flags=re.I)


def swapped(text: str, rng: random.Random) -> str:
    return re.sub(r"\b(?:movies?|films?)\b", lambda m: _BRITISH[m[0]], text)


def drawn_out(text: str, rng: random.Random) -> str:
    """Some vowels held, as in "soooo good"."""

    def held(match: re.Match[str]) -> str:
        return match[0] * rng.randint(3, 5) if rng.random() < 0.15 else match[0]

    return re.sub(r"[aeiou](?=[a-z]?\b)", held, text)


def shouted(text: str, rng: random.Random) -> str:
    return text.upper()


STYLES: tuple[tuple[Style, float], ...] = (
    (swapped, 0.3),
    (shortened, 0.2),
    (without_apostrophes, 0.45),
    (misspelt, 0.12),
    (lowered, 0.6),
    (shouted, 0.015),
)
"""Each with the share of turns that it is done to."""
UNSEEN: Style = drawn_out
"""What no turn that is learned from is done."""
_BARE_END = 0.4
_FILLED = 0.1


def as_typed(
    pieces: Sequence[Piece], rng: random.Random, styles: Sequence[tuple[Style, float]] = STYLES
) -> list[Piece]:
    """The pieces of a turn as somebody types them; what they say is the same."""
    chosen = [style for style, share in styles if rng.random() < share]
    slipped = rng.randrange(len(pieces)) if pieces else 0
    typed = []
    for n, piece in enumerate(pieces):
        text = piece.text
        for style in chosen:
            keep = (style is misspelt and n != slipped) or (
                style in (shortened, swapped, drawn_out) and piece.part
            )
            text = text if keep else style(text, rng)
        typed.append(replace(piece, text=text))
    return _framed(typed, rng)


def _framed(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """With less at the end, or a word more at either."""
    if pieces and not pieces[-1].part and rng.random() < _BARE_END:
        pieces[-1] = replace(pieces[-1], text=pieces[-1].text.rstrip(".?! "))
    if rng.random() < _FILLED:
        pieces = [Piece(rng.choice(_STARTS)), *pieces]
    if rng.random() < _FILLED:
        last = pieces[-1] if pieces else Piece("")
        bare = last if last.part else replace(last, text=last.text.rstrip(".?! "))
        pieces = [*pieces[:-1], bare, Piece(rng.choice(_ENDS))]
    return [p for p in pieces if p.text]
