"""The embedded catalogue: every field filled, closed lists kept, artefacts in step with it."""

import json
from importlib.resources import as_file, files

import pytest

from classic.data.films import load_films
from classic.data.item import AUDIENCES, GENRES, JUDGED_ATTRIBUTES, MOODS
from classic.retrieve.text_encoder import fingerprint, load_vectors
from classic.signal import load_signal

FILMS = load_films()
SHELF = files("classic.data") / "films"


def test_every_field_of_every_film_is_filled() -> None:
    for film in FILMS:
        assert film.title and film.year and 1920 <= film.year <= 2025, film
        assert film.genres and set(film.genres) <= set(GENRES), film
        assert film.directors and film.countries and film.languages, film
        assert film.cast or film.languages == ("Silent",), film
        assert film.runtime and 20 <= film.runtime <= 330, film
        assert film.audience in AUDIENCES, film
        assert 5 <= len(film.keywords) <= 13, film
        assert film.moods and set(film.moods) <= set(MOODS), film
        assert set(film.attributes) == set(JUDGED_ATTRIBUTES), film
        assert all(1 <= v <= 5 for v in film.attributes.values()), film
        assert 10 <= len(film.text.split()) <= 60, film


def test_ids_end_in_the_year_and_no_film_stands_twice() -> None:
    assert all(film.item_id.endswith(f"-{film.year}") for film in FILMS)
    assert len({(film.title.casefold(), film.year) for film in FILMS}) == len(FILMS)


def test_text_vectors_were_made_from_these_words() -> None:
    with as_file(SHELF / "text_vectors.npz") as path:
        assert load_vectors(path, fingerprint(FILMS)) is not None, "run `make artefacts`"


def test_signal_belongs_to_these_films_and_beats_popularity() -> None:
    record = json.loads((SHELF / "signal.json").read_text())
    assert record["films"] == len(FILMS), "run `make artefacts`"
    by_model = {row["model"]: row["ndcg@20/full"] for row in record["rows"][:1]}
    shipped = next(r for r in record["rows"] if r.get("l2") == record["shipped"]["l2"])
    assert shipped["ndcg@20/full"] > by_model["popularity"]
    with as_file(SHELF / "signal.npz") as path:
        signal = load_signal(path, FILMS)
    assert signal.behaviour is not None
    assert (signal.behaviour.weights.getnnz(axis=1) > 0).mean() > 0.5
    assert signal.popularity.min() >= 0.0
    assert signal.popularity.max() <= 1.0


@pytest.mark.data
def test_years_agree_with_movielens(real_data: object) -> None:
    from classic.data.datasets import load

    theirs = {(i.title.casefold(), i.year) for i in load("ml-latest-small").catalog}
    titles = {title for title, _ in theirs}
    comparable = [f for f in FILMS if f.title.casefold() in titles and (f.year or 0) <= 2018]
    near = [
        f
        for f in comparable
        if any((f.title.casefold(), (f.year or 0) + d) in theirs for d in (-1, 0, 1))
    ]
    assert len(near) / len(comparable) > 0.97
