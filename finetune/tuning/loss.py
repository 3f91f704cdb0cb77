"""The loss of answers alone: logits only where an answer is, and what all prompts share read once
a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.tuning.behaviour import Accompanied
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
        """`shared`: what every prompt begins with. Behind a person of its own each row reads it
        anew."""
        super().__init__()
        self.people = isinstance(model, Accompanied)
        """Whether each row begins with what its person did."""
        self.model, self.shared = model, () if self.people else shared
        self.virtual = _virtual_tokens(model)
        """Tokens before everything that stand for no words."""

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
        states = self._states(batch, read.to(device), real.to(device), begun)  # [b, t, d]
        return self._head()(states[asked.to(device)]).float(), answers

    def _states(self, batch: Sequence[Example], read: Tensor, real: Tensor, begun: int) -> Tensor:
        """The last hidden states behind what is before."""
        kept = self._begun(batch) if begun else None
        places = torch.arange(read.shape[1], device=read.device) + begun
        return self._body()(
            read,
            attention_mask=real,
            position_ids=places[None].expand(len(read), -1),
            past_key_values=kept,
            use_cache=kept is not None,
        ).last_hidden_state

    def _begun(self, batch: Sequence[Example]) -> Any:
        """Keys and values of what is before every row: of its person, or of what all share,
        computed once."""
        if self.people:
            vectors = self.model.before(batch)
            return self._body()(inputs_embeds=vectors, use_cache=True).past_key_values
        kept = self._beginning()
        for layer in kept.layers:
            layer.keys = layer.keys.expand(len(batch), -1, -1, -1)
            layer.values = layer.values.expand(len(batch), -1, -1, -1)
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


def _virtual_tokens(model: Any) -> int:
    if isinstance(model, Accompanied):
        return model.soft_prompt.tokens
    learned = getattr(model, "active_peft_config", None)
    return learned.num_virtual_tokens if learned and learned.is_prompt_learning else 0
