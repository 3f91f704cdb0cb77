"""The job `chat`: an adapter with which a small model understands the turns of a film chat."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classic.data.films import load_films
from classic.train.loop import Say
from finetune.chat.rows import UNSEEN_KINDS, Builder, Row, RowsConfig, Unseen, digest
from finetune.tuning.adapters import AdapterConfig, adapted, opened, saved
from finetune.tuning.examples import Example, example
from finetune.tuning.tune import TuneConfig, told, tune
from llmrec.evaluate.record import commit_now
from llmrec.linking import Linker
from llmrec.llm.adapters import ABOUT
from llmrec.understanding.wishes import Wishes

_TERMS = "Apache-2.0: made from the embedded films and from phrasings written for it"


@dataclass(frozen=True)
class ChatConfig:
    """`model` is `embedded`, a hub name or a folder; `unseen` is how many rows of each kind that is
    not learned from are asked at the end."""

    model: str = "embedded"
    unseen: int = 500
    rows: RowsConfig = field(default_factory=RowsConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    training: TuneConfig = field(default_factory=TuneConfig)


def tune_chat(config: ChatConfig, out: Path, command: str, tell: Say) -> dict[str, Any]:
    """Writes the adapter to `out`, with what made it beside it, and gives that. What is cut off
    goes on where it was. Raises `BadInput`."""
    catalog = load_films()
    builder = Builder(catalog, Linker(catalog), Wishes(catalog))
    tell(f"making {config.rows.rows} rows")
    rows = list(builder.rows(config.rows))
    model, tokenizer = opened(config.model, half_precision=config.training.half_precision)
    base = Path(str(model.name_or_path)).name
    examples = [example_of(tokenizer, row) for row in rows]
    model = adapted(model, config.adapter)
    mark = _mark(config, rows)
    progress = out.with_name(f"{out.name}.{mark}.progress")
    ran = tune(model, examples, config.training, progress, tell)
    unseen = {
        kind: asdict(told(model, [example_of(tokenizer, r) for r in _apart(builder, config, kind)]))
        for kind in UNSEEN_KINDS
    }
    saved(model, out)
    about = {
        "command": command,
        "commit": commit_now(),
        "base": base,
        "terms": _TERMS,
        "rows": len(rows),
        "rows_sha256": digest(rows),
        "seed": config.training.seed,
        "config": asdict(replace(config, model=Path(config.model).name)),
        "ran": ran,
        "unseen": unseen,
        "libraries": {name: version(name) for name in ("torch", "transformers", "peft")},
    }
    (out / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    shutil.rmtree(progress, ignore_errors=True)
    return about


def example_of(tokenizer: Any, row: Row) -> Example:
    """A row as a model of this tokenizer learns it."""
    return example(tokenizer, row.form.messages, row.answer.text())


def _apart(builder: Builder, config: ChatConfig, kind: Unseen) -> list[Row]:
    """Rows of a kind that is never learned from."""
    return list(builder.rows(replace(config.rows, rows=config.unseen), kind))


def _mark(config: ChatConfig, rows: list[Row]) -> str:
    """What a run is, but for how long it may take: what was begun with another cannot go on."""
    lasting = replace(config.training, minutes=0.0)
    whole = f"{replace(config, training=lasting)} {digest(rows)}"
    return hashlib.sha256(whole.encode()).hexdigest()[:12]
