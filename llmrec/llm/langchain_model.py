"""Any LangChain chat model as a `LanguageModel`: text and JSON by parsing; it gives no logits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmrec.llm.answers import read_json
from llmrec.llm.protocol import JsonAnswer, Messages, ModelError, ModelInfo, Usage


class LangChainModel:
    """Wraps a `BaseChatModel`. Its `can` lacks `options`: whoever needs scores falls back."""

    def __init__(self, chat: Any, *, name: str, remote: bool) -> None:
        self.chat = chat
        self.info = ModelInfo(name, remote=remote, can=frozenset({"json", "text"}))

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        raise ModelError(f"{self.info.name} gives no probabilities")

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        text = "".join(self.generate_text(messages, max_tokens=max_tokens, usage=usage))
        return JsonAnswer(read_json(text), constrained=False)

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        """Temperature and length are the wrapped model's own: not every one takes them per call."""
        said = [(m["role"], m["content"]) for m in messages]
        prompt = completion = 0
        try:
            for chunk in self.chat.stream(said, stop=list(stop) or None):
                told = getattr(chunk, "usage_metadata", None) or {}
                prompt = told.get("input_tokens", prompt)
                completion += told.get("output_tokens", 0)
                text = chunk.content if isinstance(chunk.content, str) else chunk.text
                if text:
                    yield str(text)
        except Exception as error:
            raise ModelError(f"{self.info.name}: {error}") from error
        if usage is not None:
            usage.add(prompt, completion)
