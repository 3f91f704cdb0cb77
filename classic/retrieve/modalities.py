"""What is known of items beside who met them, as dense vectors for models that read it."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from classic.data.catalog import Catalog
from classic.retrieve.content import field_matrix


def modalities(
    catalog: Catalog,
    item_ids: Sequence[str],
    vectors: np.ndarray | None = None,
    dimensions: int = 64,
) -> dict[str, np.ndarray]:
    """By name, float32 [len(item_ids), w]: `fields`, the TF-IDF of fields in their main directions
    (latent semantic analysis), and `prose`, where there are sentence `vectors` of the catalogue.
    Rows have length 1; an item that the catalogue lacks is zeros."""
    found = {"fields": main_directions(field_matrix(catalog), dimensions)}
    if vectors is not None:
        found["prose"] = vectors
    return {name: of_items(catalog, item_ids, known) for name, known in found.items()}


def word_shares(catalog: Catalog, item_ids: Sequence[str]) -> np.ndarray:
    """float32 [len(item_ids), n_words]: an item's genres, keywords and moods, in equal shares."""
    words: dict[str, int] = {}
    rows, columns = [], []
    for row, item in enumerate(catalog):
        for word in dict.fromkeys((*item.genres, *item.keywords, *item.moods)):
            rows.append(row)
            columns.append(words.setdefault(word.casefold(), len(words)))
    matrix = np.zeros((len(catalog), max(len(words), 1)), dtype=np.float32)
    matrix[rows, columns] = 1.0
    matrix /= np.maximum(matrix.sum(axis=1, keepdims=True), 1.0)
    return of_items(catalog, item_ids, matrix)


def main_directions(matrix: sparse.csr_matrix | np.ndarray, dimensions: int) -> np.ndarray:
    """float32 [n, <= dimensions] with unit rows, the strongest direction first."""
    dimensions = min(dimensions, min(matrix.shape) - 1)
    if dimensions < 1:
        return np.asarray(sparse.csr_matrix(matrix).toarray(), dtype=np.float32)
    start = np.ones(min(matrix.shape))
    u, s, _ = svds(matrix, k=dimensions, v0=start)
    found = (u * s)[:, ::-1]
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9))


def of_items(catalog: Catalog, item_ids: Sequence[str], known: np.ndarray) -> np.ndarray:
    """float32 [len(item_ids), w]: rows of the catalogue in that order, zeros where it has none."""
    aligned = np.zeros((len(item_ids), known.shape[1]), dtype=np.float32)
    for row, item_id in enumerate(item_ids):
        if item_id in catalog:
            aligned[row] = known[catalog.row(item_id)]
    return aligned
