"""`SoftPrompt`: vectors of what a person did, to stand before the words of a prompt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from classic.data.interactions import History
from llmrec.behaviour.pretrained import Pretrained, open_pretrained
from llmrec.behaviour.projector import Projector
from llmrec.llm.adapters import ABOUT, BEHAVIOUR, WEIGHTS, about_of
from llmrec.llm.protocol import ModelError

Control = Literal["", "shuffled"]
"""`shuffled`: everybody is told as somebody else, to see what the vectors tell at all."""
_ENCODER = "encoder.npz"


class SoftPrompt(nn.Module):
    """The projector is what is trained. The encoder is none of its modules: it stays as it was
    pre-trained, where it is and without dropout."""

    def __init__(self, encoder: Pretrained, projector: Projector, control: Control = "") -> None:
        super().__init__()
        self.encoder, self.projector, self.control = encoder, projector, control

    @property
    def tokens(self) -> int:
        """How many places of a prompt it takes."""
        return self.projector.tokens

    def forward(self, people: Sequence[History]) -> Tensor:
        """float [b, tokens, width] of what people did, in the ids of the encoder."""
        profiles = torch.from_numpy(self.encoder.model.profiles_of(people))
        told: Tensor = self.projector(profiles.to(self.projector.inner.weight.device))
        return told

    @property
    def about(self) -> dict[str, dict[str, Any]]:
        """What has to stand beside its weights."""
        told = {key: self.encoder.about[key] for key in ("data", "protocol", "terms")}
        return {BEHAVIOUR: {**told, "sha256": self.encoder.sha256, "control": self.control}}

    def save(self, folder: Path) -> None:
        """The projector's weights, and the encoder that they are for."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        weights = {k: v.detach().cpu() for k, v in self.projector.state_dict().items()}
        save_file(weights, str(folder / WEIGHTS))
        self.encoder.copy_to(folder / _ENCODER)


def load_soft_prompt(folder: Path, width: int) -> SoftPrompt:
    """That of an adapter's folder, for a model whose words are so wide. Raises `ModelError` where
    the encoder there is not the one it was trained with, `BadInput` where there is none."""
    from safetensors.torch import load_file

    told = about_of(folder).get(BEHAVIOUR) or {}
    encoder = open_pretrained(str(folder / _ENCODER))
    if told.get("sha256") != encoder.sha256:
        raise ModelError(
            f"{folder / _ENCODER} is another encoder than the one in {ABOUT}: "
            "bring the folder here anew, or tune it again"
        )
    try:
        projector = Projector.like(load_file(folder / WEIGHTS))
    except (OSError, KeyError, RuntimeError) as error:
        raise ModelError(f"{folder} holds no projector ({str(error).splitlines()[0]})") from None
    if len(projector.norm.weight) != width:
        raise ModelError(f"the projector in {folder} is not for words of {width} numbers")
    return SoftPrompt(encoder, projector.eval(), told.get("control", ""))
