"""The one training loop: a model differs by its batches and its loss. CPU, one GPU, or many
processes that share every batch (`torchrun`, `accelerate launch`); stops when validation no longer
improves; goes on where it was cut off."""

import math
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from classic.errors import BadInput
from classic.train.optimizers import Name, optimizer_of
from classic.train.processes import agreed, on_cpu, place

_TELL_EVERY = 60.0
"""Seconds, within an epoch."""
Batches = Callable[[torch.Generator], Iterable[tuple[Tensor, ...]]]
"""One epoch's batches, drawn with the given generator; of each, the part that is this process's
own."""
Loss = Callable[[nn.Module, tuple[Tensor, ...]], Tensor]
"""The mean over the rows of a batch."""


def rng_of(generator: torch.Generator) -> np.random.Generator:
    """For what numpy draws of an epoch."""
    return np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))


Say = Callable[[str], None]
"""Where progress is told, a line at a time."""


def silent(_: str) -> None:
    """Tells nobody."""


Draw = Callable[[str, float, int], None]
"""Where a curve's points go: its name, the value, and after how many epochs."""


def undrawn(_: str, __: float, ___: int) -> None:
    """Draws nothing."""


@dataclass(frozen=True)
class TrainConfig:
    """`averaging` is the decay of the moving average of the weights, by step, 0 for none; the
    average is what is watched and kept. `clip` bounds the norm of the gradients that are dense.
    `look_every` is in epochs, `patience` in looks. `plateau` is what the learning rate is
    multiplied by after a look that is no better."""

    epochs: int = 100
    optimizer: Name = "adam"
    learning_rate: float = 1e-3
    warm_up_steps: int = 100
    weight_decay: float = 0.0
    clip: float | None = 1.0
    averaging: float = 0.0
    look_every: int = 1
    patience: int = 10
    plateau: float = 1.0
    minutes: float = math.inf
    half_precision: bool = False
    seed: int = 0
    folder: Path | None = None


class _Progress:
    """Where a run is, for its checkpoint."""

    def __init__(self) -> None:
        self.epoch, self.best, self.best_epoch, self.seconds = 0, -math.inf, 0, 0.0
        self.pace = 1.0
        self.best_weights: dict[str, Tensor] = {}

    def state_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _Objective(nn.Module):
    """The net as what is minimised: where processes share a batch, all that it looks up has to pass
    through one `forward`."""

    def __init__(self, net: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.net, self._loss = net, loss

    def forward(self, batch: tuple[Tensor, ...]) -> Tensor:
        return self._loss(self.net, batch)


def train(
    net: nn.Module,
    batches: Batches,
    loss: Loss,
    config: TrainConfig,
    watch: Callable[[nn.Module], float] | None = None,
    say: Say = silent,
    draw: Draw = undrawn,
) -> int:
    """Trains `net` in place, to its best weights (the last ones, without `watch`), and gives the
    number of epochs that made them. Raises `BadInput` when the loss is no number any more."""
    # Apart in each process: weights are the first one's, dropout is everybody's own.
    set_seed(config.seed + place())
    # The library holds on to the precision of the first training in a process; each has its own.
    AcceleratorState._reset_state()
    precision = "bf16" if config.half_precision else "no"
    accelerator = Accelerator(mixed_precision=precision, cpu=on_cpu())
    optimizer = optimizer_of(net, config.optimizer, config.learning_rate, config.weight_decay)
    progress = _Progress()
    warm = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: progress.pace * min(1.0, (step + 1) / max(config.warm_up_steps, 1))
    )
    ready, optimizer = accelerator.prepare(_Objective(net, loss), optimizer)
    moving = get_ema_multi_avg_fn(config.averaging)  # type: ignore[no-untyped-call]
    average = AveragedModel(net, multi_avg_fn=moving)
    kept = average.module if config.averaging else net
    accelerator.register_for_checkpointing(progress, average, warm)
    if config.folder and (saved := _saved(config.folder)):
        accelerator.load_state(str(saved))
        say(f"  goes on after epoch {progress.epoch}")
    while progress.epoch < config.epochs and progress.seconds < 60 * config.minutes:
        began = told_last = time.perf_counter()
        # By epoch, so that a run that was cut off sees the batches it would have seen.
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + progress.epoch)
        total, steps = 0.0, 0
        ready.train()
        for batch in batches(generator):
            value = ready(tuple(part.to(accelerator.device) for part in batch))
            accelerator.backward(value)
            if config.clip:
                accelerator.clip_grad_norm_(_densely_moved(ready), config.clip)
            optimizer.step()
            optimizer.zero_grad()
            warm.step()
            if config.averaging:
                average.update_parameters(net)
            total, steps = total + float(value.detach()), steps + 1
            if time.perf_counter() - told_last > _TELL_EVERY:
                say(f"  epoch {progress.epoch + 1}, step {steps}: loss {total / steps:.4f}")
                told_last = time.perf_counter()
        progress.epoch += 1
        own = torch.tensor(total / max(steps, 1), device=accelerator.device)
        mean = float(accelerator.reduce(own, "mean"))
        if not math.isfinite(mean):
            raise BadInput(
                f"the loss is no number any more in epoch {progress.epoch}: lower "
                f"training.learning_rate, which is {config.learning_rate:g}"
            )
        told = f"  epoch {progress.epoch}: loss {mean:.4f}"
        draw("loss", mean, progress.epoch)
        looked = watch is not None and progress.epoch % config.look_every == 0
        found = watch(kept.eval()) if watch and looked else -math.inf
        found, spent = agreed([found, time.perf_counter() - began])
        progress.seconds += spent
        if looked:
            told += f", validation {found:.4f}"
            draw("validation", found, progress.epoch)
            if found > progress.best:
                progress.best, progress.best_epoch = found, progress.epoch
                progress.best_weights = {k: v.clone() for k, v in kept.state_dict().items()}
            else:
                progress.pace *= config.plateau
        say(f"{told} ({progress.seconds:.0f} s)")
        if config.folder:
            _save(accelerator, config.folder)
        if watch and progress.epoch - progress.best_epoch >= config.patience * config.look_every:
            break
    net.load_state_dict(progress.best_weights or kept.state_dict())
    net.eval()
    return progress.best_epoch or progress.epoch


_NOW, _BEFORE, _PARTIAL = "progress", "progress.before", "progress.partial"


def _save(accelerator: Accelerator, folder: Path) -> None:
    """Beside the checkpoint before, which stays until this one is whole: whoever is killed in
    between goes on from one of them."""
    now, before, partial = (folder / name for name in (_NOW, _BEFORE, _PARTIAL))
    accelerator.save_state(str(partial))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        if now.is_dir():
            shutil.rmtree(before, ignore_errors=True)
            now.rename(before)
        partial.rename(now)
        shutil.rmtree(before, ignore_errors=True)


def _saved(folder: Path) -> Path | None:
    return next((folder / name for name in (_NOW, _BEFORE) if (folder / name).is_dir()), None)


def _densely_moved(net: nn.Module) -> list[nn.Parameter]:
    return [p for p in net.parameters() if p.grad is not None and not p.grad.is_sparse]
