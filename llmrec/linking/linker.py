"""`Linker`: free text to mentions of catalogue items, with character spans. No language model.

Longest names win. A name that is also an ordinary word counts only where the sentence means the
item; a title that is clearly meant as one but is not in the catalogue is reported as unknown.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON, PLACES
from llmrec.linking.index import LONGEST, TitleIndex
from llmrec.linking.normal import Token, key, tokens
from llmrec.understanding.schema import Mention

_MOST = 8_000
"""Characters that are read: more than a person types, and bounded work for what is pasted."""
_YEAR_AFTER = re.compile(
    r"[.!?]?\s*,?\s*(?:\((1[89]\d\d|20\d\d)\)|(?:from\s+)?(1[89]\d\d|20\d\d)\b(?!s))"
)
_YEAR_BEFORE = re.compile(r"\b(?:the\s+)?(1[89]\d\d|20\d\d)\s+$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«*_]([^\"”»*_\n]{1,80})[\"”»*_]")
_MEANT = re.compile(
    r"(?:\b(?:loved?|watched|saw|seen|like|liked|enjoyed|hated|adored?|rewatched|similar to|"
    r"fan of|movie|film|called|about|of|and|or|than|rate|recommend|finished|prefer)\s+|^|"
    r"[,;/&+]\s*)$",
    re.IGNORECASE,
)
_GOING_TO = re.compile(r"\b(?:in|to|from|near|around|through|of)\s+$", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"^\s*(?:$|[,.!?;:/&+)]|\b(?:and|or|but|is|was|movie|film|again|last|yesterday|with|by|made|"
    r"so|too|because|the|tonight|next)\b)",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(
    r"(?:\b(?:seen|saw|watched|loved?|like|liked|hated|enjoyed|similar to|called|film|movie)\s+)"
    r"((?:[A-Z][\w'’:-]*|\d+)(?:\s+(?:[A-Z][\w'’:-]*|of|the|and|in|to|a|\d+))*\s*(?:\(\d{4}\))?)"
)


class Linker:
    """Built once per catalogue; `link` is safe from many threads."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.index = TitleIndex.of(catalog)

    @cached_property
    def _people(self) -> frozenset[str]:
        return frozenset(key(p) for item in self.catalog for p in item.people)

    def link(self, text: str, *, known: Sequence[str] = ()) -> tuple[Mention, ...]:
        """Mentions in order of their place. `known` ids are preferred where a name fits several."""
        words = tokens(text[:_MOST])
        taken = [False] * len(words)
        found: list[Mention] = []
        for exact in (True, False):
            for start, end in _windows(len(words)):
                if any(taken[start:end]):
                    continue
                mention = self._at(text, words, start, end, known, exact=exact)
                if mention:
                    found.append(mention)
                    taken[start:end] = [True] * (end - start)
        found += self._unknown(text, found)
        return tuple(sorted(found, key=lambda m: m.start))

    def _at(
        self,
        text: str,
        words: list[Token],
        start: int,
        end: int,
        known: Sequence[str],
        *,
        exact: bool,
    ) -> Mention | None:
        """The mention at a window of words, if there is one."""
        forms = [w.form for w in words[start:end]]
        name = " ".join(forms)
        stripped = (
            " ".join(forms[1:]) if len(forms) > 1 and forms[0] in ("the", "a", "an") else name
        )
        if exact:
            ids = self.index.exact.get(stripped)
            if stripped != name and len(forms) == 2 and forms[0] != "the":
                return None
        else:
            if all(f in COMMON for f in forms) or name in self._people:
                return None
            near = self.index.fuzzy(stripped)
            ids = self.index.exact[near] if near else None
        if not ids:
            return None
        left, right = words[start].start, words[end - 1].end
        left, right, year = _with_year(text, left, right)
        if not self._meant(text, left, right, words[start:end], year):
            return None
        chosen = self._narrowed(ids, year, known, text[left:right])
        if not chosen:
            return None
        return Mention(text=text[left:right], start=left, end=right, item_ids=chosen)

    def _narrowed(
        self, ids: tuple[str, ...], year: int | None, known: Sequence[str], said: str
    ) -> tuple[str, ...]:
        """The items that a name and a year fit; the conversation decides between remakes."""
        if year:
            near = [i for i in ids if abs((self.catalog[i].year or 0) - year) <= 1]
            exact = [i for i in near if self.catalog[i].year == year]
            return tuple(exact or near) or ()
        spoken_of = [i for i in ids if i in known]
        if spoken_of:
            return tuple(spoken_of[:1])
        titled = [i for i in ids if key(self.catalog[i].title) == key(said)]
        return tuple(titled or ids)

    def _meant(
        self, text: str, left: int, right: int, words: list[Token], year: int | None
    ) -> bool:
        """Whether words that could be ordinary are meant as a name here."""
        if year:
            return True
        if len(words) == 1 and words[0].form in PLACES:
            return not _GOING_TO.search(text[:left])
        if not all(w.form in COMMON or w.form.isdigit() for w in words):
            return True
        if len(words) >= 3:
            return True
        before, after = text[:left], text[right:]
        if _wrapped(before, after):
            return True
        capital = any(w.raw[:1].isupper() for w in words if w.form not in ("the", "a"))
        if text.strip().lower() != text.strip() and capital and before.strip():
            shouting = text.upper() == text
            return not shouting and not before.rstrip().endswith((".", "!", "?"))
        alone = not before.strip() and not after.strip(" .!?")
        return alone or bool(_MEANT.search(before) and _FOLLOWS.match(after) and len(words) > 1)

    def _unknown(self, text: str, found: list[Mention]) -> Iterator[Mention]:
        """Titles that the sentence marks as such but that no item goes by."""
        for pattern in (_QUOTED, _CAPITALISED):
            for match in pattern.finditer(text[:_MOST]):
                start, end = match.span(1)
                said = text[start:end].strip()
                if any(m.start < end and start < m.end for m in found):
                    continue
                if key(said) in self._people or self._is_about_people(said) or len(said) < 3:
                    continue
                if all(t.form in COMMON for t in tokens(said)) and pattern is _CAPITALISED:
                    continue
                mention = Mention(text=said, start=start, end=start + len(said))
                found.append(mention)
                yield from ()
        return

    def _is_about_people(self, said: str) -> bool:
        """A surname or a first name of someone in the catalogue."""
        return key(said) in self._name_parts

    @cached_property
    def _name_parts(self) -> frozenset[str]:
        return frozenset(part for person in self._people for part in person.split())


def _windows(n: int) -> Iterator[tuple[int, int]]:
    """Token windows, longest first, left to right."""
    for size in range(min(LONGEST, n), 0, -1):
        for start in range(n - size + 1):
            yield start, start + size


def _with_year(text: str, left: int, right: int) -> tuple[int, int, int | None]:
    """The span grown over a year that stands beside it."""
    after = _YEAR_AFTER.match(text, right)
    if after:
        return left, after.end(), int(after[1] or after[2])
    before = _YEAR_BEFORE.search(text[:left])
    if before:
        return before.start(1), right, int(before[1])
    return left, right, None


def _wrapped(before: str, after: str) -> bool:
    return before[-1:] in "\"“«*_'‘" and bool(before) and after[:1] in "\"”»*_'’" and bool(after)
