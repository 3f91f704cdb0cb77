"""What may be said in a reply, and of which item."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from classic.data.catalog import Catalog
from classic.data.item import Item
from llmrec.dialogue.nouns import Evidence
from llmrec.linking.normal import fold

_NATIONS = {
    "usa": "American Hollywood US USA",
    "uk": "British English UK",
    "france": "French",
    "germany": "German",
    "italy": "Italian",
    "japan": "Japanese",
    "south korea": "South Korean",
    "spain": "Spanish",
    "china": "Chinese",
    "hong kong": "Chinese Cantonese",
    "sweden": "Swedish",
    "denmark": "Danish",
    "india": "Indian",
    "mexico": "Mexican",
    "brazil": "Brazilian",
    "canada": "Canadian",
    "australia": "Australian",
    "new zealand": "New Zealander",
    "ireland": "Irish",
    "soviet union": "Soviet Russian",
    "russia": "Russian",
    "poland": "Polish",
    "iran": "Iranian",
}

_SAME = (
    ("World War I", "First World War\nGreat War\nWWI"),
    ("World War II", "Second World War\nWWII"),
    ("New York", "New Yorker\nManhattan"),
)
"""Names that say the same."""


@dataclass(frozen=True, eq=False)
class Facts:
    """`items` are the ids that tools returned, `said` the person's own words."""

    catalog: Catalog
    items: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    said: tuple[str, ...]

    @cached_property
    def speakable(self) -> frozenset[str]:
        """Items that may be named: returned by a tool, or behind a piece of evidence."""
        behind = (e.refers_to for e in self.evidence)
        return frozenset(i for i in (*self.items, *behind) if i in self.catalog)

    @cached_property
    def words_said(self) -> str:
        """The person's words, folded."""
        return fold(" \n ".join(self.said))

    def reasons(self, about: Sequence[Item]) -> str:
        """The evidence about some items, folded."""
        ids = {item.item_id for item in about}
        return fold(" \n ".join(e.text for e in self.evidence if e.item_id in ids))

    @cached_property
    def background(self) -> tuple[Item, ...]:
        """Every item that may be named."""
        return tuple(self.catalog[i] for i in sorted(self.speakable))


def plain(text: str) -> str:
    """Without accents and apostrophes; capitals stay, since they tell names from words."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare if not unicodedata.combining(c) and c not in "'’")


def written(item: Item) -> str:
    """All that the catalogue says of an item, with its capitals, one fact a line."""
    nations = " ".join(_NATIONS.get(c.lower(), "") for c in item.countries)
    parts = (
        *(item.title, *item.aliases, *item.people, *item.genres, *item.keywords, *item.moods),
        *(item.countries, nations, *item.languages, item.text, item.audience or ""),
    )
    text = plain("\n".join(str(p) for p in parts))
    also = (other for name, other in _SAME if name in text)
    return "\n".join((text, *also))


def fields(item: Item) -> str:
    """The same, folded."""
    return fold(written(item))
