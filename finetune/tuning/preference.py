"""What is wanted rather than what a model would say: direct preference optimisation of one-token
answers, with one rejected answer (Rafailov et al., DPO, NeurIPS 2023) or several (Chen et al.,
S-DPO, NeurIPS 2024)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from classic.errors import BadInput
from finetune.tuning.examples import Example, Tokens, batches, shared_beginning
from finetune.tuning.loss import AnswerLoss, Scored


@dataclass(frozen=True)
class Mistake(Example):
    """An answer of one token, the `rejected` ones, and what the model gave them before:
    `reference`, the log-probabilities of the answer and of each rejected."""

    rejected: Tokens = ()
    reference: tuple[float, ...] = ()


class PreferenceLoss(AnswerLoss):
    """-log sigma(-log sum_j exp(beta (d_j - d_answer))), d the log-probability less its reference:
    the loss of S-DPO, and with one rejected answer that of DPO."""

    def __init__(self, model: Any, shared: Tokens, beta: float) -> None:
        super().__init__(model, shared)
        self.beta = beta

    def forward(self, batch: Sequence[Example]) -> Scored:
        """Raises `BadInput` for what is no mistake."""
        if not all(isinstance(one, Mistake) for one in batch):
            raise BadInput("preferences are learned from mistakes alone")
        logits, answers = self.logits(batch)
        options = torch.tensor([[*m.answer, *m.rejected] for m in batch], device=logits.device)  # type: ignore[attr-defined]
        before = torch.tensor([m.reference for m in batch], device=logits.device)  # type: ignore[attr-defined]
        moved = logits.log_softmax(1).gather(1, options) - before  # [b, 1 + n_rejected]
        gap = self.beta * (moved[:, 1:] - moved[:, :1])
        loss = -functional.logsigmoid(-torch.logsumexp(gap, dim=1))
        return Scored(loss.sum(), logits.argmax(1) == answers)


@torch.inference_mode()
def mistakes(
    model: Any, examples: Sequence[Example], options: Tokens, n: int, batch_tokens: int = 4096
) -> list[Mistake]:
    """The examples whose answer a model does not put first among the options, each with the `n`
    others that it would rather say."""
    model.eval()
    loss_of = AnswerLoss(model, shared_beginning(examples))
    asked = torch.tensor(options)
    found = []
    for batch in batches(examples, batch_tokens, random.Random(0)):
        logits, _ = loss_of.logits(batch)
        told = logits.log_softmax(1).cpu()
        for one, row in zip(batch, told, strict=True):
            order = asked[row[asked].argsort(descending=True)].tolist()
            if order[0] == one.answer[0]:
                continue
            rejected = tuple(t for t in order if t != one.answer[0])[:n]
            reference = tuple(float(row[t]) for t in (one.answer[0], *rejected))
            found.append(Mistake(one.prompt, one.answer, rejected, reference, history=one.history))
    return found
