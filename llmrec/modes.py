"""The ways of running the dialogue, which of them can run here, and which one `auto` picks."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from classic.errors import BadInput
from llmrec.llm.choose import open_model
from llmrec.llm.protocol import LanguageModel

MODES = ("auto", "rules", "prompted", "lora", "ptum")
BEST_FIRST = ("rules", "prompted")
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
        ModeInfo("lora", False, "not trained yet: a small model tuned for these jobs"),
        ModeInfo("ptum", True, "reads by rule; what a person did is read by a pre-trained model"),
    )


def resolve(mode: str) -> str:
    """A mode that runs: `auto` becomes the best one. Raises `BadInput`."""
    if mode == "auto":
        return BEST_FIRST[0]
    if mode not in MODES:
        raise BadInput(f"no mode {mode!r}; there are: {', '.join(MODES)}")
    if mode == "lora":
        raise BadInput("mode 'lora' is not trained yet; use rules, prompted, ptum or auto")
    return mode


@cache
def model_for(spec: str | None) -> LanguageModel:
    """The language model of the `prompted` mode, opened once. Raises `ModelError`."""
    return open_model(spec)
