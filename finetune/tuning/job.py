"""What every job does: rows become examples, a model is tuned with them, and what made the adapter
stands beside it."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from classic.train.loop import Say
from finetune.tuning.adapters import adapted, opened, saved
from finetune.tuning.behaviour import Accompanied
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example
from finetune.tuning.loss import AnswerLoss
from finetune.tuning.tune import LossOf, tune
from llmrec.evaluate.record import commit_now
from llmrec.llm.adapters import ABOUT


@dataclass(frozen=True)
class Lessons:
    """`apart`: rows that tell after every epoch which weights are best. `about` is what is said of
    the rows beside the adapter; `loss` what is made smaller."""

    examples: Sequence[Example]
    apart: Sequence[Example] = ()
    about: dict[str, Any] = field(default_factory=dict)
    loss: LossOf = AnswerLoss


def make_adapter(
    settings: Any,
    out: Path,
    command: str,
    lessons_of: Callable[[Any, Any], Lessons],
    judged: Callable[[Any, Any], dict[str, Any]],
    tell: Say,
    curve: Curve | None = None,
) -> dict[str, Any]:
    """Writes an adapter to `out`, with what made it beside it, and gives that.

    `settings` is a dataclass with `model` (`embedded`, a hub name or a folder), an `AdapterConfig`
    or a `BehaviourConfig` named `adapter` and a `TuneConfig` named `training`; `lessons_of` takes
    the model and its tokenizer before it is tuned, `judged` after. What is cut off goes on where it
    was. Raises `BadInput`.
    """
    half, four = settings.training.half_precision, settings.adapter.kind == "qlora"
    model, tokenizer = opened(settings.model, half_precision=half, four_bits=four)
    base = Path(str(model.name_or_path)).name
    torch.manual_seed(settings.training.seed)
    model = adapted(model, settings.adapter)
    beside = model.soft_prompt.about if isinstance(model, Accompanied) else {}
    lessons = lessons_of(model, tokenizer)
    rows = [_row(e) for e in (*lessons.examples, *lessons.apart)]
    progress = progress_folder(out, settings, (rows, beside) if beside else rows)
    ran = tune(
        model,
        lessons.examples,
        settings.training,
        progress,
        tell,
        lessons.apart,
        curve,
        lessons.loss,
    )
    told = judged(model, tokenizer)
    saved(model, out)
    about = {
        "command": command,
        "commit": commit_now(),
        "base": base,
        **lessons.about,
        **beside,
        "seed": settings.training.seed,
        "config": _told(settings),
        "ran": ran,
        **told,
        "libraries": {name: version(name) for name in ("torch", "transformers", "peft")},
    }
    (out / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    shutil.rmtree(progress, ignore_errors=True)
    return about


def _row(example: Example) -> tuple[object, ...]:
    """What of an example a run depends on."""
    read = (example.prompt, example.answer)
    return read if example.history is None else (*read, example.history)


def _told(settings: Any) -> dict[str, Any]:
    """The settings, without where things lie on this machine."""
    told = asdict(settings)
    for of, name in ((told, "model"), (told["adapter"], "start"), (told["adapter"], "encoder")):
        if name in of:
            of[name] = Path(of[name]).name
    return told


def progress_folder(out: Path, settings: Any, rows: object) -> Path:
    """Where a run keeps what it needs to go on, by what it is but for how long it may take: what
    was begun with other settings or rows cannot go on."""
    lasting = replace(settings, training=replace(settings.training, minutes=0.0))
    mark = hashlib.sha256(f"{lasting} {rows}".encode()).hexdigest()[:12]
    return out.with_name(f"{out.name}.{mark}.progress")
