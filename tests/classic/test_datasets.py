"""Data sets: imports whole or not at all, downloads that resume, published counts."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data import datasets
from classic.data.download import download, sha256
from classic.data.movielens import natural_title
from classic.data.tables import import_tables, load_imported, read_items
from classic.errors import BadInput
from classic.home import home

ITEMS = "id,title,year,genre,colour\nb1,First Book,1999,Crime|Drama,red\nb2,Second,,Poetry,\n"
EVENTS = "user,item,rating\nu1,b1,4\nu2,b2,3.5\n"


def write(folder: Path, items: str = ITEMS, events: str = EVENTS) -> tuple[Path, Path]:
    (folder / "items.csv").write_text(items, "utf-8")
    (folder / "events.csv").write_text(events, "utf-8")
    return folder / "items.csv", folder / "events.csv"


def test_a_catalogue_of_ones_own_comes_back_as_it_went_in(tmp_path: Path) -> None:
    items, events = write(tmp_path)
    catalog, _ = import_tables("books", items, events)
    loaded = datasets.load("books")
    assert loaded.catalog.items == catalog.items
    assert loaded.catalog["b1"].genres == ("Crime", "Drama")
    assert loaded.catalog["b1"].fields == {"colour": "red"}
    assert loaded.catalog["b2"].year is None
    assert loaded.interactions is not None
    assert loaded.interactions.user_ids == ("u1", "u2")
    assert "books" in datasets.names()


@pytest.mark.parametrize(
    ("items", "events", "says"),
    [
        ("id,name2\n1,x\n", EVENTS, "needs a column 'title'"),
        ("id,title\n1,A\n1,B\n", EVENTS, "row 3: the id '1' stands twice"),
        ("id,title,year\n1,A,soon\n", EVENTS, "row 2: year 'soon'"),
        (ITEMS, "user,item\nu1,b9\n", "row 2: no item 'b9'"),
        (ITEMS, "user,item,rating\nu1,b1,good\n", "row 2: rating 'good'"),
    ],
)
def test_faulty_rows_are_named_and_nothing_is_kept(
    tmp_path: Path, items: str, events: str, says: str
) -> None:
    paths = write(tmp_path, items, events)
    with pytest.raises(BadInput, match=says):
        import_tables("books", *paths)
    assert not (home() / "data").exists() or not list((home() / "data").iterdir())


def test_a_name_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    items, _ = write(tmp_path)
    import_tables("books", items, None)
    with pytest.raises(BadInput, match="--replace"):
        import_tables("books", items, None)
    import_tables("books", items, None, replace=True)
    with pytest.raises(BadInput, match="no usable name"):
        import_tables("../x", items, None)


def test_a_broken_import_is_a_clear_error(tmp_path: Path) -> None:
    items, _ = write(tmp_path)
    import_tables("books", items, None)
    (home() / "data" / "books" / "items.jsonl").write_text("{broken")
    with pytest.raises(BadInput, match="import it again"):
        load_imported("books")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_file_is_read_or_refused(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(("id,title\n" + text).encode("utf-8", "ignore"))
        try:
            catalog = read_items(path, "x")
        except BadInput as error:
            assert str(error)
        else:
            assert all(item.title for item in catalog)


def test_unknown_names_list_what_exists() -> None:
    with pytest.raises(BadInput, match="films"):
        datasets.load("nope")
    with pytest.raises(BadInput, match="ml-1m"):
        datasets.get("films", lambda *_: None)


@pytest.mark.parametrize(
    ("listed", "title", "year"),
    [
        ("Matrix, The (1999)", "The Matrix", 1999),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)", None, 1995),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960),
        ("No Year Here", "No Year Here", None),
    ],
)
def test_titles_are_put_in_natural_order(listed: str, title: str | None, year: int | None) -> None:
    found, others, when = natural_title(listed)
    assert when == year
    assert found == (title or "The City of Lost Children")
    assert "(" not in found
    assert all("," not in other or not other.endswith("The") for other in others)


@pytest.mark.data
@pytest.mark.parametrize("name", ["ml-latest-small", "ml-100k", "ml-1m"])
def test_published_counts(real_data: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMREC_DATA", str(real_data))
    assert all(here == published for here, published in datasets.verify(name).values())


BODY = bytes(range(256)) * 2000


class Owner(BaseHTTPRequestHandler):
    """The owner's site, which may cut the line once."""

    cut = False

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        if Owner.cut:
            Owner.cut = False
            self.wfile.write(BODY[start : start + 100_000])
            self.connection.close()
            return
        self.wfile.write(BODY[start:])


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Owner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_cut_download_goes_on_where_it_stopped(tmp_path: Path, site: str) -> None:
    Owner.cut = True
    target = tmp_path / "a.zip"
    with pytest.raises(BadInput, match="run the command again"):
        download(f"{site}/a", target, progress=lambda *_: None)
    assert not target.exists()
    have = []
    download(f"{site}/a", target, progress=lambda n, _: have.append(n))
    assert have[0] > 65_536
    assert sha256(target) == hashlib.sha256(BODY).hexdigest()


def test_a_wrong_checksum_and_a_missing_file_are_refused(tmp_path: Path, site: str) -> None:
    with pytest.raises(BadInput, match="wrong checksum"):
        download(f"{site}/a", tmp_path / "a", md5="0" * 32, progress=lambda *_: None)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput, match="404"):
        download(f"{site}/missing", tmp_path / "a", progress=lambda *_: None)
