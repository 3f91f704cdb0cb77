"""What a fit is about to need, refused before it begins rather than killed in its middle."""

import psutil

from classic.errors import BadInput


class TooLarge(BadInput):
    """It does not fit into the memory that is free."""


def reserve(n_bytes: int, what: str, instead: str) -> None:
    """Raises `TooLarge` with the estimate when `n_bytes` are more than is free."""
    free = psutil.virtual_memory().available
    if n_bytes > free:
        raise TooLarge(
            f"{what} needs about {n_bytes / 2**30:.1f} GiB of memory and "
            f"{free / 2**30:.1f} GiB are free: {instead}"
        )
