"""Losses over a catalogue: which item came next, against all the others or a sample of them.

Each takes `hidden` float [n, d] (what the model says at n places), `items` float [n_items, d] (what
it is compared with) and `wanted` int64 [n], and gives the mean over the places.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

AnyLoss = Callable[[Tensor, Tensor, Tensor], Tensor]
_ROWS_AT_ONCE = 1024


class _FullSoftmax(torch.autograd.Function):
    """Cross-entropy over all items without ever holding all the logits: a block of rows at a time,
    whose gradient, softmax minus one at the wanted, is multiplied out while it is in the cache."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        kind = torch.bfloat16 if torch.is_autocast_enabled(hidden.device.type) else hidden.dtype
        h, w = hidden.detach().to(kind), items.detach().to(kind)
        to_hidden = torch.empty_like(hidden)
        to_items = torch.zeros_like(items)
        total = torch.zeros((), device=hidden.device)
        for a in range(0, len(h), _ROWS_AT_ONCE):
            rows, target = h[a : a + _ROWS_AT_ONCE], wanted[a : a + _ROWS_AT_ONCE, None]
            logits = (rows @ w.T).float()
            at_wanted = logits.gather(1, target)
            highest = logits.amax(dim=1, keepdim=True)
            share = logits.sub_(highest).exp_()
            mass = share.sum(dim=1, keepdim=True)
            total += (mass.log() + highest - at_wanted).sum()
            share /= mass
            share.scatter_add_(1, target, torch.full_like(mass, -1.0))
            share = share.to(kind)
            to_hidden[a : a + _ROWS_AT_ONCE] = share @ w
            to_items += share.T @ rows
        ctx.save_for_backward(to_hidden / len(h), to_items / len(h))
        return total / len(h)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        to_hidden, to_items = ctx.saved_tensors
        return to_hidden * upstream[0], to_items * upstream[0], None


@dataclass(frozen=True)
class FullSoftmax:
    """-log softmax over the whole catalogue."""

    kind: Literal["softmax"] = "softmax"

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        loss: Tensor = _FullSoftmax.apply(hidden, items, wanted)  # type: ignore[no-untyped-call]
        return loss


@dataclass(frozen=True)
class SampledSoftmax:
    """Softmax over the wanted item and `negatives` items that all places of the batch share,
    drawn evenly. A negative that is the wanted item is taken out; the logits of the others are
    raised by -log of how many are expected, logQ (Bengio & Senecal 2008)."""

    negatives: int = 256
    kind: Literal["sampled-softmax"] = "sampled-softmax"

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        drawn = torch.randint(len(items), (self.negatives,), device=items.device)
        own = (hidden * items[wanted]).sum(dim=1, keepdim=True)
        expected = torch.tensor(self.negatives / len(items), device=items.device)
        others = hidden @ items[drawn].T - torch.log(expected)
        others = others.masked_fill(drawn[None, :] == wanted[:, None], -torch.inf)
        logits = torch.cat([own, others], dim=1).float()
        return functional.cross_entropy(logits, torch.zeros_like(wanted))


@dataclass(frozen=True)
class GBce:
    """gBCE (Petrov & Macdonald, RecSys 2023, eq. 10-11): binary cross-entropy against sampled
    negatives, where the positive's likelihood is raised to beta, which undoes the overconfidence
    that the sampling rate alpha brings. `calibration` is t: 0 is plain BCE (SASRec's own loss with
    one negative), 1 fully calibrated. `shared` places in a row have the same negatives: looking
    vectors up costs more than multiplying them. A negative that is the wanted item is taken out."""

    negatives: int = 256
    calibration: float = 0.75
    shared: int = 64
    kind: Literal["gbce"] = "gbce"

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        n, n_groups = len(wanted), -(-len(wanted) // self.shared)
        drawn = torch.randint(len(items), (n_groups, self.negatives), device=items.device)
        own = (hidden * items[wanted]).sum(dim=1).float()
        padded = functional.pad(hidden, (0, 0, 0, n_groups * self.shared - n))
        groups = padded.view(n_groups, self.shared, -1)
        others = (groups @ items[drawn].transpose(1, 2)).flatten(0, 1)[:n].float()
        same = drawn.repeat_interleave(self.shared, dim=0)[:n] == wanted[:, None]
        others = others.masked_fill(same, -torch.inf)
        rate = self.negatives / len(items)
        t = self.calibration
        beta = rate * (t * (1.0 - 1.0 / rate) + 1.0 / rate)
        positive = -beta * functional.logsigmoid(own)
        negative = functional.softplus(others).sum(dim=1)
        return (positive + negative).mean()


@dataclass(frozen=True, eq=False)
class InBatchSoftmax:
    """Softmax among the items that other places of the batch wanted, `group` places at a time.

    An item is among them as often as it is wanted, which `log_q` (float [n_items], the log of its
    share of all that was wanted; `None` for no correction) takes off its logit again (Yi et al.,
    RecSys 2019, eq. 3). Another place that wanted the very same item is no negative.
    """

    temperature: float = 0.05
    log_q: Tensor | None = None
    group: int = 1024

    def __call__(self, hidden: Tensor, items: Tensor, wanted: Tensor) -> Tensor:
        order = torch.randperm(len(wanted), device=wanted.device)
        total = torch.zeros((), device=hidden.device)
        for places in torch.split(order, self.group):
            own = wanted[places]
            logits = hidden[places] @ items[own].T / self.temperature
            if self.log_q is not None:
                logits = logits - self.log_q.to(logits)[own]
            same = own[:, None] == own[None, :]
            logits = logits.masked_fill(same.fill_diagonal_(False), -torch.inf)
            here = torch.arange(len(own), device=own.device)
            total = total + functional.cross_entropy(logits.float(), here, reduction="sum")
        return total / len(wanted)


Loss = FullSoftmax | SampledSoftmax | GBce
"""Those that a configuration can name."""
