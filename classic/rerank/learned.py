"""The weights of the re-ranker that learned: kept as arrays, read once."""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from classic.rerank.listwise import ListwiseConfig, ListwiseNet

FOLDER = Path(__file__).parent / "weights"
_FILE = "listwise.npz"


def save_listwise(net: ListwiseNet, folder: Path) -> Path:
    """Half precision, which is finer than what two trainings differ by."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().cpu().numpy() for name, value in net.state_dict().items()}
    np.savez_compressed(folder / _FILE, **weights)
    return folder / _FILE


@cache
def shipped_listwise(folder: Path = FOLDER) -> ListwiseNet:
    net = ListwiseNet(ListwiseConfig())
    with np.load(folder / _FILE) as kept:
        net.load_state_dict({name: torch.from_numpy(kept[name]).float() for name in kept.files})
    return net.eval()
