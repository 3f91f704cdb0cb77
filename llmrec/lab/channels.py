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
    read_letters,
    read_list,
    unreadable,
)
from llmrec.lab.scene import LETTERS
from llmrec.llm.answers import MISSING

Form = Literal["options", "text", "json"]
_TOKENS_OF_A_LINE = 16
_TOKENS_OF_REASONS = 80


@dataclass(frozen=True)
class Request:
    """One question to a model; `key` is its content, so that it is never asked twice. `history` is
    for a model that reads what a person did beside the words."""

    messages: tuple[tuple[str, str], ...]
    form: Form
    options: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int = 1
    history: History | None = None

    def key(self, model: str) -> str:
        content: list[Any] = [model, self.messages, self.form, self.options, self.schema]
        content.append(self.max_tokens)
        if self.history is not None:
            content.append([self.history.item_ids, self.history.weights])
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def chat(self) -> list[dict[str, str]]:
        return [{"role": role, "content": text} for role, text in self.messages]


@dataclass(frozen=True)
class Channel:
    """`part` is the context builder that shows what is asked about, `at_once` of it in one prompt
    (`None`: all)."""

    about: str
    part: str
    at_once: int | None
    request: Callable[[tuple[tuple[str, str], ...], int], Request]
    read: Callable[[Any, Shown], Reading]


_OPTIONS = {"yes_no": ("Yes", "No"), "pair": ("A", "B"), "stars": ("1", "2", "3", "4", "5")}


def _options_of(name: str) -> Callable[[tuple[tuple[str, str], ...], int], Request]:
    def request(messages: tuple[tuple[str, str], ...], n: int) -> Request:
        return Request(messages, "options", _OPTIONS.get(name) or tuple(LETTERS[:n]))

    return request


def _text(messages: tuple[tuple[str, str], ...], n: int) -> Request:
    return Request(messages, "text", max_tokens=_TOKENS_OF_A_LINE * n)


def _reasons(messages: tuple[tuple[str, str], ...], n: int) -> Request:
    return Request(messages, "text", max_tokens=_TOKENS_OF_REASONS)


def _json(messages: tuple[tuple[str, str], ...], n: int) -> Request:
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
}


def channel_named(name: str) -> Channel:
    """Raises `BadInput` for a name that is not in `CHANNELS`."""
    if name not in CHANNELS:
        raise BadInput(f"no output channel {name!r}; there are: {', '.join(CHANNELS)}")
    return CHANNELS[name]
