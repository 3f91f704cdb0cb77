"""The job `chat`: an adapter with which a small model understands the turns of a film chat."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classic.data.films import load_films
from classic.train.loop import Say
from finetune.chat.rows import UNSEEN_KINDS, Builder, RowsConfig
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.curve import Curve
from finetune.tuning.made import tune_made
from finetune.tuning.tune import TuneConfig
from llmrec.linking import Linker
from llmrec.understanding.wishes import Wishes


@dataclass(frozen=True)
class ChatConfig:
    """`model` is `embedded`, a hub name or a folder; `unseen` is how many rows of each kind that is
    not learned from are asked at the end."""

    model: str = "embedded"
    unseen: int = 500
    rows: RowsConfig = field(default_factory=RowsConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    training: TuneConfig = field(default_factory=TuneConfig)


def tune_chat(
    config: ChatConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """As `tune_made`. Raises `BadInput`."""
    catalog = load_films()
    builder = Builder(catalog, Linker(catalog), Wishes(catalog))
    return tune_made(config, builder.rows, UNSEEN_KINDS, out, command, tell, curve)
