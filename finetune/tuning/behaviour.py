"""A tuning method that leaves the language model as it is: a projector learns to tell it what an
encoder knows of a person, as vectors before the prompt."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torch import Tensor, nn

from classic.errors import BadInput
from finetune.tuning.examples import Example
from llmrec.behaviour.pretrained import open_pretrained
from llmrec.behaviour.projector import Projector, loudness_of
from llmrec.llm.soft_prompt import Control, SoftPrompt


@dataclass(frozen=True)
class BehaviourConfig:
    """`encoder` is a file that `llmrec pretrain ptum` made, or the data it was called with;
    `tokens` vectors tell of a person. With the control `shuffled` everybody is told as somebody
    else: what is learned so is learned without the person."""

    kind: Literal["behaviour"] = "behaviour"
    encoder: str = ""
    tokens: int = 4
    control: Control = ""


class Accompanied(nn.Module):
    """A frozen model and the soft prompt before it, whose projector alone has gradients."""

    def __init__(self, base: Any, soft_prompt: SoftPrompt) -> None:
        super().__init__()
        self.base, self.soft_prompt = base.requires_grad_(False), soft_prompt

    def get_base_model(self) -> Any:
        return self.base

    def before(self, batch: Sequence[Example]) -> Tensor:
        """[b, tokens, width] of the people of examples, as the model's numbers are. Raises
        `BadInput` for an example of nobody."""
        people = [one.history for one in batch if one.history is not None]
        if len(people) < len(batch):
            raise BadInput("behaviour is for rows about people: likes and ranking have them")
        vectors: Tensor = self.soft_prompt(people)
        return vectors.to(self.base.dtype)

    def save_pretrained(self, folder: Path) -> None:
        self.soft_prompt.save(folder)


def accompanied(model: Any, config: BehaviourConfig) -> Accompanied:
    """Raises `BadInput` where no encoder is named or found."""
    if not config.encoder:
        raise BadInput(
            "adapter.encoder names no encoder: a file that `llmrec pretrain ptum` made, or its data"
        )
    if config.tokens < 1:
        raise BadInput(f"adapter.tokens: {config.tokens} vectors tell nothing, set 1 or more")
    encoder = open_pretrained(config.encoder)
    words = model.get_input_embeddings().weight
    profile = 2 * encoder.model.net.config.dimensions
    projector = Projector(profile, config.tokens, words.shape[1], loudness_of(words))
    return Accompanied(model, SoftPrompt(encoder, projector, config.control))
