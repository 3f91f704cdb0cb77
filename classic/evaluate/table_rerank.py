"""Re-rankers on ml-1m and ml-latest-small: people held out, asked for what they liked later."""

from collections.abc import Callable, Mapping
from pathlib import Path

from classic.data.catalog import Catalog
from classic.data.datasets import FETCHED
from classic.evaluate.full_ranking import FullRanking
from classic.evaluate.rerank_tables import RerankEntry, RerankTable
from classic.evaluate.splits import users_held_out
from classic.pipeline import RERANKERS
from classic.rerank.listwise import ListwiseConfig
from classic.rerank.reinforce import ReinforceConfig


def _of(data: str, share: float) -> Callable[[Path], tuple[FullRanking, Catalog]]:
    def read(folder: Path) -> tuple[FullRanking, Catalog]:
        catalog, events = FETCHED[data].read(folder)
        return users_held_out(events.liked(), share), catalog

    return read


def _table(
    data: str, files: tuple[str, ...], share: float, people: str, epochs: int
) -> RerankTable:
    about = (
        f"{data}, {people} of the people held out, each asked for the latest fifth of their likes"
    )
    learned: Mapping[str, ListwiseConfig | ReinforceConfig] = {
        "neural": ListwiseConfig(),
        "reinforced": ReinforceConfig(),
    }
    entries = {name: RerankEntry(name, learned.get(name)) for name in RERANKERS}
    return RerankTable(about, data, files, _of(data, share), entries, "ease", epochs)


RERANK: Mapping[str, RerankTable] = {
    "rerank-1m": _table(
        "ml-1m", ("derived_interactions.parquet", "ratings.dat", "movies.dat"), 0.1, "a tenth", 15
    ),
    "rerank-small": _table("ml-latest-small", ("ratings.csv", "movies.csv"), 0.5, "half", 100),
}
