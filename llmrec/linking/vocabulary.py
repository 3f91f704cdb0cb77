"""The words of a catalogue: its people, and what its prose uses as ordinary words."""

from collections.abc import Sequence
from functools import cached_property

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON, PLACES
from llmrec.linking.context import Kind
from llmrec.linking.normal import fold, key, tokens

_FUNCTION = frozenset(
    ("after", "big", "go", "her", "here", "i", "it", "now", "once", "seven", "up", "us", "you")
)
"""Little words that hold sentences together and are titles as well."""
_LONG_SURNAME = 5


class Vocabulary:
    """Built once per catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset(key(p) for item in self.catalog for p in item.people)

    @cached_property
    def name_parts(self) -> frozenset[str]:
        """First names and surnames."""
        return frozenset(part for person in self.people for part in person.split())

    @cached_property
    def _given_names(self) -> frozenset[str]:
        return frozenset(p.split()[0] for p in self.people if " " in p)

    @cached_property
    def _prose(self) -> frozenset[str]:
        """Words that synopses and keywords use in lower case."""
        text = " ".join(f"{item.text} {' '.join(item.keywords)}" for item in self.catalog)
        return frozenset(t.form for t in tokens(text) if t.raw[:1].islower())

    def is_a_word(self, form: str) -> bool:
        """Whether it is used otherwise than in titles."""
        return form in COMMON or form in self._prose or form in self.name_parts

    def begins_a_name(self, said: str) -> bool:
        """Whether capitals begin with somebody's name or an ordinary word, not with a piece of a
        title."""
        first = key(said.split()[0])
        return first in self.name_parts or first in COMMON or len(first) < 2

    def companions(self, ids: Sequence[str]) -> list[str]:
        """Folded names and long surnames of the people of some items."""
        people = {fold(p) for i in ids for p in self.catalog[i].people}
        surnames = {p.split()[-1] for p in people if len(p.split()[-1]) >= _LONG_SURNAME}
        return sorted(people | surnames)

    def kind(self, forms: Sequence[str], *, capital: bool) -> Kind:
        """What words are when they name no film. A number written out and Big are as good as any
        word when they have a capital."""
        if all(f in _FUNCTION or (f.isdigit() and len(f) < 3) for f in forms):
            spelled = len(forms) == 1 and capital and (forms[0].isdigit() or forms[0] == "big")
            return "ordinary" if spelled else "function"
        if len(forms) == 1 and forms[0] in PLACES:
            return "rare"
        if len(forms) == 1 and forms[0] in self._given_names:
            return "name"
        if all(f in COMMON for f in forms):
            return "ordinary"
        if all(f in COMMON or f in self._prose for f in forms):
            return "phrase" if len(forms) > 1 else "ordinary"
        return "rare"
