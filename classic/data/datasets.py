"""The data sets that can be opened by name: embedded, fetched from their owners, or imported."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from classic.data.catalog import Catalog
from classic.data.download import Progress, download, unpack
from classic.data.films import TERMS, load_films
from classic.data.interactions import Interactions
from classic.data.movielens import read_1m, read_100k, read_latest
from classic.data.places import find_folder
from classic.data.tables import has_interactions, imported, load_imported
from classic.errors import BadInput
from classic.home import home


@dataclass(frozen=True)
class Loaded:
    """A catalogue and, where people's behaviour is known, their interactions with it."""

    catalog: Catalog
    interactions: Interactions | None = None


@dataclass(frozen=True)
class DataSet:
    """A data set of somebody else's. `needed` is a file by which its folder is known; `expected`
    the published counts of users, items with ratings and ratings."""

    name: str
    about: str
    terms: str
    url: str
    needed: tuple[str, ...]
    read: Callable[[Path], tuple[Catalog, Interactions]]
    expected: tuple[int, int, int]

    def folder(self) -> Path | None:
        return next((f for n in self.needed if (f := find_folder(self.name, n))), None)


_GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_TERMS = "non-commercial research use; cite Harper and Konstan 2015; no endorsement"
FETCHED = {
    d.name: d
    for d in (
        DataSet(
            "ml-latest-small",
            "100,836 ratings of 9,742 films with tags (MovieLens, 2018)",
            f"{_TERMS}; may be passed on under the same terms",
            f"{_GROUPLENS}/ml-latest-small.zip",
            ("ratings.csv",),
            read_latest,
            (610, 9724, 100_836),
        ),
        DataSet(
            "ml-100k",
            "100,000 ratings of 1,682 films with user attributes (MovieLens, 1998)",
            f"{_TERMS}; may not be passed on",
            f"{_GROUPLENS}/ml-100k.zip",
            ("u.data",),
            read_100k,
            (943, 1682, 100_000),
        ),
        DataSet(
            "ml-1m",
            "1,000,209 ratings of 3,883 films with user attributes (MovieLens, 2003)",
            f"{_TERMS}; may not be passed on",
            f"{_GROUPLENS}/ml-1m.zip",
            ("ratings.dat", "derived_interactions.parquet"),
            read_1m,
            (6040, 3706, 1_000_209),
        ),
    )
}


def names() -> tuple[str, ...]:
    """Every data set that can be opened now."""
    here = [n for n, d in FETCHED.items() if d.folder()]
    return ("films", *here, *imported())


def ships_interactions(name: str) -> bool:
    """Whether people's behaviour comes with the catalogue."""
    return name in FETCHED or (name in imported() and has_interactions(name))


def load(name: str) -> Loaded:
    """The data set of that name. Raises `BadInput` when there is none, or it is not here yet."""
    if name == "films":
        return Loaded(load_films())
    if name in imported():
        return Loaded(*load_imported(name))
    if name not in FETCHED:
        known = ", ".join(dict.fromkeys((*names(), *FETCHED)))
        raise BadInput(f"no data set {name!r}; there are: {known}")
    folder = FETCHED[name].folder()
    if folder is None:
        raise BadInput(f"{name} is not here yet: llmrec data get {name}")
    return Loaded(*FETCHED[name].read(folder))


def get(name: str, progress: Progress) -> Path:
    """Where the data set lies: found on this machine, or fetched from its owner and unpacked."""
    if name not in FETCHED:
        raise BadInput(f"nothing to fetch for {name!r}; there are: {', '.join(FETCHED)}")
    wanted = FETCHED[name]
    if found := wanted.folder():
        return found
    archive = home() / "downloads" / f"{name}.zip"
    download(wanted.url, archive, progress=progress)
    folder = home() / "data" / name
    unpack(archive, folder)
    archive.unlink()
    return folder


def verify(name: str) -> dict[str, tuple[int, int]]:
    """(counted, published) of users, rated items and ratings. Raises `BadInput`."""
    if name not in FETCHED:
        raise BadInput(f"{name!r} has no published counts; there are: {', '.join(FETCHED)}")
    events = load(name).interactions
    assert events is not None
    counted = (len(set(events.users.tolist())), len(set(events.items.tolist())), len(events))
    what = ("users", "rated items", "ratings")
    return dict(zip(what, zip(counted, FETCHED[name].expected, strict=True), strict=True))


def describe() -> list[dict[str, str]]:
    """Every data set with what it is, its terms, and where it lies."""
    rows = [{"name": "films", "about": "the embedded catalogue", "terms": TERMS, "at": "embedded"}]
    rows += [
        {"name": d.name, "about": d.about, "terms": d.terms, "at": str(d.folder() or "not here")}
        for d in FETCHED.values()
    ]
    own = home() / "data"
    rows += [
        {"name": n, "about": "imported", "terms": "yours", "at": str(own / n)} for n in imported()
    ]
    return rows
