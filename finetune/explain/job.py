"""The job `explain`: an adapter with which a small model tells why a title is on the list."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classic.train.loop import Say
from finetune.explain.rows import UNSEEN_KINDS, Builder, RowsConfig
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.curve import Curve
from finetune.tuning.made import tune_made
from finetune.tuning.tune import TuneConfig
from llmrec.data import open_data


@dataclass(frozen=True)
class ExplainConfig:
    """`model` is `embedded`, a hub name or a folder; `unseen` is how many rows of each kind that is
    not learned from are asked at the end."""

    model: str = "embedded"
    unseen: int = 200
    rows: RowsConfig = field(default_factory=RowsConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    training: TuneConfig = field(default_factory=TuneConfig)


def tune_explain(
    config: ExplainConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """As `tune_made`. Raises `BadInput`."""
    builder = Builder(open_data("films").box)
    return tune_made(config, builder.rows, UNSEEN_KINDS, out, command, tell, curve)
