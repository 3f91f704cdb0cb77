"""Jobs whose rows a builder makes: an adapter learns from them, and is asked in the end what a
builder keeps apart."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

from classic.train.loop import Say
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example, example
from finetune.tuning.job import Lessons, make_adapter
from finetune.tuning.tune import told

_TERMS = "Apache-2.0: made from the embedded films and from phrasings written for it"


class MadeRow(Protocol):
    """What is asked, and what is to be said."""

    @property
    def messages(self) -> list[dict[str, str]]: ...
    @property
    def said(self) -> str: ...


Draw = Callable[[Any, Any], Iterable[MadeRow]]
"""(settings of the rows, a kind that is kept apart or "none") -> rows."""


def tune_made(
    config: Any,
    draw: Draw,
    kinds: Sequence[str],
    out: Path,
    command: str,
    tell: Say,
    curve: Curve | None = None,
) -> dict[str, Any]:
    """Writes the adapter to `out`, with what made it beside it, and gives that. What is cut off
    goes on where it was.

    `config` is as `make_adapter` takes it, with settings named `rows`, whose `rows` are how many
    are learned from, and `unseen`, how many of each of `kinds` are asked. Raises `BadInput`.
    """

    def lessons(_: Any, tokenizer: Any) -> Lessons:
        tell(f"making {config.rows.rows} rows")
        rows = list(draw(config.rows, "none"))
        about = {"terms": _TERMS, "rows": len(rows), "rows_sha256": digest(rows)}
        return Lessons([example_of(tokenizer, row) for row in rows], about=about)

    def judged(model: Any, tokenizer: Any) -> dict[str, Any]:
        few, unseen = replace(config.rows, rows=config.unseen), {}
        for kind in kinds:
            rows = [example_of(tokenizer, row) for row in draw(few, kind)]
            unseen[kind] = asdict(told(model, rows))
        return {"unseen": unseen}

    return make_adapter(config, out, command, lessons, judged, tell, curve)


def example_of(tokenizer: Any, row: MadeRow) -> Example:
    """A row as a model of this tokenizer learns it."""
    return example(tokenizer, row.messages, row.said)


def digest(rows: Sequence[MadeRow]) -> str:
    """What a set of rows is, for the record of a training."""
    told_as = json.dumps([(row.messages, row.said) for row in rows], sort_keys=True)
    return hashlib.sha256(told_as.encode()).hexdigest()
