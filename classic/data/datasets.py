"""The data sets that can be opened by name."""

from collections.abc import Callable
from dataclasses import dataclass

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.interactions import Interactions
from classic.data.movielens import read_latest
from classic.data.places import find_folder
from classic.errors import BadInput


@dataclass(frozen=True)
class Loaded:
    """A catalogue and, where people's behaviour is known, their interactions with it."""

    catalog: Catalog
    interactions: Interactions | None = None


def _latest_small() -> Loaded:
    folder = find_folder("ml-latest-small", "ratings.csv")
    if folder is None:
        raise BadInput("ml-latest-small is not here yet: `llmrec data get ml-latest-small`")
    return Loaded(*read_latest(folder))


READERS: dict[str, Callable[[], Loaded]] = {
    "films": lambda: Loaded(load_films()),
    "ml-latest-small": _latest_small,
}


def names() -> tuple[str, ...]:
    """What `load` takes."""
    return tuple(READERS)


def load(name: str) -> Loaded:
    """The data set of that name. Raises `BadInput` when there is none."""
    if name not in READERS:
        raise BadInput(f"no data set {name!r}; there are: {', '.join(READERS)}")
    return READERS[name]()
