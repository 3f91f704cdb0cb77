"""`Curve`: how a training goes, as TensorBoard shows it."""

from pathlib import Path
from typing import Any

from classic.errors import BadInput


class Curve:
    """Values by how much was learned from, in tokens or epochs. Nothing is written without a
    folder."""

    def __init__(self, folder: Path | None) -> None:
        """Raises `BadInput` where TensorBoard is not installed."""
        self._writer: Any = None
        if folder is None:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise BadInput("--tensorboard needs the package: pip install tensorboard") from None
        writer: Any = SummaryWriter
        self._writer = writer(str(folder))

    def point(self, name: str, value: float, at: int) -> None:
        if self._writer is not None:
            self._writer.add_scalar(name, value, at)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
