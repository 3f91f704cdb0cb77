"""One of several processes that train together (`torchrun`, `accelerate launch`, Ray Train): which
rows are its own, and what all of them agree on. Who trains alone has everything."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list


def batches_of(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Rows in batches of about that size, each as far as it is this process's own."""
    for batch in np.array_split(rows, max(1, round(len(rows) / size))):
        yield own_part(batch)


def own_part(batch: Any) -> Any:
    """Every n-th row of a batch (array or tensor), all processes starting apart: together they
    learn from it what one would. Where there are fewer rows than processes, each has all."""
    state = _state()
    if len(batch) < state.num_processes:
        return batch
    return batch[place() :: state.num_processes]


def own_draws(rng: np.random.Generator) -> np.random.Generator:
    """For what is drawn for own rows alone: apart from what the others draw for theirs."""
    if is_first():
        return rng
    apart: Any = rng.bit_generator
    return np.random.Generator(apart.jumped(place()))


def agreed(found: list[Any]) -> list[Any]:
    """What the first process found, in all of them: by clocks of their own they would part."""
    return found if alone() else list(broadcast_object_list(found))


def place() -> int:
    """Which of the processes this is."""
    return int(_state().process_index)


def alone() -> bool:
    return int(_state().num_processes) == 1


def is_first() -> bool:
    """Whether this is the process that speaks and writes."""
    return place() == 0


def on_cpu() -> bool:
    """Whether there is nothing faster."""
    return not torch.accelerator.is_available()


def _state() -> PartialState:
    return PartialState(cpu=on_cpu())
