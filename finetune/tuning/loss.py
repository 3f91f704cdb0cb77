"""The loss of answers alone: logits only where an answer is, and what all prompts share read once
a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.tuning.examples import Example, Tokens


@dataclass(frozen=True)
class Scored:
    """Of a batch: `loss`, the summed negative log-likelihood of its answers' tokens; `right`, bool
    [n_tokens], where the model would have written the answer's token itself."""

    loss: Tensor
    right: Tensor


class AnswerLoss(nn.Module):
    """A causal language model, with or without adapters, whose `forward` scores answers."""

    def __init__(self, model: Any, shared: Tokens) -> None:
        """`shared`: what every prompt begins with."""
        super().__init__()
        self.model, self.shared = model, shared
        learned = getattr(model, "active_peft_config", None)
        self.virtual = learned.num_virtual_tokens if learned and learned.is_prompt_learning else 0
        """Tokens before everything that are learned and stand for no words."""

    def forward(self, batch: Sequence[Example]) -> Scored:
        """The tokens of `Scored` are those of the answers, one answer after the other."""
        logits, answers = self.logits(batch)
        loss = functional.cross_entropy(logits, answers, reduction="sum")
        return Scored(loss, logits.argmax(1) == answers)

    def logits(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Float32 [n_tokens, n_words] before each token of the answers, and int64 [n_tokens], those
        tokens."""
        begun = self.virtual + len(self.shared)
        rows = [[*e.prompt[len(self.shared) :], *e.answer] for e in batch]
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
        states = self._states(read.to(device), real.to(device), begun)  # [b, t, d]
        return self._head()(states[asked.to(device)]).float(), answers

    def _states(self, read: Tensor, real: Tensor, begun: int) -> Tensor:
        """The last hidden states behind what is shared."""
        kept = self._begun(len(read)) if begun else None
        places = torch.arange(read.shape[1], device=read.device) + begun
        return self._body()(
            read,
            attention_mask=real,
            position_ids=places[None].expand(len(read), -1),
            past_key_values=kept,
            use_cache=kept is not None,
        ).last_hidden_state

    def _begun(self, rows: int) -> Any:
        """Keys and values of the beginning, computed once, for every row."""
        kept = self._beginning()
        for layer in kept.layers:
            layer.keys = layer.keys.expand(rows, -1, -1, -1)
            layer.values = layer.values.expand(rows, -1, -1, -1)
        return kept

    def _beginning(self) -> Any:
        """Prefix tuning learns keys and values, prompt tuning embeddings; the words come after."""
        learned = self.model.get_prompt(batch_size=1) if self.virtual else None
        device = next(self.model.parameters()).device
        words = torch.tensor([self.shared], dtype=torch.long, device=device)
        if not isinstance(learned, Tensor):
            if not self.shared:
                return learned
            return self._body()(words, past_key_values=learned, use_cache=True).past_key_values
        embedded = torch.cat([learned, self._body().embed_tokens(words)], dim=1)
        return self._body()(inputs_embeds=embedded, use_cache=True).past_key_values

    def _causal(self) -> Any:
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    def _body(self) -> Any:
        return self._causal().get_decoder()

    def _head(self) -> Any:
        return self._causal().get_output_embeddings()
