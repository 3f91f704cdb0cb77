"""What is known of a catalogue from behaviour: neighbours, popularity, mean ratings.

The embedded films come with a signal trained on MovieLens by `python -m classic.train_films`;
any catalogue with interactions gets one when it is opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from scipy import sparse

from classic.data.catalog import Catalog
from classic.data.interactions import Interactions
from classic.memory import TooLarge
from classic.rate import RatingModel
from classic.retrieve.ease import fit_ease
from classic.retrieve.item_item import ItemItem
from classic.retrieve.item_knn import fit_item_knn

Neighbours = Callable[[Interactions], ItemItem]
"""Whoever makes item-item weights of interactions."""
_SHRINK = 5.0


@dataclass(frozen=True, eq=False)
class Signal:
    """`popularity` is float [n_items] in 0..1; the rest is missing where nothing is known."""

    popularity: np.ndarray
    behaviour: ItemItem | None = None
    ratings: RatingModel | None = None


def find_signal(catalog: Catalog, interactions: Interactions | None) -> Signal:
    """The signal of a catalogue: fitted on its interactions, shipped, or judged fame alone."""
    if interactions is not None:
        return fit_signal(catalog, interactions)
    shipped = files("classic.data") / "films" / "signal.npz"
    if catalog.name == "films" and shipped.is_file():
        with as_file(shipped) as path:
            return load_signal(path, catalog)
    return Signal(_fame(catalog))


def fit_signal(
    catalog: Catalog, interactions: Interactions, neighbours: Neighbours = fit_ease
) -> Signal:
    """Neighbours from likes, popularity from counts, shrunk means from ratings."""
    likes = interactions.liked()
    try:
        found = neighbours(likes)
    except TooLarge:
        # A large catalogue has neighbours all the same; these cost what people share, not n^2.
        found = fit_item_knn(likes)
    behaviour = aligned(found, catalog)
    counts = np.zeros(len(catalog))
    where = [(n, catalog.row(i)) for n, i in enumerate(interactions.item_ids) if i in catalog]
    liked = np.bincount(likes.items, minlength=likes.n_items)
    for n, row in where:
        counts[row] = liked[n]
    popularity = np.log1p(counts) / max(np.log1p(counts).max(), 1e-9)
    return Signal(popularity, behaviour, _ratings(catalog, interactions, where, behaviour))


def _ratings(
    catalog: Catalog, rated: Interactions, where: list[tuple[int, int]], neighbours: ItemItem
) -> RatingModel | None:
    if rated.ratings is None:
        return None
    overall, overall_spread = float(rated.ratings.mean()), float(rated.ratings.std())
    n = np.bincount(rated.items, minlength=rated.n_items)
    total = np.bincount(rated.items, weights=rated.ratings, minlength=rated.n_items)
    squares = np.bincount(rated.items, weights=rated.ratings**2, minlength=rated.n_items)
    mean = (total + _SHRINK * overall) / (n + _SHRINK)
    variance = np.maximum(squares / np.maximum(n, 1) - (total / np.maximum(n, 1)) ** 2, 0.0)
    spread = np.sqrt((n * variance + _SHRINK * overall_spread**2) / (n + _SHRINK))
    means, spreads = np.full(len(catalog), np.nan), np.full(len(catalog), np.nan)
    for source, row in where:
        if n[source]:
            means[row], spreads[row] = mean[source], spread[source]
    return RatingModel(catalog.ids, means, spreads, neighbours)


def aligned(model: ItemItem, catalog: Catalog) -> ItemItem:
    """The model with the rows and columns of a catalogue; items it does not know are silent."""
    known = [(n, catalog.row(i)) for n, i in enumerate(model.item_ids) if i in catalog]
    here = np.array([row for _, row in known], dtype=np.int64)
    there = np.array([n for n, _ in known], dtype=np.int64)
    move = sparse.csr_matrix(
        (np.ones(len(known), dtype=np.float32), (here, there)),
        shape=(len(catalog), len(model.item_ids)),
    )
    return ItemItem(model.name, catalog.ids, sparse.csr_matrix(move @ model.weights @ move.T))


def save_signal(signal: Signal, path: Path) -> None:
    """One compressed file, keyed by item id."""
    assert signal.behaviour is not None
    assert signal.ratings is not None
    matrix = signal.behaviour.weights
    np.savez_compressed(
        path,
        item_ids=np.array(signal.behaviour.item_ids),
        model=np.array(signal.behaviour.name),
        data=matrix.data.astype(np.float16),
        indices=matrix.indices.astype(np.int16),
        indptr=matrix.indptr.astype(np.int32),
        popularity=signal.popularity.astype(np.float16),
        means=signal.ratings.means.astype(np.float16),
        spreads=signal.ratings.spreads.astype(np.float16),
    )


def load_signal(path: Path, catalog: Catalog) -> Signal:
    """A saved signal, brought to the rows of the catalogue."""
    with np.load(path, allow_pickle=False) as saved:
        ids = tuple(str(i) for i in saved["item_ids"])
        parts = (
            saved["data"].astype(np.float32),
            saved["indices"].astype(np.int32),
            saved["indptr"],
        )
        weights = sparse.csr_matrix(parts, shape=(len(ids), len(ids)))
        behaviour = aligned(ItemItem(str(saved["model"]), ids, weights), catalog)
        column = {
            name: saved[name].astype(np.float64) for name in ("popularity", "means", "spreads")
        }
    here = {name: np.full(len(catalog), np.nan) for name in column}
    for n, item_id in enumerate(ids):
        if item_id in catalog:
            for name, values in column.items():
                here[name][catalog.row(item_id)] = values[n]
    fame = _fame(catalog)
    # Films too new to have been rated take their judged fame, so that they are not buried.
    popularity = np.where(np.nan_to_num(here["popularity"]) > 0, here["popularity"], 0.8 * fame)
    ratings = RatingModel(catalog.ids, here["means"], here["spreads"], behaviour)
    return Signal(popularity, behaviour, ratings)


def _fame(catalog: Catalog) -> np.ndarray:
    """Judged fame in 0..1, the middle where nobody judged."""
    return np.array([(i.attributes.get("fame", 3.0) - 1.0) / 4.0 for i in catalog])
