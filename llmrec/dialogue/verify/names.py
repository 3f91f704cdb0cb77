"""Titles and people of a catalogue, and where a sentence names them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from classic.data.catalog import Catalog
from llmrec.linking.normal import fold, tokens

Words = tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """A run of words `[start, end)` that is a title of `ids`, or the name of `person`."""

    start: int
    end: int
    forms: Words
    ids: tuple[str, ...] = ()
    person: str = ""


@dataclass(frozen=True, eq=False)
class Names:
    """An index by folded words; made once for a catalogue."""

    catalog: Catalog

    @cached_property
    def titles(self) -> dict[Words, tuple[str, ...]]:
        found: dict[Words, list[str]] = {}
        for item in self.catalog:
            for name in (item.title, *item.aliases):
                words = forms_of(name)
                for form in {words, words[1:] if words[:1] == ("the",) else words}:
                    if form and item.item_id not in found.setdefault(form, []):
                        found[form].append(item.item_id)
        return {words: tuple(ids) for words, ids in found.items()}

    @cached_property
    def people(self) -> dict[Words, str]:
        """Full names only: a single word is rarely enough to know who is meant."""
        everyone = {p for item in self.catalog for p in item.people}
        return {words: p for p in everyone if len(words := forms_of(p)) > 1}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, (*self.titles, *self.people)), default=1)

    def find(self, text: str) -> Iterator[Named]:
        """The longest names, left to right, none within another."""
        words = tokens(text)
        forms = [fold(w.raw) for w in words]
        place = 0
        while place < len(words):
            for size in range(min(self._longest, len(words) - place), 0, -1):
                window = tuple(forms[place : place + size])
                ids, person = self.titles.get(window, ()), self.people.get(window, "")
                if ids or person:
                    end = words[place + size - 1].end
                    yield Named(words[place].start, end, window, ids, person)
                    place += size
                    break
            else:
                place += 1


@lru_cache(maxsize=4)
def names_of(catalog: Catalog) -> Names:
    return Names(catalog)


def forms_of(name: str) -> Words:
    """The folded words of a name."""
    return tuple(fold(t.raw) for t in tokens(name))
