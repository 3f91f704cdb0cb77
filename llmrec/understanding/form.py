"""`Form`: a turn as a page to fill in. What its words may say is marked and numbered; a model says
what the turn wants and which part each mark plays, under a grammar of nothing but these answers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from llmrec.understanding.reader import Context
from llmrec.understanding.schema import INTENTS
from llmrec.understanding.spans import Kind, Span

_ITEM = ("liked", "disliked", "seen", "anchor", "none")
_WISH = ("want", "not", "none")
PARTS: dict[Kind, tuple[str, ...]] = {
    "title": ("title", "none"),
    "film": _ITEM,
    "place": _ITEM,
    "it": _ITEM,
    "person": _WISH,
    "genre": _WISH,
    "country": _WISH,
    "language": _WISH,
    "quality": ("want", "more", "less", "none"),
}
"""The parts that a mark of a kind can play."""
FORGET = "forget"
AIMS = (*INTENTS, FORGET)
"""Intents, and the one of dropping what is remembered."""
_SYSTEM = "Say what the turn wants and what each mark is."


@dataclass(frozen=True)
class Answer:
    """A filled form: `parts[n]` of span `n`; `other`, a title that no mark is at, as typed."""

    aim: str
    parts: tuple[str, ...]
    other: str = ""

    def text(self) -> str:
        """As a model writes it."""
        numbered = {str(n): part for n, part in enumerate(self.parts, start=1)}
        page = {"intent": self.aim, **numbered, "other": self.other}
        return json.dumps(page, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def of(cls, page: Mapping[str, Any], n_spans: int) -> "Answer":
        """Raises `KeyError` where something is not filled in."""
        parts = tuple(str(page[str(n + 1)]) for n in range(n_spans))
        return cls(str(page["intent"]), parts, str(page["other"]))


@dataclass(frozen=True)
class Form:
    text: str
    spans: tuple[Span, ...]
    context: Context

    @property
    def messages(self) -> list[dict[str, str]]:
        return [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": f"{self._view}\n{self._marked}"},
        ]

    @property
    def _view(self) -> str:
        """What the person has before them: where "it" may be said of one film, that film."""
        listed = len(self.context.shown) > 1 and all(span.kind != "it" for span in self.spans)
        if self.context.topic and not listed:
            return "one film"
        return f"list of {len(self.context.shown)}" if self.context.shown else "no list"

    @property
    def _marked(self) -> str:
        pieces, at = [], 0
        for number, span in enumerate(self.spans, start=1):
            said = self.text[span.start : span.end]
            pieces += [self.text[at : span.start], f"[{number} {span.kind}: {said}]"]
            at = span.end
        return "".join([*pieces, self.text[at:]])

    @cached_property
    def schema(self) -> dict[str, object]:
        """The JSON schema of this turn's answers."""
        fields: dict[str, object] = {"intent": {"enum": list(AIMS)}}
        for number, span in enumerate(self.spans, start=1):
            fields[str(number)] = {"enum": list(PARTS[span.kind])}
        # Any text: a grammar of all the runs of words costs an engine seconds. Code looks it up.
        fields["other"] = {"type": "string"}
        return {
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        }
