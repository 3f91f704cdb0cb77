"""What may be said in a reply, and of which item."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from classic.data.catalog import Catalog
from classic.data.item import Item
from llmrec.dialogue.nouns import Evidence
from llmrec.linking.normal import fold

_NATIONS = {
    "usa": "american hollywood",
    "uk": "british english",
    "france": "french",
    "germany": "german",
    "italy": "italian",
    "japan": "japanese",
    "south korea": "korean",
    "spain": "spanish",
    "china": "chinese",
    "hong kong": "chinese cantonese",
    "sweden": "swedish",
    "denmark": "danish",
    "india": "indian",
    "mexico": "mexican",
    "brazil": "brazilian",
    "canada": "canadian",
    "australia": "australian",
    "new zealand": "zealander",
    "ireland": "irish",
    "soviet union": "soviet russian",
    "russia": "russian",
    "poland": "polish",
    "iran": "iranian",
}


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


def fields(item: Item) -> str:
    """All that the catalogue says of an item, as folded text with one fact a line."""
    nations = " ".join(_NATIONS.get(c.lower(), "") for c in item.countries)
    parts = (
        *(item.title, *item.aliases, *item.people, *item.genres, *item.keywords, *item.moods),
        *(item.countries, nations, *item.languages, item.text, item.audience or ""),
    )
    return fold("\n".join(str(p) for p in parts))
