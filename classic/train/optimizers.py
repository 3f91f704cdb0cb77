"""Which optimiser moves which weights, by name."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import nn

from classic.train.ftrl import Ftrl

Name = Literal["adam", "sgd", "adagrad", "ftrl-adagrad"]
_BETAS = (0.9, 0.98)


def optimizer_of(
    net: nn.Module, name: Name, learning_rate: float, weight_decay: float = 0.0
) -> torch.optim.Optimizer:
    """Vectors with sparse gradients are moved only where they have one. `ftrl-adagrad` (Cheng et
    al. 2016) moves whatever is below a module called `wide` by FTRL, the rest by Adagrad."""
    if name == "sgd":
        return torch.optim.SGD(_decayed_apart(list(net.parameters()), weight_decay), learning_rate)
    if name == "adagrad":
        return torch.optim.Adagrad(net.parameters(), learning_rate)
    if name == "ftrl-adagrad":
        wide, deep = _parted(net, lambda path: "wide" in path.split("."))
        parts = [Ftrl(wide)] if wide else []
        return Together([*parts, torch.optim.Adagrad(deep, learning_rate)])
    looked_up = {f"{path}.weight" for path, module in net.named_modules() if _is_sparse(module)}
    sparse, dense = _parted(net, looked_up.__contains__)
    groups = _decayed_apart(dense, weight_decay)
    adam = torch.optim.AdamW(groups, learning_rate, betas=_BETAS, fused=True)
    if not sparse:
        return adam
    return Together([torch.optim.SparseAdam(sparse, learning_rate, betas=_BETAS), adam])


class Together(torch.optim.Optimizer):
    """Several optimisers, each with weights of its own, that step as one."""

    def __init__(self, parts: Sequence[torch.optim.Optimizer]) -> None:
        self.parts = list(parts)
        super().__init__([dict(group) for part in parts for group in part.param_groups], {})
        self._share()

    def _share(self) -> None:
        """The groups are the parts' own, so that a new learning rate reaches them."""
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        value = closure() if closure else None
        for part in self.parts:
            part.step()
        return value

    def state_dict(self) -> dict[str, Any]:
        return {"state": [part.state_dict() for part in self.parts], "param_groups": []}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["state"], strict=True):
            part.load_state_dict(state)
        self._share()


def _is_sparse(module: nn.Module) -> bool:
    return isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.sparse


def _parted(
    net: nn.Module, inside: Callable[[str], bool]
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The weights at whose path `inside` is true, and the others."""
    named = list(net.named_parameters())
    return [p for path, p in named if inside(path)], [p for path, p in named if not inside(path)]


def _decayed_apart(weights: Sequence[nn.Parameter], decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; biases and the gains of norms are not."""
    matrices = [p for p in weights if p.dim() >= 2]
    others = [p for p in weights if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
