"""Does a model know a data set by heart? Then its rankings there may be recall, not taste.

Titles are asked for by the numbers that the data set gives them, after a few true lines. The same
is asked with numbers dealt out anew, where nothing but a lucky guess is right: only what is above
that is memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.datasets import load
from classic.errors import BadInput
from classic.metrics import interval, paired_interval
from classic.text import stems
from classic.train.loop import Say
from llmrec.evaluate.record import write_record
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.channels import Request
from llmrec.lab.ground import words_of
from llmrec.lab.task import rng_of
from llmrec.llm.prompt_files import load_prompt
from llmrec.llm.protocol import ModelAway

PROMPT = "probe_titles"
_EXAMPLES = 5
_LONGEST = 24
_AT_ONCE = 16


@dataclass(frozen=True)
class Recall:
    """bool [n] by item: told rightly with its own number, and with another's."""

    items: tuple[str, ...]
    own: np.ndarray
    dealt: np.ndarray

    def line(self) -> str:
        """The shares and their difference, with intervals."""
        own, dealt = self.own.astype(float), self.dealt.astype(float)
        gain, (low, high) = paired_interval(own, dealt)
        a, b = interval(own)
        return (
            f"titles told by their number: {own.mean():.1%} [{a:.1%}, {b:.1%}] of {len(own)}; "
            f"with numbers dealt anew {dealt.mean():.1%}; "
            f"memory {gain:+.1%} [{low:+.1%}, {high:+.1%}]"
        )


def probe(
    catalog: Catalog, asking: Asking, answers: Answers, n: int, seed: int, say: Say
) -> Recall:
    """Raises `BadInput` for a catalogue too small to ask about, or when the model goes away."""
    if len(catalog) <= _EXAMPLES + 1:
        raise BadInput(f"{catalog.name} has too few items to ask about")
    asking.check(["text"])
    rng = rng_of(seed, catalog.name, "memory")
    order = [catalog.ids[i] for i in rng.permutation(len(catalog))]
    known, asked = order[:_EXAMPLES], order[_EXAMPLES : _EXAMPLES + n]
    turned = dict(zip(order, [*order[1:], order[0]], strict=True))
    true = [_request(catalog, known, item, item) for item in asked]
    dealt = [_request(catalog, known, turned[item], item) for item in asked]
    told = _answered([*true, *dealt], asking, answers, say)
    right = [_is(text, catalog[item].title) for text, item in zip(told, asked * 2, strict=True)]
    return Recall(tuple(asked), np.array(right[: len(asked)]), np.array(right[len(asked) :]))


def _request(catalog: Catalog, known: Sequence[str], number: str, item: str) -> Request:
    """Examples are the same for all, so that they are read once. A dealt number asks for the title
    of an item it does not belong to; `item` is whose title counts as right."""
    lines = [{"number": i, "title": catalog[i].label} for i in known]
    messages = load_prompt(PROMPT).messages(
        nouns=words_of(catalog).nouns, data=catalog.name, examples=lines, asked=number
    )
    told = tuple((m["role"], m["content"]) for m in messages)
    return Request(told, "text", max_tokens=_LONGEST)


def _answered(requests: Sequence[Request], asking: Asking, answers: Answers, say: Say) -> list[str]:
    unknown = [r for r in requests if r.key(asking.name) not in answers]
    try:
        for first in range(0, len(unknown), _AT_ONCE):
            for request, answer in asking.answers(unknown[first : first + _AT_ONCE]):
                answers.add(answer, request)
            say(f"{min(first + _AT_ONCE, len(unknown))} of {len(unknown)} titles asked")
    except ModelAway as error:
        raise BadInput(f"{error}; what it told is kept: run the same command again") from None
    return [str(answers[r.key(asking.name)].raw or "") for r in requests]


def _is(text: str, title: str) -> bool:
    """Whether the first line names the title, whatever its year."""
    line = (text.strip().splitlines() or [""])[0]
    words = stems(line.split("(")[0].split("::")[-1])
    return bool(words) and words == stems(title)


def measure(data: str, asking: Asking, out: Path, n: int, seed: int, say: Say) -> Recall:
    """Runs the probe on a data set's catalogue and writes the record. Raises `BadInput`."""
    answers = Answers(out / "answers.jsonl")
    try:
        found = probe(load(data).catalog, asking, answers, n, seed, say)
    finally:
        answers.close()
    prompt = load_prompt(PROMPT)
    own, dealt = found.own.astype(float), found.dealt.astype(float)
    gain, bounds = paired_interval(own, dealt)
    write_record(
        out,
        config={"data": data, "model": asking.name, "prompt": prompt.hash, "items": len(own)},
        metrics={
            "told": float(own.mean()),
            "told_by_dealt_numbers": float(dealt.mean()),
            "memory": [gain, *bounds],
        },
        per_case=[
            {"item": item, "told": bool(a), "dealt": bool(b)}
            for item, a, b in zip(found.items, found.own, found.dealt, strict=True)
        ],
        seeds=[seed],
    )
    return found
