"""`BehaviourModel`: a language model that reads what a person did before the words of a prompt."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from classic.data.interactions import History
from llmrec.llm.adapters import named
from llmrec.llm.protocol import Messages, Scored
from llmrec.llm.shared_prefix import next_logits
from llmrec.llm.soft_prompt import SoftPrompt, load_soft_prompt
from llmrec.llm.transformers_model import TransformersModel


class BehaviourModel(TransformersModel):
    """A `BehaviourScorer`. Of nobody it says what the model without a soft prompt does."""

    def __init__(self, source: str, adapter: Path, *, half_precision: bool = False) -> None:
        """`adapter` is a folder of a soft prompt. Raises `ModelError` and `BadInput`."""
        super().__init__(source, half_precision=half_precision)
        width = self.model.get_input_embeddings().embedding_dim
        self._read_people(load_soft_prompt(adapter, width), named(adapter))

    @classmethod
    def beside(
        cls, model: Any, tokenizer: Any, name: str, soft_prompt: SoftPrompt
    ) -> "BehaviourModel":
        """A model and a soft prompt that are open already."""
        made = cls.__new__(cls)
        made._hold(model, tokenizer, name)
        made._read_people(soft_prompt, "behaviour")
        return made

    def _read_people(self, soft_prompt: SoftPrompt, name: str) -> None:
        self.soft_prompt = soft_prompt
        # What is written has no way yet to begin with vectors: only options are scored.
        can: Any = frozenset({"options"})
        self.info = replace(self.info, name=f"{self.info.name}+{name}", can=can)

    def count(self, messages: Messages) -> int:
        return self.soft_prompt.tokens + super().count(messages)

    def score_people(
        self, asked: Sequence[tuple[Messages, Sequence[str]]], people: Sequence[History]
    ) -> list[Scored]:
        """Each person's vectors are read once for all of their prompts."""
        import torch

        room = self.soft_prompt.tokens + 1
        prompts = [tuple(self._tokens(m, room)["input_ids"][0].tolist()) for m, _ in asked]
        places_of: dict[History, list[int]] = {}
        for place, person in enumerate(people):
            places_of.setdefault(person, []).append(place)
        found: dict[int, Scored] = {}
        with self._lock, torch.inference_mode():
            for person, places in places_of.items():
                begun = self._begun(person)
                shares = self.soft_prompt.tokens / len(places)
                own = next_logits(self.model, [prompts[n] for n in places], begun)
                for n, one in zip(places, own, strict=True):
                    length = self.soft_prompt.tokens + len(prompts[n])
                    scores = self._option_scores(one.logits, asked[n][1])
                    found[n] = Scored(scores, length, one.computed + shares)
        return [found[n] for n in range(len(asked))]

    def _begun(self, person: History) -> Any:
        """Keys and values of a person's vectors."""
        vectors = self.soft_prompt([person]).to(self.model.device, self.model.dtype)
        return self.model(inputs_embeds=vectors, use_cache=True, logits_to_keep=1).past_key_values
