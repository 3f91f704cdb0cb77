"""Any OpenAI-compatible server: vLLM, llama.cpp, Ollama, a hosted one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from llmrec.llm.answers import count, option_scores, read_json
from llmrec.llm.protocol import JsonAnswer, Messages, ModelAway, ModelError, ModelInfo, Usage

_LOCAL = ("localhost", "127.0.0.1", "::1")
_TOP = 20
_BUSY = (429, 502, 503, 504)
"""What a server answers that may answer later."""


class Server:
    """A `LanguageModel` over HTTP. Text that leaves this machine passes `redact` first."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        key: str | None = None,
        *,
        redact: Callable[[str], str] = lambda text: text,
        read_seconds: float = 60.0,
    ) -> None:
        """Asks the server which models it has. Raises `ModelError` when it does not answer."""
        host = urlsplit(url).hostname or ""
        if not host:
            raise ModelError(f"{url!r} is no address: write e.g. http://127.0.0.1:8000/v1")
        remote = elsewhere(url) is not None
        self._redact = redact if remote else (lambda text: text)
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(read_seconds, connect=3.0),
            transport=httpx.HTTPTransport(retries=1),
        )
        served = self._served()
        if model and served and model not in served:
            raise ModelError(f"{host} serves no {model!r}; it serves: {', '.join(served[:8])}")
        if not model and not served:
            raise ModelError(f"{host} names no models: say which with --model")
        self._model = model or served[0]
        name = f"{self._model} at {host}"
        can = frozenset({"options", "json", "text"})
        self.info = ModelInfo(name=name, remote=remote, can=can)  # type: ignore[arg-type]

    def _served(self) -> list[str]:
        with _as_model_error():
            answer = self._client.get("models")
            answer.raise_for_status()
            return [str(m["id"]) for m in answer.json().get("data", [])]

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        request = {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": _TOP}
        answer = self._chat(messages, request, usage)
        try:
            top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        except (KeyError, IndexError, TypeError):
            raise ModelError(f"{self.info.name} reports no probabilities") from None
        return option_scores(top, options)

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        """Under the schema where the server knows how; else asked for in words and parsed."""
        form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        request = {"max_tokens": max_tokens, "temperature": 0.0}
        try:
            answer = self._chat(messages, {**request, "response_format": form}, usage)
            constrained = True
        except _Refused:
            answer = self._chat(messages, request, usage)
            constrained = False
        return JsonAnswer(read_json(_content(answer)), constrained)

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        request = self._request(messages, {"max_tokens": max_tokens, "temperature": temperature})
        request |= {"stream": True, "stream_options": {"include_usage": True}}
        request |= {"stop": list(stop)} if stop else {}
        with (
            _as_model_error(),
            self._client.stream("POST", "chat/completions", json=request) as answer,
        ):
            answer.raise_for_status()
            for line in answer.iter_lines():
                told = line.removeprefix("data:").strip()
                if not line.startswith("data:") or told == "[DONE]":
                    continue
                part = json.loads(told)
                if part.get("usage"):
                    count(part, usage)
                for choice in part.get("choices", ()):
                    piece = (choice.get("delta") or {}).get("content")
                    if piece:
                        yield piece

    def _request(self, messages: Messages, more: Mapping[str, object]) -> dict[str, object]:
        said = [{"role": m["role"], "content": self._redact(m["content"])} for m in messages]
        return {"model": self._model, "messages": said, **more}

    def _chat(
        self, messages: Messages, more: Mapping[str, object], usage: Usage | None
    ) -> dict[str, Any]:
        with _as_model_error():
            answer = self._client.post("chat/completions", json=self._request(messages, more))
            if answer.status_code in (400, 422) and "response_format" in more:
                raise _Refused("the server knows no response_format")
            answer.raise_for_status()
            told = answer.json()
        if not isinstance(told, dict) or not told.get("choices"):
            raise ModelError(f"{self.info.name} sent no answer")
        count(told, usage)
        return told


def elsewhere(url: str) -> str | None:
    """The host of an address, unless it is this machine."""
    host = urlsplit(url).hostname or ""
    return host if host not in _LOCAL else None


class _Refused(ModelError):
    """The server does not take this form of request."""


@contextmanager
def _as_model_error() -> Iterator[None]:
    """What can go wrong on the way to a server, in words."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        hint = {401: ": check LLMREC_LLM_KEY", 404: ": check LLMREC_LLM_URL and --model"}
        kind = ModelAway if code in _BUSY else ModelError
        raise kind(f"the model server answered {code}{hint.get(code, '')}") from None
    except httpx.TimeoutException:
        raise ModelAway("the model server takes too long") from None
    except httpx.HTTPError as error:
        raise ModelAway(f"the model server cannot be reached ({error})") from None
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError, KeyError):
        raise ModelError("the model server answers nonsense") from None


def _content(answer: Mapping[str, Any]) -> str:
    message = answer["choices"][0].get("message") or {}
    return str(message.get("content") or "")
