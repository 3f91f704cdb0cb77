"""The loop: batches of answers, AdamW, a warm-up and a cosine, checkpoints to go on from, and the
best weights kept where rows apart say which they were."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from classic.errors import BadInput
from classic.train.loop import Say
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example, Tokens, batches, shared_beginning
from finetune.tuning.loss import AnswerLoss, Scored

LossOf = Callable[[Any, Tokens], AnswerLoss]
"""Of a model, and of what all prompts begin with."""
_TELL_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class TuneConfig:
    """`minutes` 0 is no limit: with one, the learning rate falls with the clock, so that a run that
    is cut is a whole one. `patience` is how many epochs in a row may be no better on rows kept
    apart before it stops, 0 for all."""

    epochs: float = 1.0
    batch_tokens: int = 2048
    learning_rate: float = 4e-4
    warm_up: float = 0.03
    weight_decay: float = 0.0
    clip: float = 1.0
    minutes: float = 0.0
    patience: int = 0
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
    """How far a run is; what a checkpoint holds beside weights. `best` is the least loss on rows
    apart, `since` how many epochs ago."""

    epoch: int = 0
    batch: int = 0
    rows: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float = math.inf
    since: int = 0


def tune(
    model: Any,
    examples: Sequence[Example],
    config: TuneConfig,
    folder: Path | None,
    tell: Say,
    apart: Sequence[Example] = (),
    curve: Curve | None = None,
    loss: LossOf = AnswerLoss,
) -> dict[str, float]:
    """Trains the parameters of a model that ask for gradients, in place. `folder` keeps what is
    needed to go on. After every epoch the rows `apart` are asked, and at the end the weights are
    those that answered them best. Raises `BadInput` without examples, or when the loss is lost."""
    if not examples:
        raise BadInput("there are no rows to learn from")
    torch.manual_seed(config.seed)
    run = _Run(model, examples, config, folder, tell, curve or Curve(None), loss)
    for epoch in range(run.at.epoch, math.ceil(config.epochs)):
        if not run.epoch(epoch):
            break
        if apart and run.judged(told(model, apart), epoch):
            break
    run.take_the_best()
    model.eval()
    return run.told()


class _Run:
    """One training: its parts, and how far it is."""

    def __init__(
        self,
        model: Any,
        examples: Sequence[Example],
        config: TuneConfig,
        folder: Path | None,
        tell: Say,
        curve: Curve,
        loss: LossOf,
    ) -> None:
        self.examples, self.config, self.tell, self.curve = examples, config, tell, curve
        self.folder = folder
        # The library holds on to the precision of the first training in a process; each has its own
        AcceleratorState._reset_state()
        self.accelerator = Accelerator(mixed_precision="bf16" if config.half_precision else "no")
        self.trained = [p for p in model.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(
            self.trained, lr=config.learning_rate, weight_decay=config.weight_decay
        )
        loss_of: Any = loss(model, shared_beginning(examples))
        self.model = model
        self.loss_of, self.optimiser = self.accelerator.prepare(loss_of, optimiser)
        self.best: list[torch.Tensor] = []
        self.at = self._resumed()
        self.steps = math.ceil(config.epochs * sum(1 for _ in self._batches(0)))
        now = time.monotonic()
        self.began, self.said, self.kept = now - self.at.seconds, now, now
        self.done, self.mean = 0, 0.0

    def epoch(self, epoch: int) -> bool:
        """What is left of an epoch; whether there is time for another."""
        self.model.train()
        order = list(self._batches(epoch))
        for n in range(self.at.batch if epoch == self.at.epoch else 0, len(order)):
            step = epoch * len(order) + n
            self.at.seconds = time.monotonic() - self.began
            share = self._share(step)
            if share >= 1.0:
                return False
            self._step(order[n], share)
            self.at.epoch, self.at.batch = epoch, n + 1
            self._tell(share)
            if time.monotonic() - self.kept > self.config.keep_every_minutes * 60:
                self.keep()
        return True

    def judged(self, told: Told, epoch: int) -> bool:
        """Whether rows apart say that it is time to stop."""
        self.curve.point("apart", told.loss, self.at.tokens)
        if told.loss < self.at.best:
            self.at.best, self.at.since = told.loss, 0
            self.best = [p.detach().cpu().clone() for p in self.trained]
        else:
            self.at.since += 1
        self.tell(f"epoch {epoch + 1}: loss {told.loss:.4f} on rows apart")
        return bool(self.config.patience) and self.at.since >= self.config.patience

    def take_the_best(self) -> None:
        """The weights as they were when rows apart were answered best."""
        with torch.no_grad():
            for mine, kept in zip(self.trained, self.best, strict=bool(self.best)):
                mine.copy_(kept)

    def told(self) -> dict[str, float]:
        read = {"rows": float(self.at.rows), "tokens": float(self.at.tokens)}
        found = {"loss": self.mean, **read}
        if self.best:
            found |= {"loss_apart": self.at.best, "epochs": float(self.at.epoch + 1)}
        return found | {"seconds": time.monotonic() - self.began}

    def _step(self, batch: Sequence[Example], share: float) -> None:
        rate = self.config.learning_rate * _pace(share, self.config.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        mine = batch[self.accelerator.process_index :: self.accelerator.num_processes]
        scored = self.loss_of(mine or batch[:1])
        loss = scored.loss / len(scored.right)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.trained, self.config.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise BadInput("the loss is no number any more: set a lower learning_rate")
        self.done += 1
        self.mean += (value - self.mean) / min(self.done, 50)
        self.at.rows += len(batch)
        self.at.tokens += sum(map(len, batch))
        self.curve.point("loss", value, self.at.tokens)
        self.curve.point("learning_rate", rate, self.at.tokens)

    def _batches(self, epoch: int) -> Iterator[list[Example]]:
        rng = random.Random(f"{self.config.seed} {epoch}")
        return batches(self.examples, self.config.batch_tokens, rng)

    def _share(self, step: int) -> float:
        """How much of the run is over, by steps or by the clock, whichever is nearer to its end."""
        clock = self.config.minutes * 60
        return max(step / self.steps, self.at.seconds / clock if clock else 0.0)

    def _tell(self, share: float) -> None:
        now = time.monotonic()
        if self.accelerator.is_main_process and now - self.said > _TELL_EVERY_SECONDS:
            self.said = now
            left = self.at.seconds * (1 - share) / max(share, 1e-9)
            self.tell(f"{share:.0%}, loss {self.mean:.4f}, about {left / 60:.0f} minutes left")

    def keep(self) -> None:
        """A checkpoint, whole or not at all: what is written replaces the last one when it is
        complete."""
        self.kept = time.monotonic()
        if self.folder is None or not self.accelerator.is_main_process:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "checkpoint.partial"
        state = {
            "at": vars(self.at),
            "weights": list(self.trained),
            "best": self.best,
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")

    def _resumed(self) -> _At:
        """Where the last checkpoint was; the beginning without one."""
        path = self.folder / "checkpoint.pt" if self.folder else None
        if path is None or not path.is_file():
            return _At()
        state = torch.load(path, map_location="cpu", weights_only=True)
        with torch.no_grad():
            for mine, kept in zip(self.trained, state["weights"], strict=True):
                mine.copy_(kept)
        self.optimiser.load_state_dict(state["optimiser"])
        self.best = state["best"]
        return _At(**state["at"])


def _pace(share: float, warm_up: float) -> float:
    """The learning rate's part: up over the warm-up, then down a cosine to a twentieth."""
    if share < warm_up:
        return (share + 1e-3) / (warm_up + 1e-3)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))


@torch.inference_mode()
def told(model: Any, examples: Sequence[Example], batch_tokens: int = 4096) -> Told:
    """Of examples that are not learned from."""
    loss, right, whole = 0.0, list[bool](), 0
    for batch, scored in _scored(model, examples, batch_tokens):
        loss += float(scored.loss)
        right += scored.right.tolist()
        whole += sum(_whole(batch, scored))
    return Told(loss / len(right), sum(right) / len(right), whole / len(examples))


@torch.inference_mode()
def answered(model: Any, examples: Sequence[Example], batch_tokens: int = 4096) -> np.ndarray:
    """bool [n]: of which examples the whole answer is what the model likes best, token by token."""
    place = {id(one): n for n, one in enumerate(examples)}
    found = np.zeros(len(examples), dtype=bool)
    for batch, scored in _scored(model, examples, batch_tokens):
        found[[place[id(one)] for one in batch]] = _whole(batch, scored)
    return found


def _scored(
    model: Any, examples: Sequence[Example], batch_tokens: int
) -> Iterator[tuple[list[Example], Scored]]:
    model.eval()
    loss_of = AnswerLoss(model, shared_beginning(examples))
    for batch in batches(examples, batch_tokens, random.Random(0)):
        yield batch, loss_of(batch)


def _whole(batch: Sequence[Example], scored: Scored) -> list[bool]:
    own = torch.split(scored.right, [len(one.answer) for one in batch])
    return [bool(right.all()) for right in own]
