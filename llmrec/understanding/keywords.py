"""`Keywords`: what an item should be about, in the catalogue's own keywords."""

import itertools
from importlib.resources import files

from classic.data.catalog import Catalog
from classic.keywords import keyword_index
from classic.text import Stems, stems
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import Token, tokens

_LONGEST = 4


def word_list(name: str) -> frozenset[str]:
    return frozenset((files("llmrec.understanding") / name).read_text("utf-8").split())


TELLING = word_list("telling_words.txt")
"""Ordinary words that do say what something is about."""
FILLER = word_list("filler_words.txt")
"""Words of a request that say nothing about what it should be about."""
_SAYS_NOTHING = FILLER | word_list("wide_keywords.txt")
"""With the keywords that are ordinary words of a request as well."""


class Keywords:
    """Built once per catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.index = keyword_index(catalog)

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """(keyword, start, end) of what lower-case text names, the longest at each place. A whole
        keyword comes back as the catalogue writes it, part of one (`shark` of `shark attack`) as
        the person wrote it."""
        words = [w for w in tokens(text) if "~" not in w.raw]
        found: list[tuple[str, int, int]] = []
        place = 0
        while place < len(words):
            keyword, size = self._at(words, place)
            if keyword:
                found.append((keyword, words[place].start, words[place + size - 1].end))
            place += size
        return found

    def _at(self, words: list[Token], place: int) -> tuple[str | None, int]:
        for size in range(min(_LONGEST, len(words) - place), 0, -1):
            said = words[place : place + size]
            if any(b.start - a.end > 1 for a, b in itertools.pairwise(said)):
                continue
            term = stems(" ".join(w.raw for w in said))
            if len(term) == size and (keyword := self._keyword(term, said)):
                return keyword, size
        return None, 1

    def _keyword(self, term: Stems, said: list[Token]) -> str | None:
        if len(term) == 1 and ({said[0].form, term[0]} & _SAYS_NOTHING or len(term[0]) < 3):
            return None
        if whole := self.index.keywords.get(term):
            return whole
        words = {w.form for w in said}
        if (
            term in self.index.topics
            and not words & _SAYS_NOTHING
            and not words & (COMMON - TELLING)
        ):
            return " ".join(w.form for w in said)
        return None
