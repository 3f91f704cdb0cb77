"""`LanguageModel`: the three things the dialogue asks of a model, whatever runs it.

A backend declares what it can do in `can`; what it lacks degrades by rule, and the trace says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from classic.data.interactions import History

if TYPE_CHECKING:
    from llmrec.llm.soft_prompt import SoftPrompt

Capability = Literal["options", "json", "text", "titles"]
Messages = Sequence[Mapping[str, str]]
"""Chat messages, each `{"role": "system" | "user" | "assistant", "content": text}`."""


class ModelError(RuntimeError):
    """The model could not answer: down, slow, out of memory, or it answered nonsense."""


class ModelAway(ModelError):
    """Whoever runs the model cannot be reached now; the same question may be answered later."""


@dataclass
class Usage:
    """Tokens and calls counted since the last `reset`."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, prompt_tokens: int, completion_tokens: int) -> None:
        self.calls += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens


@dataclass(frozen=True)
class JsonAnswer:
    """A JSON document and whether a grammar guaranteed its shape; `confidence` is the probability
    of its least certain token by the model itself, 1 where a backend does not say."""

    value: Any
    constrained: bool
    confidence: float = 1.0


@dataclass(frozen=True)
class ModelInfo:
    """Name for the trace; whether text sent to it leaves this machine; whether its free prose is
    worth reading, which that of a few hundred million parameters is not."""

    name: str
    remote: bool = False
    fluent: bool = True
    can: frozenset[Capability] = field(default_factory=frozenset)


@runtime_checkable
class LanguageModel(Protocol):
    """Safe to call from several threads; each call returns its own usage through `usage`."""

    info: ModelInfo

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        """Log-probabilities, normalised over `options` (single letters or yes/no), as the next
        token after `messages`. Raises `ModelError`."""
        ...

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        """A JSON value under a JSON schema. Raises `ModelError` when no valid one came."""
        ...

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        """Text in pieces as they come. Raises `ModelError`, possibly between pieces."""
        ...


@dataclass(frozen=True)
class Scored:
    """What `score_options` gives for one of many prompts, how long the prompt is, and how many
    tokens it took to compute, of a beginning that others share its part."""

    scores: list[float]
    prompt_tokens: int
    computed_tokens: float


@runtime_checkable
class PrefixScorer(Protocol):
    """What a model offers beside `LanguageModel` when it can compute the common beginning of many
    prompts once. `context` is how many tokens fit."""

    context: int

    def count(self, messages: Messages) -> int:
        """The tokens of a prompt."""
        ...

    def score_many(self, asked: Sequence[tuple[Messages, Sequence[str]]]) -> list[Scored]:
        """`score_options` of each prompt with its options. Raises `ModelError`."""
        ...


@dataclass(frozen=True)
class Title:
    """A text as a whole answer: the log-probability that a model writes it and ends there, the end
    included, and of how many tokens it is the sum."""

    text: str
    log_probability: float
    tokens: int


@runtime_checkable
class TitleWriter(Protocol):
    """What a model that can do `titles` offers beside `LanguageModel`."""

    def score_titles(
        self, messages: Messages, titles: Sequence[str], *, usage: Usage | None = None
    ) -> list[Title]:
        """Each of the titles, in order. Raises `ModelError`."""
        ...

    def write_titles(
        self,
        messages: Messages,
        titles: Sequence[str],
        beams: int,
        *,
        usage: Usage | None = None,
    ) -> list[Title]:
        """Those of the titles that a beam search finds, the likeliest first. Raises
        `ModelError`."""
        ...


@runtime_checkable
class BehaviourScorer(PrefixScorer, Protocol):
    """What a model offers beside `PrefixScorer` when it reads what a person did, through the
    encoder of its soft prompt."""

    soft_prompt: "SoftPrompt"

    def score_people(
        self, asked: Sequence[tuple[Messages, Sequence[str]]], people: Sequence[History]
    ) -> list[Scored]:
        """`score_many`, each prompt after what its person did, in the ids of the encoder. Raises
        `ModelError`."""
        ...
