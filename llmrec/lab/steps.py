"""Texts that the model writes before it answers: thoughts, a criticism, a profile, descriptions.

A strategy file names them in the order they are written, each with the most tokens it may have and
with sections of its own; the text stands under that name in the steps after it and in the prompt:

    steps:
      thoughts: {tokens: 80}
    ---
    # thoughts: user
    {{ history | join(", ") }} ... Think aloud.
    # user
    {{ history | join(", ") }} ... You thought: {{ thoughts }}

In a step with `tools` the model writes nothing but chooses which to call, and what they found
stands under the step's name (see `agent`).

Every prompt of an aggregator has steps of its own, for the items and the order that it shows; what
two of them ask alike is written once. A content-free prompt has them too, over nothing: what is
taken off by calibration is what the whole strategy says there.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from classic.configure import configured
from classic.errors import BadInput
from llmrec.lab.aggregate import AGGREGATORS, Rounds
from llmrec.lab.channels import Channel
from llmrec.lab.context import ALWAYS, BUILDERS
from llmrec.lab.reading import Reading
from llmrec.lab.scene import LETTERS, Asked
from llmrec.llm.prompt_files import Prompt


@dataclass(frozen=True)
class Step:
    """`tokens` is the most it may write. With `each` a text is written of every item shown, by
    itself, and the prompts after it are given the list in the order of the items: what is asked of
    an item alone is asked once for everybody. With `tools` at most so many `calls` of them are
    chosen, each once."""

    tokens: int = 0
    each: bool = False
    tools: tuple[str, ...] = ()
    calls: int = 3

    @property
    def longest(self) -> Reading:
        """Stands for what is not there yet: a text with a token a word, by count and by length; or
        the call of a tool."""
        return Reading(text=self.tools[0] if self.tools else "so " * self.tokens)

    def told(self, name: str) -> str:
        """In words."""
        if self.tools:
            return f"{name} (at most {self.calls} of {', '.join(self.tools)})"
        return f"{name} ({self.tokens} tokens{' an item' if self.each else ''})"


def after_writing(rounds: Rounds, steps: Mapping[str, Step]) -> Rounds:
    """The rounds of an aggregator, each after a round of every step. A text that came to nothing
    is empty."""
    try:
        asked = next(rounds)
        while True:
            for name, step in steps.items():
                asked = yield from (_called if step.tools else _written)(asked, name, step)
            asked = rounds.send((yield asked))
    except StopIteration as end:
        scores: dict[str, float] = end.value
        return scores


_Told = Generator[list[Asked], list[Reading], list[Asked]]


def _written(asked: list[Asked], name: str, step: Step) -> _Told:
    parts = [_parts(one, name, step) for one in asked]
    read = iter((yield [part for own in parts for part in own]))
    told = [[r.text for r in islice(read, len(own))] for own in parts]
    return [_given(one, name, step, t) for one, t in zip(asked, told, strict=True)]


def _called(asked: list[Asked], name: str, step: Step) -> _Told:
    """The names of the tools that were called, one after another until there is enough."""
    plans: list[tuple[str, ...]] = [()] * len(asked)
    going = list(range(len(asked)))
    for _ in range(step.calls):
        if not going:
            break
        read = yield [_given(replace(asked[n], step=name), name, step, plans[n]) for n in going]
        for n, reading in zip(going, read, strict=True):
            plans[n] += (reading.text,) if reading.text else ()
        going = [n for n, reading in zip(going, read, strict=True) if reading.text]
    return [_given(one, name, step, plan) for one, plan in zip(asked, plans, strict=True)]


def _parts(one: Asked, name: str, step: Step) -> list[Asked]:
    shown = [(item,) for item in one.items] if step.each else [one.items]
    return [replace(one, items=items, step=name) for items in shown]


def _given(one: Asked, name: str, step: Step, texts: Sequence[str]) -> Asked:
    text = tuple(texts) if step.each or step.tools else texts[0]
    return replace(one, written=(*one.written, (name, text)))


def steps_of(
    prompt: Prompt, told: Mapping[str, Mapping[str, Any]], channel: Channel
) -> dict[str, Step]:
    """The steps of a strategy file, `Step` by name; `told` are their settings in its front matter.
    Raises `BadInput`."""
    where = f"strategy {prompt.name!r}"
    if strange := [name for name in prompt.first if name not in told]:
        raise BadInput(
            f"{where}: section `# {strange[0]}: ...` belongs to no step: name it in the front "
            f"matter, as in `steps: {{{strange[0]}: {{tokens: 80}}}}`"
        )
    found = {}
    for name, settings in told.items():
        if name in _TAKEN or not name.isidentifier():
            raise BadInput(f"{where}: {name!r} is taken, or no name, for a step: choose another")
        if name not in prompt.first:
            raise BadInput(f"{where}: step {name!r} asks nothing: write a section `# {name}: user`")
        found[name] = changed_step(name, Step(), settings, channel)
    _refuse_unread(prompt, tuple(found))
    return found


_TAKEN = {
    "tools",
    *ALWAYS,
    *BUILDERS,
    *AGGREGATORS,
    *(v for b in BUILDERS.values() for v in b.gives),
}


def changed_step(name: str, step: Step, settings: Mapping[str, Any], channel: Channel) -> Step:
    """A step with other settings. Raises `BadInput`."""
    changed = configured(step, settings, f"{name}.")
    if bool(changed.tokens) == bool(changed.tools):
        raise BadInput(
            f"step {name!r} wants the most it may write, as in `{name}: {{tokens: 80}}`, or else "
            f"what it may call, as in `{name}: {{tools: [ease, content]}}`"
        )
    if changed.tools and not changed.calls:
        raise BadInput(f"step {name!r} makes no call: leave it out, or let `calls` be 1 or more")
    if len(changed.tools) >= len(LETTERS):
        raise BadInput(f"step {name!r} has more tools than there are letters")
    if changed.each and channel.at_once is not None:
        raise BadInput(
            f"step {name!r} goes over the items of a list, and this channel shows "
            f"`{channel.part}`: leave `each` out"
        )
    return changed


def _refuse_unread(prompt: Prompt, names: Sequence[str]) -> None:
    for n, name in enumerate(names):
        later = (prompt, *(prompt.first[other] for other in names[n + 1 :]))
        if not any(name in one.variables() for one in later):
            raise BadInput(
                f"strategy {prompt.name!r}: step {name!r} is written and nothing after it reads "
                f"it: put {{{{ {name} }}}} into a later prompt"
            )
