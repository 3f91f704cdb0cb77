"""The loss of answers alone: logits only where an answer is, and what all prompts share read once
a batch.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.tuning.examples import Example, Tokens


class AnswerLoss(nn.Module):
    """A causal language model whose `forward` is the summed loss of a batch's answers."""

    def __init__(self, model: Any, shared: Tokens) -> None:
        """`shared`: what every prompt begins with."""
        super().__init__()
        self.model, self.shared = model, shared

    def forward(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor, int]:
        """(the summed negative log-likelihood of the answers' tokens, how many of them the model
        would have written itself, how many they are)."""
        begun = len(self.shared)
        rows = [[*e.prompt[begun:], *e.answer] for e in batch]
        width = max(map(len, rows)) - 1  # what follows the last token is not asked
        device = next(self.model.parameters()).device
        read = torch.zeros(len(rows), width, dtype=torch.long)
        real = torch.zeros(len(rows), begun + width, dtype=torch.long)
        real[:, :begun] = 1
        asked = torch.zeros(len(rows), width, dtype=torch.bool)
        for n, (row, one) in enumerate(zip(rows, batch, strict=True)):
            length = len(row) - 1
            read[n, :length] = torch.tensor(row[:-1])
            real[n, begun : begun + length] = 1
            asked[n, length - len(one.answer) : length] = True
        answers = torch.tensor([t for one in batch for t in one.answer], device=device)
        states = self._states(read.to(device), real.to(device))  # [b, t, d]
        logits = self._head()(states[asked.to(device)]).float()  # [n_answers, n_words]
        right = (logits.argmax(1) == answers).sum()
        return functional.cross_entropy(logits, answers, reduction="sum"), right, len(answers)

    def _states(self, read: Tensor, real: Tensor) -> Tensor:
        """The last hidden states behind the shared beginning."""
        kept = self._begun(len(read)) if self.shared else None
        places = torch.arange(read.shape[1], device=read.device) + len(self.shared)
        return self._body()(
            read,
            attention_mask=real,
            position_ids=places[None].expand(len(read), -1),
            past_key_values=kept,
            use_cache=kept is not None,
        ).last_hidden_state

    def _begun(self, rows: int) -> Any:
        """Keys and values of the shared beginning, computed once, for every row."""
        beginning = torch.tensor([self.shared], device=next(self.model.parameters()).device)
        kept = self._body()(beginning, use_cache=True).past_key_values
        for layer in kept.layers:
            layer.keys = layer.keys.expand(rows, -1, -1, -1)
            layer.values = layer.values.expand(rows, -1, -1, -1)
        return kept

    def _causal(self) -> Any:
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    def _body(self) -> Any:
        return self._causal().get_decoder()

    def _head(self) -> Any:
        return self._causal().get_output_embeddings()
