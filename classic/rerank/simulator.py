"""A made-up person before a slate, for policies to learn by trial. What it says of a policy is
never evidence: that comes from what real people liked (`classic.evaluate.off_policy`)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Viewer:
    """Looks down the slate from the top and gets to place t (0 the first) with chance patience^t,
    whatever stood above (the position model; Craswell et al., WSDM 2008). Takes to an item that
    it wants, less so where it resembles one shown above: by boredom times the dial times how alike
    the two are, at most wholly. A want is a like that a real person gave later."""

    patience: float = 0.85
    boredom: float = 1.0

    def reward(self, slates: Tensor, wanted: Tensor, alike: Tensor, dial: Tensor) -> Tensor:
        """float [s, b]: how many items of int64 [s, b, k] slates are taken to, on average; of b
        lists float [b, m] what is wanted, [b, m, m] how alike candidates are, and [b] dials."""
        lists = torch.arange(slates.shape[1], device=slates.device)[None, :, None]
        same = alike[lists[..., None], slates[..., :, None], slates[..., None, :]]
        resembles = same.tril(-1).amax(dim=3)  # what stands above alone
        tired = (self.boredom * dial[None, :, None] * resembles).clamp(0.0, 1.0)
        reached = self.patience ** torch.arange(slates.shape[2], device=slates.device)
        return (wanted[lists, slates] * (1.0 - tired) * reached).sum(dim=2)
