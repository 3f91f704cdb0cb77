"""Reading what a model sent back: option scores, JSON, usage."""

import json
import math
from collections.abc import Mapping, Sequence

from llmrec.llm.protocol import ModelError, Usage

MISSING = -20.0
"""Log-probability of an option that is not among the reported tokens."""


def option_scores(top: Sequence[Mapping[str, object]], options: Sequence[str]) -> list[float]:
    """Log-probabilities over the options from a server's `top_logprobs`; tokens that differ in
    case or a leading blank count as the same option."""
    mass = dict.fromkeys(options, 0.0)
    for entry in top:
        token = str(entry["token"]).strip()
        for option in options:
            if token.casefold() == option.casefold():
                mass[option] += math.exp(float(str(entry["logprob"])))
    total = sum(mass.values())
    if total <= 0.0:
        raise ModelError("the model gave none of the options any probability")
    return [math.log(mass[o] / total) if mass[o] > 0 else MISSING for o in options]


def read_json(text: str) -> object:
    """The JSON value in a model's answer: as it stands, or its first balanced object.

    Raises `ModelError` when there is none.
    """
    for candidate in (text, _first_object(text)):
        if candidate is not None:
            try:
                return json.loads(candidate)
            except json.JSONDecodeError:
                continue
    raise ModelError("the model's answer holds no JSON")


def _first_object(text: str) -> str | None:
    """The first `{...}` whose braces balance outside of strings."""
    start = text.find("{")
    if start < 0:
        return None
    depth, quoted, escaped = 0, False, False
    for place in range(start, len(text)):
        char = text[place]
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted, escaped = True, False
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return text[start : place + 1]
    return None


def count(answer: Mapping[str, object], usage: Usage | None) -> None:
    """Adds an answer's token counts."""
    if usage is None:
        return
    told = answer.get("usage")
    tokens = told if isinstance(told, Mapping) else {}
    usage.add(int(tokens.get("prompt_tokens") or 0), int(tokens.get("completion_tokens") or 0))
