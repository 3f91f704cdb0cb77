"""The ways of running the dialogue, which of them can run here, and which one `auto` picks."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from classic.errors import BadInput
from llmrec.data import Opened
from llmrec.llm.adapters import made_for, shipped
from llmrec.llm.choose import open_model
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.protocol import LanguageModel, ModelError, Usage
from llmrec.understanding.prompted import PromptedReader
from llmrec.understanding.reader import Reader
from llmrec.understanding.tuned import TunedReader

MODES = ("auto", "rules", "prompted", "lora", "ptum")
BEST_FIRST = ("lora", "rules", "prompted")
"""What `auto` tries, best measured first (README, "Which mode is best")."""


@dataclass(frozen=True)
class ModeInfo:
    """For the mode switch: `note` says what a mode is, or what is missing for it."""

    name: str
    ready: bool
    note: str


def modes() -> tuple[ModeInfo, ...]:
    """Every mode with whether it can run here."""
    embedded = find_spec("xllamacpp") is not None or find_spec("transformers") is not None
    auto = f"the best measured mode that is installed: {resolve('auto')}"
    return (
        ModeInfo("auto", True, auto),
        ModeInfo("rules", True, "no language model: reads and answers by rule"),
        ModeInfo(
            "prompted",
            embedded,
            "a language model reads and tells, its words checked"
            if embedded
            else "needs a model: install xllamacpp or set LLMREC_LLM_URL",
        ),
        ModeInfo(
            "lora",
            _tuned_here(),
            "a small model, tuned for this, reads, and says why; the rest is told by rule"
            if _tuned_here()
            else "needs the embedded model and its adapter: llmrec doctor",
        ),
        ModeInfo("ptum", True, "reads by rule; what a person did is read by a pre-trained model"),
    )


def resolve(mode: str) -> str:
    """A mode that runs: `auto` becomes the best one. Raises `BadInput`."""
    if mode == "auto":
        return next(m for m in BEST_FIRST if m != "lora" or _tuned_here())
    if mode not in MODES:
        raise BadInput(f"no mode {mode!r}; there are: {', '.join(MODES)}")
    if mode == "lora" and not _tuned_here():
        raise BadInput("mode 'lora' needs the embedded model and its adapter: llmrec doctor")
    return mode


def reader_for(mode: str, opened: Opened, model: LanguageModel | None, usage: Usage) -> Reader:
    """Who reads the turns of a mode; without its model the rules do."""
    if model is None:
        return opened.rules
    if mode == "lora":
        return TunedReader(model, opened.rules, opened.linker, usage)
    return PromptedReader(model, opened.rules, usage)


def _tuned_here() -> bool:
    return shipped("chat") is not None and embedded_gguf() is not None


def model_of(mode: str, spec: str | None) -> LanguageModel | None:
    """The model that a mode reads with, if it reads with one; `spec` names that of `prompted`.
    Raises `ModelError`."""
    if mode == "lora":
        return tuned_model()
    return model_for(spec) if mode == "prompted" else None


def tuned_model() -> LanguageModel:
    """The embedded model with the adapter of the chat, opened once. Raises `ModelError`."""
    return _tuned()


def telling_model() -> LanguageModel | None:
    """The same engine with the adapter that tells why a title is on the list; nothing where that
    is not installed. Raises `ModelError`."""
    return None if shipped("explain") is None else _tuned().using(1)


@cache
def _tuned() -> LlamaCpp:
    path, chat, explain = embedded_gguf(), shipped("chat"), shipped("explain")
    if path is None or chat is None:
        raise ModelError("the embedded model or its adapter is not installed")
    adapters = [chat] if explain is None else [chat, explain]
    for adapter in adapters:
        made_for(adapter, path.stem)
    return LlamaCpp(path, adapters=adapters)


@cache
def model_for(spec: str | None) -> LanguageModel:
    """The language model of the `prompted` mode, opened once. Raises `ModelError`."""
    return open_model(spec)
