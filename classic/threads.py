"""Work on all cores at once, for what leaves Python's lock while it computes (numpy, scipy)."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits


def side_by_side(work: Callable[[np.ndarray], None], rows: np.ndarray) -> None:
    """Does `work` on a share of `rows` (int64) for each core; the first error is raised. Inside,
    BLAS keeps to one thread: two levels of threads wait for each other."""
    cores = os.cpu_count() or 1
    shares = [rows[n::cores] for n in range(cores)]
    with threadpool_limits(1), ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(work, shares))
