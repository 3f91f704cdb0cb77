"""`PromptedReader`: a language model weighs the intent; spans and numbers stay with the rules.

The option letters are scored by their logits, freed from the model's own bias by a content-free
prompt (Zhao et al., ICML 2021), and combined with the rules as a prior: a small model may tip an
uncertain reading, never overrule a certain one.
"""

import math
from collections.abc import Sequence
from functools import cached_property

from llmrec.llm.prompt_files import load_prompt
from llmrec.llm.protocol import LanguageModel, ModelError, Usage
from llmrec.understanding.reader import Context, Reader
from llmrec.understanding.schema import INTENTS, Intent, Mention, Understanding

_LETTERS = "ABCDEFGHIJ"
_ORDER: tuple[Intent, ...] = (
    "recommend",
    "refine",
    "similar",
    "explain",
    "compare",
    "lookup",
    "rate",
    "remember",
    "chat",
    "off_topic",
)
_CERTAIN = 0.8
assert set(_ORDER) == set(INTENTS)


class PromptedReader:
    """A reader over a reader: what the model cannot answer, the rules have answered already."""

    def __init__(self, model: LanguageModel, rules: Reader, usage: Usage | None = None) -> None:
        self.model, self.rules, self.usage = model, rules, usage

    def read(self, text: str, mentions: Sequence[Mention], context: Context) -> Understanding:
        read = self.rules.read(text, mentions, context)
        if read.confidence >= _CERTAIN:
            return read.model_copy(update={"path": "rules (certain)"})
        try:
            intent = self._weigh(text, read, context)
        except ModelError as error:
            return read.model_copy(update={"path": f"rules ({error})"})
        return read.model_copy(update={"intent": intent, "path": "model"})

    def _weigh(self, text: str, read: Understanding, context: Context) -> Intent:
        """The likeliest intent: calibrated letter log-probability plus the rules' log-prior."""
        said = self._scores(text, self._before(context))
        rest = (1.0 - read.confidence) / (len(_ORDER) - 1)
        prior = [math.log(read.confidence if i == read.intent else rest) for i in _ORDER]
        total = [s - b + p for s, b, p in zip(said, self._bias, prior, strict=True)]
        return _ORDER[total.index(max(total))]

    def _before(self, context: Context) -> Sequence[str]:
        """The exchange before this one. Replies may name imported ratings: they stay here."""
        remote = self.model.info.remote
        return context.utterances[0::2][-1:] if remote else context.utterances[-2:]

    @cached_property
    def _bias(self) -> list[float]:
        """What the letters weigh for a text without content."""
        return self._scores("N/A", ())

    def _scores(self, text: str, context: Sequence[str]) -> list[float]:
        messages = load_prompt("understand_intent").messages(text=text, context=context)
        return self.model.score_options(messages, list(_LETTERS), usage=self.usage)
