"""The weights of the re-rankers that learned: kept as arrays, read once."""

from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from classic.rerank.listwise import ListwiseConfig, ListwiseNet

FOLDER = Path(__file__).parent / "weights"
Name = Literal["listwise", "reinforced"]


def save_weights(name: Name, net: ListwiseNet, folder: Path) -> Path:
    """Half precision, which is finer than what two trainings differ by."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().cpu().numpy() for name, value in net.state_dict().items()}
    np.savez_compressed(folder / f"{name}.npz", **weights)
    return folder / f"{name}.npz"


@cache
def shipped(name: Name, folder: Path = FOLDER) -> ListwiseNet:
    net = ListwiseNet(ListwiseConfig())
    with np.load(folder / f"{name}.npz") as kept:
        net.load_state_dict({name: torch.from_numpy(kept[name]).float() for name in kept.files})
    return net.eval()
