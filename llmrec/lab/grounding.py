"""Free text read onto items of a catalogue: by the titles that it names, and by what it is like.

A model that writes freely what to recommend is grounded afterwards (BIGRec, Bao et al. 2023, by the
model's own vectors). Here the linker of the chat finds what is named, and what is near to it is
told as by a content-based recommender; a description that names nothing is compared with what the
items' text says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from classic.data.catalog import Catalog
from classic.retrieve.content import Content
from classic.retrieve.text_encoder import encode, vectors_of
from llmrec.linking import Linker


@dataclass(frozen=True, eq=False)
class Grounding:
    """What it needs of a catalogue is made on first use."""

    catalog: Catalog

    @cached_property
    def _linker(self) -> Linker:
        return Linker(self.catalog)

    @cached_property
    def _content(self) -> Content:
        return Content.of(self.catalog, vectors_of(self.catalog))

    def named(self, lines: Sequence[str], known: Sequence[str]) -> list[tuple[str, ...]]:
        """The items that each title in a text may mean, in its order, none for a title of no item.
        `known` ids are preferred where a name fits several. A line that is a title means it, even
        where it is an ordinary word."""
        found = []
        for line in lines:
            quoted = self._linker.link(f'"{line}"', known=known)
            if len(quoted) == 1 and quoted[0].end > len(line) and quoted[0].item_ids:
                found.append(quoted[0].item_ids)
            else:
                found += [m.item_ids for m in self._linker.link(line, known=known)]
        return found

    def likeness(
        self, text: str, named: Sequence[str], item_ids: Sequence[str]
    ) -> dict[str, float]:
        """-1 to 1 for each item: how like the nearest of those `named` it is in fields and text;
        where none is, how near its text is to this one, and nothing in a catalogue without text
        vectors."""
        rows = self.catalog.rows(item_ids)
        if named:
            alike = self._content.similarity(self.catalog.rows(named), rows).max(axis=0)
        elif self._content.vectors is not None:
            alike = self._content.vectors[rows] @ encode(text)
        else:
            return {}
        return dict(zip(item_ids, np.clip(alike, -1.0, 1.0).tolist(), strict=True))
