"""Ratings from other places: real export layouts, scales, years, episodes, broken files."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.films import load_films
from classic.errors import BadInput
from llmrec.imports import match, parse

LETTERBOXD = (
    b"Date,Name,Year,Letterboxd URI,Rating\n2024-01-02,Alien,1979,https://boxd.it/1,4.5\n"
    b"2024-01-03,Aliens,1986,https://boxd.it/2,2\n2024-01-04,No Such Film,2031,https://boxd.it/3,3\n"
)
IMDB = (
    b"Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year\n"
    b"tt0078748,9,2024-01-01,Alien,x,Movie,8.5,117,1979\n"
    b"tt0000001,8,2024-01-01,Some Show,x,TV Episode,8.5,45,2001\n"
)
NETFLIX = b'Title,Date\n"Dark: Season 1: Secrets","1/2/20"\n"Jaws","1/3/20"\n'


def test_letterboxd_with_look_alikes_told_apart() -> None:
    review = match(parse(LETTERBOXD, "ratings.csv"), load_films())
    assert review.source == "Letterboxd"
    kept = {item_id: rating.stars for rating, item_id in review.accepted({})}
    assert kept == {"alien-1979": 4.5, "aliens-1986": 2.0}
    assert [m.rating.title for m in review.unknown] == ["No Such Film"]


def test_imdb_is_scaled_to_stars_and_episodes_are_set_aside() -> None:
    imported = parse(IMDB, "ratings.csv")
    assert [r.stars for r in imported.ratings] == [4.5]
    assert "of 10" in imported.scale
    assert len(imported.skipped) == 1


def test_netflix_history_is_seen_without_an_opinion() -> None:
    imported = parse(NETFLIX, "NetflixViewingHistory.csv")
    assert [(r.title, r.stars) for r in imported.ratings] == [("Jaws", None)]


def test_letterboxd_zip() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("export/ratings.csv", LETTERBOXD)
    assert len(parse(buffer.getvalue(), "export.zip").ratings) == 3


def test_choices_settle_what_is_unclear() -> None:
    review = match(parse(b"title\nAlien\nNothing\n", "x.csv"), load_films())
    assert {i: r.row for r, i in review.accepted({3: "jaws-1975", 2: None})} == {"jaws-1975": 3}


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.csv", "empty"),
        (b"a,b\n1,2\n", "a.csv", "no column of titles"),
        (b"\xff\xfe\x00bad", "a.csv", "not UTF-8"),
        (b"PK not a zip", "a.zip", "damaged zip"),
        (b"x" * 20_000_001, "a.csv", "at most 20"),
    ],
)
def test_broken_files_are_one_clear_line(data: bytes, name: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse(data, name)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        imported = parse(("title,rating\n" + text).encode("utf-8", "ignore"), "x.csv")
    except BadInput:
        return
    assert all(r.stars is None or 0.5 <= r.stars <= 5.0 for r in imported.ratings)
