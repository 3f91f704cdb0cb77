"""Prompts with their answers as tokens, and how they go together in batches."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from classic.data.interactions import History
from classic.errors import BadInput

Tokens = tuple[int, ...]
_SORTED_TOGETHER = 32
"""Batches whose rows are sorted by length together: little is filled up, and much is left to
chance."""


@dataclass(frozen=True)
class Example:
    """What is read, and what is to be written behind it, its end included; `history` is what the
    person did, in the ids of an encoder, for a model that reads that too."""

    prompt: Tokens
    answer: Tokens
    history: History | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def example(tokenizer: Any, messages: Sequence[Mapping[str, str]], *answers: str) -> Example:
    """In the chat format of the model, whose end of a turn ends each of the answers."""
    written = tokenizer(list(answers), add_special_tokens=False)["input_ids"]
    ended = (token for answer in written for token in (*answer, tokenizer.eos_token_id))
    return Example(prompt_tokens(tokenizer, messages), tuple(ended))


def prompt_tokens(tokenizer: Any, messages: Sequence[Mapping[str, str]]) -> Tokens:
    """Messages in the chat format of the model, up to where its answer begins."""
    told = tokenizer.apply_chat_template(
        [dict(m) for m in messages], add_generation_prompt=True, return_dict=True
    )
    return tuple(told["input_ids"])


def shared_beginning(examples: Sequence[Example]) -> Tokens:
    """What every prompt begins with; the last token of the shortest is never part of it."""
    low, high = min(e.prompt for e in examples), max(e.prompt for e in examples)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False))
    shortest = min(len(e.prompt) for e in examples)
    return low[: min(sum(1 for _ in same), shortest - 1)]


def batches(
    examples: Sequence[Example], most_tokens: int, rng: random.Random
) -> Iterator[list[Example]]:
    """Each example once, of like length together, by chance otherwise. Raises `BadInput` for an
    example that no batch holds."""
    order = list(examples)
    rng.shuffle(order)
    if order and max(map(len, order)) > most_tokens:
        raise BadInput(f"a row of {max(map(len, order))} tokens: set batch_tokens at least so high")
    mean = sum(map(len, order)) / max(len(order), 1)
    together = max(1, int(_SORTED_TOGETHER * most_tokens / max(mean, 1)))
    found: list[list[Example]] = []
    for start in range(0, len(order), together):
        chunk = sorted(order[start : start + together], key=len)
        found += _filled(chunk, most_tokens)
    rng.shuffle(found)
    yield from found


def _filled(ordered: Sequence[Example], most_tokens: int) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for one in ordered:
        if batch and (len(batch) + 1) * len(one) > most_tokens:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch
