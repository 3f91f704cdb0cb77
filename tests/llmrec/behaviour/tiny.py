"""An encoder of a few thousand drawn weights that knows the embedded films, in a file."""

from pathlib import Path

import pytest
import torch

from classic.data.films import load_films
from classic.retrieve.text_encoder import vectors_of
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.pretrained import open_pretrained
from llmrec.behaviour.recommender import Ptum, save_ptum


def tiny_encoder(folder: Path, seed: int = 0, **told: object) -> Path:
    """The file of its weights; `told` changes what is said of it."""
    films = load_films()
    torch.manual_seed(seed)
    config = EncoderConfig(8, 1, 2, length=12)
    net = BehaviourEncoder(len(films), config, vectors_of(films)).eval()
    path = folder / f"encoder-{seed}.npz"
    about = {"data": "films", "protocol": "last-two", "terms": "those of who was read"}
    save_ptum(Ptum.of(net, films.ids), path, about | told)
    return path


def before_the_answers(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Whoever asks for an encoder is given one that saw nobody's last two."""
    opened = open_pretrained(str(tiny_encoder(folder)))
    monkeypatch.setattr("llmrec.behaviour.pretrained.open_pretrained", lambda _: opened)
