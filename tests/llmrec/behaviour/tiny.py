"""An encoder of a few thousand drawn weights that knows the embedded films, in a file."""

from pathlib import Path

import torch

from classic.data.films import load_films
from classic.retrieve.text_encoder import vectors_of
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
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
