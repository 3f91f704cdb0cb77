"""`Linker`: free text to mentions of catalogue items, with character spans. No language model.

Longest names win. A name that is also an ordinary word counts only where the sentence means the
item; a title that is clearly meant as one but is not in the catalogue is reported as unknown.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON, PLACES
from llmrec.linking.context import Kind, Span, meant
from llmrec.linking.index import LONGEST, TitleIndex
from llmrec.linking.normal import Token, fold, key, tokens
from llmrec.understanding.schema import Mention

_MOST = 8_000
"""Characters that are read: more than a person types, and bounded work for what is pasted."""
_YEAR_AFTER = re.compile(
    r"[.!?]?\s*,?\s*(?:\((1[89]\d\d|20\d\d)\)|(?:from\s+)?(1[89]\d\d|20\d\d)\b(?!s))"
)
_YEAR_BEFORE = re.compile(r"\b(?:the\s+)?(1[89]\d\d|20\d\d)\s+$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«*_]([^\"”»*_\n]{1,80})[\"”»*_]")
_ARTICLE_AFTER = re.compile(r"\s*,\s*(the|a|an)\b(?=\s*(?:$|[.,!?()]|\d))", re.IGNORECASE)
_TURNED = re.compile(r",\s*(?:the|a|an)$", re.IGNORECASE)
_GOING_TO = re.compile(r"\b(?:in|to|from|near|around|through|of)\s+$", re.IGNORECASE)
_NUMBER_AFTER = re.compile(
    r"\s+((?:part\s+)?(?:[2-9]|1[0-2]|ii|iii|iv|v|vi|vii|viii|ix)\b)"
    r"(?!\s*(?:times?|stars?|hours?|films?|movies?|years?|/|\.\d|of|out|nights?|days?|%))",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(
    r"(?:\b(?:seen|saw|watched|loved?|like|liked|hated|enjoyed|similar to|called|film|movie)\s+)"
    r"((?:[A-Z][\w'’:-]*|\d+)(?:\s+(?:[A-Z][\w'’:-]*|of|the|and|in|to|a|\d+))*\s*(?:\(\d{4}\))?)"
)


_FUNCTION = frozenset(
    ("after", "big", "go", "her", "here", "i", "it", "now", "once", "seven", "up", "us", "you")
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
        for start, end, exact in _windows(len(words)):
            if not any(taken[start:end]):
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
        if stripped != name and not any(self._has_article(i) for i in ids):
            start += 1
        left, right = words[start].start, words[end - 1].end
        turned = _ARTICLE_AFTER.match(text, right)
        if turned and any(self._has_article(i) for i in ids):
            right = turned.end(1)
        left, right, year = _with_year(text, left, right)
        if not self._meant(Span(text, left, right, words[start:end]), ids, year):
            return None
        number = _NUMBER_AFTER.match(text, right)
        if number and not year:
            right = number.end(1)
            return Mention(text=text[left:right], start=left, end=right)
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

    def _meant(self, span: Span, ids: Sequence[str], year: int | None) -> bool:
        """Whether words that could be ordinary are meant as a name here."""
        if year or _wrapped(span.before, span.after) or _TURNED.search(span.said):
            return True
        forms = [w.form for w in span.words if w.form not in ("the", "a", "an")]
        if len(forms) > 1 and forms[-1].isdigit():
            return True
        if len(forms) == 1 and forms[0] in PLACES and _GOING_TO.search(span.before):
            return False
        return meant(span, self._companions(ids), self._kind(forms))

    def _has_article(self, item_id: str) -> bool:
        item = self.catalog[item_id]
        return any(n.lower().startswith(("the ", "a ", "an ")) for n in (item.title, *item.aliases))

    def _kind(self, forms: Sequence[str]) -> Kind:
        """What words are when they name no film."""
        if all(f in _FUNCTION or (f.isdigit() and len(f) < 3) for f in forms):
            return "function"
        if len(forms) == 1 and forms[0] in PLACES:
            return "rare"
        if len(forms) == 1 and forms[0] in self._given_names:
            return "name"
        if all(f in COMMON for f in forms):
            return "ordinary"
        if all(f in COMMON or f in self._prose for f in forms):
            return "phrase" if len(forms) > 1 else "ordinary"
        return "rare"

    def _companions(self, ids: Sequence[str]) -> list[str]:
        """Folded names and surnames of the people of some items."""
        people = {fold(p) for i in ids for p in self.catalog[i].people}
        surnames = {p.split()[-1] for p in people if len(p.split()[-1]) > 4}
        return sorted(people | surnames)

    @cached_property
    def _prose(self) -> frozenset[str]:
        """Words that synopses and keywords use in lower case."""
        text = " ".join(f"{item.text} {' '.join(item.keywords)}" for item in self.catalog)
        return frozenset(t.form for t in tokens(text) if t.raw[:1].islower())

    @cached_property
    def _given_names(self) -> frozenset[str]:
        return frozenset(p.split()[0] for p in self._people if " " in p)

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


def _windows(n: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end, exact) of token windows, longest first. A misspelt long name comes before the
    exact short name inside it; short names are only guessed at when everything else is read."""
    for size in range(min(LONGEST, n), 0, -1):
        for start in range(n - size + 1):
            yield start, start + size, True
        if size > 2:
            for start in range(n - size + 1):
                yield start, start + size, False
    for size in (2, 1):
        for start in range(n - size + 1):
            yield start, start + size, False


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
