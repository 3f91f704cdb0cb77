"""The same training as a job of Ray Train, for data that outgrows one machine."""

import logging
from collections.abc import Callable

from classic.errors import BadInput
from classic.train.processes import on_cpu

RESTARTS = 2


def train_on_ray(work: Callable[[], None], workers: int) -> None:
    """Runs `work` in so many processes of the cluster at RAY_ADDRESS, or of one that is started
    here. They share every batch as under `torchrun`; the first keeps the model, in a home that all
    machines have to share. Where a worker or its machine dies, all are started again, at most
    `RESTARTS` times, and go on from the last checkpoint. Raises `BadInput` without ray."""
    try:
        import ray
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchConfig, TorchTrainer
    except ImportError:
        raise BadInput("ray is not installed: pip install '.[ray]'") from None

    def quietly() -> None:
        # Ray's workers log whatever any library remarks, a line for each file of a checkpoint.
        logging.getLogger("accelerate").setLevel(logging.WARNING)
        work()

    ray.init(ignore_reinit_error=True, include_dashboard=False)
    TorchTrainer(
        quietly,
        torch_config=TorchConfig(backend="gloo" if on_cpu() else "nccl"),
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=not on_cpu()),
        run_config=RunConfig(failure_config=FailureConfig(max_failures=RESTARTS)),
    ).fit()
    ray.shutdown()
