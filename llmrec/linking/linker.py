"""`Linker`: free text to mentions of catalogue items, with character spans. No language model.

Longest names win. A name that is also an ordinary word counts only where the sentence means the
item; a title that is clearly meant as one but is not in the catalogue is reported as unknown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON, PLACES
from llmrec.linking.context import PART_OF_A_FILM, REACH, Span, meant
from llmrec.linking.index import LONGEST, TitleIndex
from llmrec.linking.neighbours import (
    credited,
    longer_title,
    mates,
    of_which_age,
    told_by_year,
    with_year,
)
from llmrec.linking.normal import Token, key, tokens
from llmrec.linking.vocabulary import Vocabulary
from llmrec.understanding.schema import Mention

_MOST = 8_000
"""Characters that are read: more than a person types, and bounded work for what is pasted."""
_PASSES = 3
_OWNER = 5
"""Letters of the shortest title that a bare s is taken off."""
_ARTICLES = ("the", "a", "an")
_QUOTED = re.compile(r"[\"“«*_]([^\"”»*_\n]{1,80})[\"”»*_]")
_ARTICLE_AFTER = re.compile(r"\s*,\s*(the|a|an)\b(?=\s*(?:$|[.,!?()]|\d))", re.IGNORECASE)
_TURNED = re.compile(r",\s*(?:the|a|an)$", re.IGNORECASE)
_GOING_TO = re.compile(r"\b(?:in|to|from|near|around|through|of)\s+$", re.IGNORECASE)
_CAPITALISED = re.compile(
    r"(?:\b(?:seen|saw|watched|loved?|like|liked|hated|enjoyed|similar to|called|film|movie)\s+)"
    r"((?:[A-Z][\w'’:-]*|\d+)(?:\s+(?:[A-Z][\w'’:-]*|of|the|and|in|to|a|\d+))*\s*(?:\(\d{4}\))?)"
)


@dataclass(frozen=True)
class _Window:
    """Words `[start, end)` of a text that may be a name, letter by letter (`exact`) or misspelt."""

    text: str
    words: Sequence[Token]
    start: int
    end: int
    exact: bool

    @property
    def forms(self) -> list[str]:
        return [w.form for w in self.words[self.start : self.end]]

    @property
    def name(self) -> str:
        """As the index knows it: without a leading article."""
        forms = self.forms
        return " ".join(forms[1:] if len(forms) > 1 and forms[0] in _ARTICLES else forms)

    @property
    def after(self) -> str:
        end = self.words[self.end - 1].end
        return self.text[end : end + REACH]


class Linker:
    """Built once per catalogue; `link` is safe from many threads."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.index = TitleIndex.of(catalog)
        self.vocabulary = Vocabulary(catalog)

    def link(self, text: str, *, known: Sequence[str] = ()) -> tuple[Mention, ...]:
        """Mentions in order of their place. `known` ids are preferred where a name fits several."""
        words = tokens(text[:_MOST])
        taken = [False] * len(words)
        found: list[Mention] = []
        for again in range(_PASSES):
            before = len(found)
            for start, end, exact in _windows(len(words)):
                if any(taken[start:end]) or (again and not exact):
                    continue
                mention = self._at(_Window(text, words, start, end, exact), known, found)
                if mention:
                    found.append(mention)
                    taken[start:end] = [True] * (end - start)
                    for n, word in enumerate(words):  # its year is no title of its own
                        taken[n] |= mention.start <= word.start < mention.end
            if len(found) == before:
                break  # what is found makes its neighbours in a list likelier, so look again
        for mention in self._unknown(text):
            if not any(m.start < mention.end and mention.start < m.end for m in found):
                found.append(mention)
        return tuple(sorted(found, key=lambda m: m.start))

    def candidates(self, text: str, *, known: Sequence[str] = ()) -> Iterator[Mention]:
        """Whatever could be a name, meant or not, one inside another; longest first."""
        words = tokens(text[:_MOST])
        for start, end, exact in _windows(len(words)):
            window = _Window(text, words, start, end, exact)
            if ids := self._named(window):
                left, right = self._bounds(window, ids)
                right, year = with_year(text, left, right)
                ids = credited(ids, text[right:], self.vocabulary, self.catalog.__getitem__)
                ids = self._of_age(ids, text, left)
                chosen = self._narrowed(ids, year, known, text[left:right]) if ids else ()
                if chosen:
                    said = text[left:right]
                    yield Mention(text=said, start=left, end=right, item_ids=chosen)

    def _at(
        self, window: _Window, known: Sequence[str], found: Sequence[Mention]
    ) -> Mention | None:
        """The mention at a window, if there is one. `known`: the ids spoken of before."""
        ids = self._named(window)
        if not ids:
            return None
        text, (left, right) = window.text, self._bounds(window, ids)
        right, year = with_year(text, left, right)
        words = [w for w in window.words[window.start : window.end] if w.start >= left]
        span = Span(text, left, right, words)
        if not year and not self._meant(span, ids, found):
            return None
        if not year and (longer := longer_title(text, left, right, self.vocabulary)):
            return Mention(text=text[longer[0] : longer[1]], start=longer[0], end=longer[1])
        theirs = credited(ids, text[right:], self.vocabulary, self.catalog.__getitem__)
        theirs = self._of_age(theirs, text, left)
        chosen = self._narrowed(theirs, year, known, span.said) if theirs else ()
        if theirs and not chosen:
            return None
        return Mention(text=span.said, start=left, end=right, item_ids=chosen)

    def _named(self, window: _Window) -> tuple[str, ...]:
        """The items that go by the words of a window."""
        forms, name = window.forms, window.name
        if window.exact:
            indefinite = len(forms) == 2 and forms[0] in ("a", "an")
            ids = self.index.exact.get(name) or self._owning(name, window.after)
            return () if indefinite else ids
        if all(f in COMMON for f in forms) or " ".join(forms) in self.vocabulary.people:
            return ()
        near = self.index.fuzzy(name)
        return self.index.exact[near] if near and self._misspelt(name, near) else ()

    def _owning(self, name: str, after: str) -> tuple[str, ...]:
        """A title with a possessive s that has lost its apostrophe: "psychos shower scene"."""
        owner = name.removesuffix("s")
        if owner == name or len(owner) < _OWNER or not PART_OF_A_FILM.match(after):
            return ()
        return self.index.exact.get(owner, ())

    def _misspelt(self, said: str, name: str) -> bool:
        """Whether every word that differs is no word: a real word is another title, not a typo."""
        ours, theirs = said.split(), name.split()
        if len(ours) != len(theirs):
            return True
        differ = [a for a, b in zip(ours, theirs, strict=True) if a != b]
        return not any(map(self.vocabulary.is_a_word, differ))

    def _bounds(self, window: _Window, ids: Sequence[str]) -> tuple[int, int]:
        """(left, right) of the name in the text, with an article only where the name has one,
        before it or behind a comma."""
        has_article = any(self._has_article(i) for i in ids)
        bare = window.forms[0] in _ARTICLES and len(window.forms) > 1 and not has_article
        left = window.words[window.start + bare].start
        right = window.words[window.end - 1].end
        turned = _ARTICLE_AFTER.match(window.text, right)
        return left, turned.end(1) if turned and has_article else right

    def _has_article(self, item_id: str) -> bool:
        item = self.catalog[item_id]
        return any(n.lower().startswith(("the ", "a ", "an ")) for n in (item.title, *item.aliases))

    def _meant(self, span: Span, ids: Sequence[str], found: Sequence[Mention]) -> bool:
        """Whether words that could be ordinary are meant as a name here."""
        if _wrapped(span.before, span.after) or _TURNED.search(span.said):
            return True
        forms = [w.form for w in span.words if w.form not in _ARTICLES]
        if len(forms) > 1 and forms[-1].isdigit():
            return True
        if len(forms) == 1 and forms[0] in PLACES and _GOING_TO.search(span.before):
            return False
        return meant(
            span,
            self.vocabulary.companions(ids),
            self.vocabulary.kind(forms, capital=span.words[-1].raw[:1].isupper()),
            mates=mates(span, found, self.index.exact),
        )

    def _of_age(self, ids: tuple[str, ...], text: str, left: int) -> tuple[str, ...]:
        """Of remakes the one that is meant by "the original" or "the new" before the name, or by
        its year somewhere else."""
        if len(ids) < 2:
            return ids
        age = of_which_age(text, left)
        if age is None:
            told = told_by_year(ids, text, lambda i: self.catalog[i].year)
            return told if len(told) == 1 else ids
        by_year = sorted(ids, key=lambda i: self.catalog[i].year or 0)
        return (by_year[0 if age == "oldest" else -1],)

    def _narrowed(
        self, ids: tuple[str, ...], year: int | None, known: Sequence[str], said: str
    ) -> tuple[str, ...]:
        """The items that a name and a year fit; the conversation decides between remakes."""
        if year:
            near = [i for i in ids if abs((self.catalog[i].year or 0) - year) <= 1]
            exact = [i for i in near if self.catalog[i].year == year]
            return tuple(exact or near)
        spoken_of = [i for i in ids if i in known]
        if spoken_of:
            return tuple(spoken_of[:1])
        titled = [i for i in ids if key(self.catalog[i].title) == key(said)]
        if " " not in key(said):
            # Heat is not The Heat; of longer titles, as of War of the Worlds, people drop articles.
            letters = [i for i in titled if self.catalog[i].title.casefold() == said.casefold()]
            titled = letters or titled
        if titled and self._fame(titled) >= self._fame(ids):
            return tuple(titled)
        return ids

    def _fame(self, ids: Sequence[str]) -> float:
        """How well known the best known of some items is, 0 where nobody says."""
        return max(self.catalog[i].attributes.get("fame", 0.0) for i in ids)

    def _unknown(self, text: str) -> Iterator[Mention]:
        """Titles that the sentence marks as such, whether or not an item goes by them."""
        for pattern in (_QUOTED, _CAPITALISED):
            for match in pattern.finditer(text[:_MOST]):
                said = match[1].strip()
                start = match.start(1) + match[1].index(said)
                about_people = key(said) in self.vocabulary.people | self.vocabulary.name_parts
                plain = pattern is _CAPITALISED and all(t.form in COMMON for t in tokens(said))
                if len(said) > 2 and not about_people and not plain:
                    yield Mention(text=said, start=start, end=start + len(said))


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


def _wrapped(before: str, after: str) -> bool:
    return before[-1:] in "\"“«*_'‘" and bool(before) and after[:1] in "\"”»*_'’" and bool(after)
