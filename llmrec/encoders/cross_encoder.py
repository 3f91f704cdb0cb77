"""A cross-encoder as a re-ranker: it reads a person and an item together (Nogueira and Cho,
Passage re-ranking with BERT, 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classic.data.catalog import Catalog
from classic.errors import BadInput
from llmrec.encoders.texts import item_text, person_text

_BATCH = 64


@dataclass(frozen=True, eq=False)
class CrossEncoder:
    """`net` is a `sentence_transformers.CrossEncoder` with one output, a logit."""

    catalog: Catalog
    net: Any

    def scores(self, history: Sequence[str], candidates: Sequence[str]) -> np.ndarray:
        """float64 [n_candidates]: logits of items, by id, for a person with a history of ids."""
        person = person_text([self.catalog[i].label for i in history])
        pairs = [(person, item_text(self.catalog[i])) for i in candidates]
        told = self.net.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(told, dtype=np.float64).reshape(-1)


def open_cross(source: Path) -> Any:
    """A tuned `CrossEncoder` of a folder. Raises `BadInput`."""
    import torch
    from sentence_transformers import CrossEncoder as Pairs

    if not (source / "config.json").is_file():
        raise BadInput(f"{source} holds no cross-encoder: llmrec finetune reranker makes one")
    return Pairs(
        str(source), device="cpu", local_files_only=True, activation_fn=torch.nn.Identity()
    )
