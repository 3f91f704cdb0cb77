"""Makes the artefacts that ship with the embedded films, and measures what they are worth.

    python -m classic.train_films [--data DIR] [--out DIR]

The collaborative signal is trained on ml-latest-small, whose terms allow passing transformations
on under the same conditions; text vectors come from the films' own words.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.interactions import History, Interactions
from classic.data.movielens import read_latest
from classic.data.places import find_folder
from classic.errors import BadInput
from classic.metrics import hits, interval, ndcg, recall, top_items
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.retrieve.text_encoder import fingerprint, save_vectors, vectors_of
from classic.signal import fit_signal, save_signal
from classic.text import fold

_L2 = (20.0, 50.0, 100.0, 200.0, 400.0)
_FOLDS = 5
_K = 20
_NDCG = f"ndcg@{_K}/full"
_PROTOCOL = (
    "users with ten likes or more are cut in two halves: one chooses EASE's l2, the other reports; "
    f"{_FOLDS} folds of the half are held out in turn, half of each held-out user's likes hidden"
)
_KEPT = 120
_ENOUGH = 10
_ARTICLES = ("the ", "a ", "an ")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of ml-latest-small")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "data" / "films")
    given = parser.parse_args(arguments)
    folder = given.data or find_folder("ml-latest-small", "ratings.csv")
    if folder is None:
        raise BadInput("ml-latest-small is not here: give --data")
    films = load_films()
    ratings = on_films(films, *read_latest(folder))
    likes = ratings.liked()
    choosing, reporting = halves(likes)
    tried = {l2: measured(partial(fit_ease, config=ease(l2)), likes, choosing) for l2 in _L2}
    config = ease(max(tried, key=lambda l2: tried[l2][_NDCG]))
    rows = compare(likes, config, reporting)
    save_signal(
        fit_signal(films, ratings, partial(fit_ease, config=config)), given.out / "signal.npz"
    )
    vectors = vectors_of(films)
    assert vectors is not None
    save_vectors(given.out / "text_vectors.npz", vectors, fingerprint(films))
    record = {
        "command": "python -m classic.train_films",
        "data": "ml-latest-small (terms: signal.LICENSE.md)",
        "ratings_sha256": hashlib.sha256((folder / "ratings.csv").read_bytes()).hexdigest(),
        "films": len(films),
        "films_rated": int((np.bincount(ratings.items, minlength=ratings.n_items) > 0).sum()),
        "users": ratings.n_users,
        "protocol": _PROTOCOL,
        "rows": rows,
        "l2_tried_on_the_other_half": {str(l2): round(row[_NDCG], 4) for l2, row in tried.items()},
        "shipped": {"model": "ease", "l2": config.l2, "keep": config.keep},
    }
    (given.out / "signal.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    for row in rows:
        print({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})


def on_films(films: Catalog, source: Catalog, ratings: Interactions) -> Interactions:
    """The ratings of films that are in our catalogue, under our ids."""
    ours: dict[tuple[str, int | None], str] = {}
    for item in films:
        for name in (item.title, *item.aliases):
            ours.setdefault((_plain(name), item.year), item.item_id)
    theirs = np.full(len(source), -1, dtype=np.int64)
    taken: set[str] = set()
    for row, item in enumerate(source):
        for name in (item.title, *item.aliases):
            found = ours.get((_plain(name), item.year))
            if found and found not in taken:
                theirs[row] = films.row(found)
                taken.add(found)
                break
    kept = ratings.select(theirs[ratings.items] >= 0)
    return Interactions(
        kept.users,
        theirs[kept.items].astype(np.int32),
        kept.user_ids,
        films.ids,
        kept.ratings,
        kept.timestamps,
    )


def _plain(title: str) -> str:
    """Letters and digits without a leading article."""
    folded = fold(title).replace("&", "and")
    for article in _ARTICLES:
        folded = folded.removeprefix(article)
    return "".join(c for c in folded if c.isalnum())


Fit = Callable[[Interactions], Recommender]


def ease(l2: float) -> EaseConfig:
    return EaseConfig(l2=l2, keep=_KEPT)


def compare(likes: Interactions, config: EaseConfig, users: np.ndarray) -> list[dict]:
    """Every retriever on users that training never saw, by NDCG and recall."""
    fits: list[tuple[dict, Fit]] = [({"model": "popularity"}, fit_popularity)]
    for weighting in ("cosine", "tfidf", "bm25"):
        knn = ItemKnnConfig(weighting=weighting, k=_KEPT)
        fits.append(({"model": f"item-knn-{weighting}"}, partial(fit_item_knn, config=knn)))
    fits.append(({"model": "ials"}, fit_ials))
    fits.append(({"model": "ease", "l2": config.l2}, partial(fit_ease, config=config)))
    return [{**name, **measured(fit, likes, users)} for name, fit in fits]


def halves(likes: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """Two disjoint sets of users with enough likes to hide some."""
    enough = np.flatnonzero(likes.matrix.getnnz(axis=1) >= _ENOUGH)
    mixed = np.random.default_rng(0).permutation(enough)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def measured(fit: Fit, likes: Interactions, users: np.ndarray) -> dict:
    """Means over users, each held out once, with a bootstrap interval."""
    folds = np.array_split(users, _FOLDS)
    values = np.concatenate([held_out(fit, likes, fold) for fold in folds], axis=1)
    return {
        _NDCG: float(values[0].mean()),
        "interval": interval(values[0]),
        f"recall@{_K}/full": float(values[1].mean()),
    }


def held_out(fit: Fit, likes: Interactions, out: np.ndarray) -> np.ndarray:
    """float64 [2, n_users]: NDCG and recall of each held-out user."""
    rng = np.random.default_rng(int(out[0]))
    matrix = likes.matrix.toarray().astype(bool)
    model = fit(likes.select(~np.isin(likes.users, out)))
    hidden = matrix[out] & (rng.random(matrix[out].shape) < 0.5)
    given = matrix[out] & ~hidden
    histories = [History.of(*(likes.item_ids[i] for i in np.flatnonzero(g))) for g in given]
    scores = np.stack([model.fold_in(h) for h in histories])
    hit = hits(top_items(scores, given, _K), hidden)
    wanted = hidden.sum(axis=1)
    return np.stack([ndcg(hit, wanted), recall(hit, wanted)])


if __name__ == "__main__":
    main()
