"""FTRL-Proximal, for weights of which most shall be nothing (McMahan et al., KDD 2013)."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class Ftrl(torch.optim.Optimizer):
    """Algorithm 1 for each coordinate: with g its gradient,

    sigma = (sqrt(n + g^2) - sqrt(n)) / alpha, z += g - sigma w, n += g^2, and then w = 0 where |z|
    is at most lambda_1, elsewhere -(z - sign(z) lambda_1) / ((beta + sqrt(n)) / alpha + lambda_2).

    Where the gradient is sparse only its rows are touched. `lr` is alpha.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.1,
        beta: float = 1.0,
        l1: float = 1e-4,
        l2: float = 1e-4,
    ) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, "l1": l1, "l2": l2})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        value = torch.enable_grad()(closure)() if closure else None
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self._update(w, w.grad, group)
        return value

    def _update(self, w: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[w]
        if not state:
            # z as if it had led to the weights there are, so that training starts from them.
            state["n"] = torch.zeros_like(w)
            state["z"] = -w * (group["beta"] / group["lr"] + group["l2"]) - group["l1"] * w.sign()
        rows: Any = slice(None)
        g = grad
        if grad.is_sparse:
            grad = grad.coalesce()
            rows, g = grad.indices()[0], grad.values()
        n, z, alpha = state["n"][rows], state["z"][rows], group["lr"]
        after = n + g.square()
        z = z + g - (after.sqrt() - n.sqrt()) / alpha * w[rows]
        pulled = z.sign() * (z.abs() - group["l1"]).clamp(min=0.0)
        w[rows] = -pulled / ((group["beta"] + after.sqrt()) / alpha + group["l2"])
        state["n"][rows], state["z"][rows] = after, z
