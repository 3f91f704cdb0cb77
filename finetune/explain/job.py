"""The job `explain`: an adapter with which a small model tells why a title is on the list."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from classic.train.loop import Say
from finetune.explain.rows import UNSEEN_KINDS, Builder, Row, RowsConfig, Unseen, digest
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example, example
from finetune.tuning.job import Lessons, make_adapter
from finetune.tuning.tune import TuneConfig, told
from llmrec.data import open_data

_TERMS = "Apache-2.0: made from the embedded films and from phrasings written for it"


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
    """Writes the adapter to `out`, with what made it beside it, and gives that. What is cut off
    goes on where it was. Raises `BadInput`."""
    builder = Builder(open_data("films").box)

    def lessons(_: Any, tokenizer: Any) -> Lessons:
        tell(f"making {config.rows.rows} rows")
        rows = list(builder.rows(config.rows))
        about = {"terms": _TERMS, "rows": len(rows), "rows_sha256": digest(rows)}
        return Lessons([example_of(tokenizer, row) for row in rows], about=about)

    def judged(model: Any, tokenizer: Any) -> dict[str, Any]:
        unseen = {}
        for kind in UNSEEN_KINDS:
            rows = [example_of(tokenizer, row) for row in _apart(builder, config, kind)]
            unseen[kind] = asdict(told(model, rows))
        return {"unseen": unseen}

    return make_adapter(config, out, command, lessons, judged, tell, curve)


def example_of(tokenizer: Any, row: Row) -> Example:
    """A row as a model of this tokenizer learns it."""
    return example(tokenizer, row.messages, row.said)


def _apart(builder: Builder, config: ExplainConfig, kind: Unseen) -> list[Row]:
    """Rows of a kind that is never learned from."""
    return list(builder.rows(replace(config.rows, rows=config.unseen), kind))
