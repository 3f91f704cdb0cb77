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
from classic.filters import fold
from classic.metrics import hits, interval, ndcg, recall, top_items
from classic.retrieve.ease import EaseConfig, fit_ease
from classic.retrieve.ials import fit_ials
from classic.retrieve.item_knn import ItemKnnConfig, fit_item_knn
from classic.retrieve.popularity import fit_popularity
from classic.retrieve.recommender import Recommender
from classic.retrieve.text_encoder import fingerprint, save_vectors, vectors_of
from classic.signal import LIKED_FROM, fit_signal, save_signal

_L2 = (20.0, 50.0, 100.0, 200.0, 400.0)
_SEEDS = range(5)
_K = 20
_KEPT = 120
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
    rows = compare(ratings)
    best = max((r for r in rows if r["model"] == "ease"), key=lambda r: r[f"ndcg@{_K}/full"])
    config = EaseConfig(l2=float(best["l2"]), keep=_KEPT)
    save_signal(fit_signal(films, ratings, config), given.out / "signal.npz")
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
        "protocol": f"20 % of users held out, half their likes hidden, {len(_SEEDS)} seeds",
        "rows": rows,
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


def compare(ratings: Interactions) -> list[dict]:
    """Every retriever on users that training never saw, by NDCG and recall."""
    likes = ratings.liked(LIKED_FROM)
    fits: list[tuple[dict, Fit]] = [({"model": "popularity"}, fit_popularity)]
    for weighting in ("cosine", "tfidf", "bm25"):
        knn = ItemKnnConfig(weighting=weighting, k=_KEPT)
        fits.append(({"model": f"item-knn-{weighting}"}, partial(fit_item_knn, config=knn)))
    fits.append(({"model": "ials"}, fit_ials))
    for l2 in _L2:
        ease = EaseConfig(l2=l2, keep=_KEPT)
        fits.append(({"model": "ease", "l2": l2}, partial(fit_ease, config=ease)))
    return [{**name, **_measured(fit, likes)} for name, fit in fits]


def _measured(fit: Fit, likes: Interactions) -> dict:
    values = np.concatenate([_held_out(fit, likes, seed) for seed in _SEEDS], axis=1)
    return {
        f"ndcg@{_K}/full": float(values[0].mean()),
        "interval": interval(values[0]),
        f"recall@{_K}/full": float(values[1].mean()),
    }


def _held_out(fit: Fit, likes: Interactions, seed: int) -> np.ndarray:
    """float64 [2, n_users]: NDCG and recall of each held-out user."""
    rng = np.random.default_rng(seed)
    matrix = likes.matrix.toarray().astype(bool)
    enough = np.flatnonzero(matrix.sum(axis=1) >= 10)
    out = rng.choice(enough, size=len(enough) // 5, replace=False)
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
