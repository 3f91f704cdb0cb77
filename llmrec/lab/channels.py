"""The closed list of output channels: how an answer is asked for, and how it is read."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.special import softmax

from classic.data.interactions import History
from classic.errors import BadInput
from llmrec.lab.reading import (
    Reading,
    Shown,
    read_explanation,
    read_grounded,
    read_letters,
    read_list,
    read_text,
    unreadable,
)
from llmrec.lab.scene import LETTERS
from llmrec.llm.answers import MISSING

Form = Literal["options", "text", "json", "titles"]
_TOKENS_OF_A_LINE = 16
_TOKENS_OF_REASONS = 80
_TOKENS_OF_AN_IDEA = 40
_BEAMS = 20
"""Paths of a search, and so the most titles that it finds."""
Said = tuple[tuple[str, str], ...]
"""(role, text) of each message."""


@dataclass(frozen=True)
class Request:
    """One question to a model; `key` is its content, so that it is never asked twice. Of `titles`
    the options are what may be written, and with `beams` above 0 only so many are looked for.
    `history` is for a model that reads what a person did beside the words."""

    messages: Said
    form: Form
    options: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int = 1
    beams: int = 0
    history: History | None = None

    def key(self, model: str) -> str:
        content: list[Any] = [model, self.messages, self.form, self.options, self.schema]
        content.append(self.max_tokens)
        content += [self.beams] if self.beams else []
        if self.history is not None:
            content.append([self.history.item_ids, self.history.weights])
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def most_written(self) -> int:
        """Tokens that an answer may have where it is written and not only scored."""
        if self.form == "titles":
            return self.beams * self.max_tokens
        return 0 if self.form == "options" else self.max_tokens

    @property
    def chat(self) -> list[dict[str, str]]:
        return [{"role": role, "content": text} for role, text in self.messages]


@dataclass(frozen=True)
class Channel:
    """`part` is the context builder that shows what is asked about (`None`: a prompt need not show
    it), `at_once` of it in one prompt (`None`: all). `request` is given the messages and titles: of
    what is asked about, or, where an answer may name `anything`, of the whole catalogue but the
    history."""

    about: str
    part: str | None
    at_once: int | None
    request: Callable[[Said, Sequence[str]], Request]
    read: Callable[[Any, Shown], Reading]
    anything: bool = False

    @property
    def form(self) -> Form:
        """What a model must be able to do to answer."""
        return self.request((), ("",)).form


_OPTIONS = {"yes_no": ("Yes", "No"), "pair": ("A", "B"), "stars": ("1", "2", "3", "4", "5")}


def _options_of(name: str) -> Callable[[Said, Sequence[str]], Request]:
    def request(messages: Said, titles: Sequence[str]) -> Request:
        return Request(messages, "options", _OPTIONS.get(name) or tuple(LETTERS[: len(titles)]))

    return request


def _text(messages: Said, titles: Sequence[str]) -> Request:
    return Request(messages, "text", max_tokens=_TOKENS_OF_A_LINE * len(titles))


def _reasons(messages: Said, _: Sequence[str]) -> Request:
    return Request(messages, "text", max_tokens=_TOKENS_OF_REASONS)


def _idea(messages: Said, _: Sequence[str]) -> Request:
    return Request(messages, "text", max_tokens=_TOKENS_OF_AN_IDEA)


def _titles(beams: int = 0) -> Callable[[Said, Sequence[str]], Request]:
    def request(messages: Said, titles: Sequence[str]) -> Request:
        # No title has more tokens than bytes, and each has an end. In whose order it does not say.
        longest = max(len(title.encode()) for title in titles) + 1
        return Request(messages, "titles", tuple(sorted(set(titles))), {}, longest, beams)

    return request


def _json(messages: Said, titles: Sequence[str]) -> Request:
    n = len(titles)
    letters = {"type": "string", "enum": list(LETTERS[:n])}
    ranking = {"type": "array", "items": letters, "minItems": n, "maxItems": n}
    schema = {
        "type": "object",
        "properties": {"ranking": ranking},
        "required": ["ranking"],
        "additionalProperties": False,
    }
    return Request(messages, "json", schema=schema, max_tokens=6 * n + 16)


def _read_letters(scores: Sequence[float], shown: Shown) -> Reading:
    """The log-probability of each letter is the score of its item; a server tells those of its
    likeliest tokens only, and a letter that is not among them is missing."""
    told = {i: float(s) for i, s in zip(shown.items, scores, strict=True) if s > MISSING}
    missing = len(shown.items) - len(told)
    return Reading(told, {"missing": missing} if missing else {})


def _read_odds(scores: Sequence[float], shown: Shown) -> Reading:
    """The log odds of the first option are the score of the first item."""
    return Reading({shown.items[0]: float(scores[0]) - float(scores[1])})


def _read_stars(scores: Sequence[float], shown: Shown) -> Reading:
    """The mean over the stars by their probabilities, which has the least squared error."""
    told = np.array(scores, dtype=np.float64)
    if not (told > MISSING).any():
        return unreadable()
    return Reading({shown.items[0]: float(softmax(told) @ np.arange(1, len(told) + 1))})


def _read_json(value: object, shown: Shown) -> Reading:
    ranking = value.get("ranking") if isinstance(value, dict) else None
    return read_letters(ranking, shown) if isinstance(ranking, list) else unreadable()


def _read_titles(a_token: bool = False) -> Callable[[Sequence[tuple], Shown], Reading]:
    """What was written or scored is told as (title, log-probability, tokens), without typos. Items
    that go by one title share its score; a title that a search did not find is missing."""

    def read(told: Sequence[tuple], shown: Shown) -> Reading:
        by_title = {title: chance / (n if a_token else 1) for title, chance, n in told}
        pairs = zip(shown.items, shown.names, strict=True)
        scores = {item: by_title[title] for item, title in pairs if title in by_title}
        missing = len(shown.items) - len(scores)
        return Reading(scores, {"missing": missing} if missing else {})

    return read


def _read_idea(raw: object, shown: Shown) -> Reading:
    text = read_text(raw, _TOKENS_OF_AN_IDEA).text
    return read_grounded(text, shown) if text else unreadable()


CHANNELS: Mapping[str, Channel] = {
    "letters": Channel(
        "the log-probability of each item's letter",
        "candidates",
        None,
        _options_of("letters"),
        _read_letters,
    ),
    "yes_no": Channel(
        "the log odds of Yes, an item a prompt", "candidate", 1, _options_of("yes_no"), _read_odds
    ),
    "pair": Channel(
        "the log odds of A, two items a prompt", "pair", 2, _options_of("pair"), _read_odds
    ),
    "stars": Channel(
        "the mean of 1 to 5 stars by their probabilities, an item a prompt",
        "candidate",
        1,
        _options_of("stars"),
        _read_stars,
    ),
    "explanation": Channel(
        "a few sentences about one item, which are judged",
        "candidate",
        1,
        _reasons,
        read_explanation,
    ),
    "list": Channel("a written list, a line an item", "candidates", None, _text, read_list),
    "json": Channel("a JSON list of letters", "candidates", None, _json, _read_json),
    "titles": Channel(
        "the log-probability of each item's title as the answer",
        None,
        None,
        _titles(),
        _read_titles(),
    ),
    "title_means": Channel(
        "that of each title's mean token, which favours long titles",
        None,
        None,
        _titles(),
        _read_titles(a_token=True),
    ),
    "beam": Channel(
        f"the {_BEAMS} likeliest titles of the whole catalogue, found by a beam search",
        None,
        None,
        _titles(_BEAMS),
        _read_titles(),
        anything=True,
    ),
    "grounded": Channel(
        "a text, read by the titles it names and by what it is like",
        None,
        None,
        _idea,
        _read_idea,
    ),
}


def channel_named(name: str) -> Channel:
    """Raises `BadInput` for a name that is not in `CHANNELS`."""
    if name not in CHANNELS:
        raise BadInput(f"no output channel {name!r}; there are: {', '.join(CHANNELS)}")
    return CHANNELS[name]
