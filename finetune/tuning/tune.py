"""The loop: batches of answers, AdamW, a warm-up and a cosine, checkpoints to go on from."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from classic.errors import BadInput
from classic.train.loop import Say
from finetune.tuning.examples import Example, batches, shared_beginning
from finetune.tuning.loss import AnswerLoss

_TELL_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class TuneConfig:
    """`minutes` 0 is no limit: with one, the learning rate falls with the clock, so that a run that
    is cut is a whole one."""

    epochs: float = 1.0
    batch_tokens: int = 2048
    learning_rate: float = 4e-4
    warm_up: float = 0.03
    weight_decay: float = 0.0
    clip: float = 1.0
    minutes: float = 0.0
    keep_every_minutes: float = 5.0
    half_precision: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Told:
    """Of some examples: the mean loss of an answer's token, the share of tokens that the model
    would have written itself, and of answers that it would have written whole."""

    loss: float
    right: float
    whole: float


@dataclass
class _At:
    """How far a run is; what a checkpoint holds beside weights."""

    epoch: int = 0
    batch: int = 0
    tokens: int = 0
    seconds: float = 0.0


def tune(
    model: Any, examples: Sequence[Example], config: TuneConfig, folder: Path | None, tell: Say
) -> dict[str, float]:
    """Trains the parameters of a model that ask for gradients, in place. `folder` keeps what is
    needed to go on. Raises `BadInput` without examples, or when the loss is lost."""
    if not examples:
        raise BadInput("there are no rows to learn from")
    torch.manual_seed(config.seed)
    # The library holds on to the precision of the first training in a process; each has its own.
    AcceleratorState._reset_state()
    accelerator = Accelerator(mixed_precision="bf16" if config.half_precision else "no")
    loss_of: Any = AnswerLoss(model, shared_beginning(examples))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser: Any = torch.optim.AdamW(
        trained, lr=config.learning_rate, weight_decay=config.weight_decay
    )
    loss_of, optimiser = accelerator.prepare(loss_of, optimiser)
    at = _resumed(folder, trained, optimiser)
    steps = math.ceil(config.epochs * sum(1 for _ in _epoch(examples, config, 0)))
    began, said, kept = time.monotonic() - at.seconds, time.monotonic(), time.monotonic()
    done, mean = 0, 0.0
    model.train()
    for epoch in range(at.epoch, math.ceil(config.epochs)):
        order = list(_epoch(examples, config, epoch))
        for n in range(at.batch if epoch == at.epoch else 0, len(order)):
            step = epoch * len(order) + n
            at.seconds = time.monotonic() - began
            share = _share(step / steps, at.seconds, config)
            if share >= 1.0:
                break
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * _pace(share, config.warm_up)
            mine = order[n][accelerator.process_index :: accelerator.num_processes]
            scored = loss_of(mine or order[n][:1])
            loss = scored.loss / len(scored.right)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(trained, config.clip)
            optimiser.step()
            optimiser.zero_grad()
            value = float(loss.detach())
            if not math.isfinite(value):
                raise BadInput("the loss is no number any more: set a lower learning_rate")
            done += 1
            mean += (value - mean) / min(done, 50)
            at.epoch, at.batch = epoch, n + 1
            at.tokens += sum(map(len, order[n]))
            now = time.monotonic()
            if accelerator.is_main_process and now - said > _TELL_EVERY_SECONDS:
                said = now
                left = at.seconds * (1 - share) / max(share, 1e-9)
                tell(f"{share:.0%}, loss {mean:.4f}, about {left / 60:.0f} minutes left")
            keeps = folder is not None and now - kept > config.keep_every_minutes * 60
            if keeps and accelerator.is_main_process:
                kept = now
                _keep(folder, at, trained, optimiser)
    model.eval()
    return {"loss": mean, "tokens": float(at.tokens), "seconds": time.monotonic() - began}


def _epoch(examples: Sequence[Example], config: TuneConfig, epoch: int) -> Any:
    return batches(examples, config.batch_tokens, random.Random(f"{config.seed} {epoch}"))


def _share(of_steps: float, seconds: float, config: TuneConfig) -> float:
    """How much of the run is over, by steps or by the clock, whichever is nearer to its end."""
    by_clock = seconds / (config.minutes * 60) if config.minutes else 0.0
    return max(of_steps, by_clock)


def _pace(share: float, warm_up: float) -> float:
    """The learning rate's part: up over the warm-up, then down a cosine to a twentieth."""
    if share < warm_up:
        return (share + 1e-3) / (warm_up + 1e-3)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))


def _keep(folder: Path | None, at: _At, trained: Sequence[Any], optimiser: Any) -> None:
    """Whole or not at all: what is written replaces the last checkpoint when it is complete."""
    assert folder is not None
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "checkpoint.partial"
    state = {"at": vars(at), "weights": list(trained), "optimiser": optimiser.state_dict()}
    torch.save(state, partial)
    partial.replace(folder / "checkpoint.pt")


def _resumed(folder: Path | None, trained: Sequence[Any], optimiser: Any) -> _At:
    """Where the last checkpoint was; the beginning without one."""
    path = folder / "checkpoint.pt" if folder else None
    if path is None or not path.is_file():
        return _At()
    state = torch.load(path, map_location="cpu", weights_only=True)
    with torch.no_grad():
        for mine, kept in zip(trained, state["weights"], strict=True):
            mine.copy_(kept)
    optimiser.load_state_dict(state["optimiser"])
    return _At(**state["at"])


@torch.inference_mode()
def told(model: Any, examples: Sequence[Example], batch_tokens: int = 4096) -> Told:
    """Of examples that are not learned from."""
    loss_of = AnswerLoss(model, shared_beginning(examples))
    loss, right, whole = 0.0, list[bool](), 0
    for batch in batches(examples, batch_tokens, random.Random(0)):
        scored = loss_of(batch)
        loss += float(scored.loss)
        right += scored.right.tolist()
        whole += sum(bool(p.all()) for p in scored.right.split([len(e.answer) for e in batch]))
    return Told(loss / len(right), sum(right) / len(right), whole / len(examples))
