"""`Linker`: free text to mentions of catalogue items, with character spans. No language model.

Longest names win. A name that is also an ordinary word counts only where the sentence means the
item; a title that is clearly meant as one but is not in the catalogue is reported as unknown.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON, PLACES
from llmrec.linking.context import PART_OF_A_FILM, Kind, Span, meant
from llmrec.linking.index import LONGEST, TitleIndex
from llmrec.linking.normal import Token, fold, key, tokens
from llmrec.understanding.schema import Mention

_MOST = 8_000
_PASSES = 3
_OWNER = 5
"""Letters of the shortest title that a bare s is taken off."""
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
_BEGAN = re.compile(r"[a-z,] ([A-Z][a-z]{2,}) $")
_CREDIT = re.compile(
    r"\s*,?\s*\(?(?:with|by|starring|from|directed by)\s+((?:[\w'’.-]+\s*){2,3})", re.IGNORECASE
)
_GOES_ON = re.compile(r"(?::\s+|\s+)([A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*)")
_CAPITALISED = re.compile(
    r"(?:\b(?:seen|saw|watched|loved?|like|liked|hated|enjoyed|similar to|called|film|movie)\s+)"
    r"((?:[A-Z][\w'’:-]*|\d+)(?:\s+(?:[A-Z][\w'’:-]*|of|the|and|in|to|a|\d+))*\s*(?:\(\d{4}\))?)"
)


_JOINT = re.compile(r"\s*(?:(?:,|/|&|\+|<|>|;)\s*)?(?:(?:and|or|vs|then|not|plus|nor|to)\b\.?\s*)?")
"""What may stand between two titles of a list, nothing but a blank included."""
_CLOSING = re.compile(r"\s*(?:please|pls)?[\s?.!,]*$")
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
        for again in range(_PASSES):
            before = len(found)
            for start, end, exact in _windows(len(words)):
                if any(taken[start:end]) or (again and not exact):
                    continue
                mention = self._at(text, words, start, end, (known, found), exact=exact)
                if mention:
                    found.append(mention)
                    taken[start:end] = [True] * (end - start)
            if len(found) == before:
                break  # what is found makes its neighbours in a list likelier, so look again
        found += self._unknown(text, found)
        return tuple(sorted(found, key=lambda m: m.start))

    def _at(
        self,
        text: str,
        words: list[Token],
        start: int,
        end: int,
        context: tuple[Sequence[str], Sequence[Mention]],
        *,
        exact: bool,
    ) -> Mention | None:
        """The mention at a window of words, if there is one. `context`: the ids spoken of before,
        and the mentions found so far."""
        known, found = context
        forms = [w.form for w in words[start:end]]
        name = " ".join(forms)
        stripped = (
            " ".join(forms[1:]) if len(forms) > 1 and forms[0] in ("the", "a", "an") else name
        )
        if exact:
            ids = self.index.exact.get(stripped) or self._owning(
                stripped, text[words[end - 1].end :]
            )
            if stripped != name and len(forms) == 2 and forms[0] != "the":
                return None
        else:
            if all(f in COMMON for f in forms) or name in self._people:
                return None
            near = self.index.fuzzy(stripped)
            ids = self.index.exact[near] if near and self._misspelt(stripped, near) else None
        if not ids:
            return None
        if stripped != name and not any(self._has_article(i) for i in ids):
            start += 1
        left, right = words[start].start, words[end - 1].end
        turned = _ARTICLE_AFTER.match(text, right)
        if turned and any(self._has_article(i) for i in ids):
            right = turned.end(1)
        left, right, year = _with_year(text, left, right)
        if not self._meant(Span(text, left, right, words[start:end]), ids, year, found):
            return None
        number = _NUMBER_AFTER.match(text, right)
        if number and not year:
            right = number.end(1)
            return Mention(text=text[left:right], start=left, end=right)
        longer = _GOES_ON.match(text, right)
        if longer and not year and text[left].isupper() and not self._is_a_name(longer[1]):
            return Mention(text=text[left : longer.end()], start=left, end=longer.end())
        earlier = _BEGAN.search(text[:left])
        if earlier and not year and text[left].isupper() and not self._is_a_name(earlier[1]):
            return Mention(text=text[earlier.start(1) : right], start=earlier.start(1), end=right)
        ids = self._credited(ids, text[right:])
        if not ids:
            return Mention(text=text[left:right], start=left, end=right)
        chosen = self._narrowed(ids, year, known, text[left:right])
        if not chosen:
            return None
        return Mention(text=text[left:right], start=left, end=right, item_ids=chosen)

    def _owning(self, name: str, after: str) -> tuple[str, ...] | None:
        """A title with a possessive s that has lost its apostrophe: "psychos shower scene"."""
        owner = name.removesuffix("s")
        if owner == name or len(owner) < _OWNER or not PART_OF_A_FILM.match(after):
            return None
        return self.index.exact.get(owner)

    def _is_a_name(self, said: str) -> bool:
        """Whether capitals behind a title begin with somebody's name or an ordinary word, not with
        the rest of a longer title."""
        first = key(said.split()[0])
        return first in self._name_parts or first in COMMON or len(first) < 2

    def _credited(self, ids: tuple[str, ...], after: str) -> tuple[str, ...]:
        """The items that somebody named right behind the title has to do with: "Heat with Sandra
        Bullock" is not the Heat that we know. Strangers decide nothing."""
        credit = _CREDIT.match(after)
        words = key(credit[1]).split() if credit else []
        for size in (3, 2):
            person = " ".join(words[:size])
            if len(words) >= size and person in self._people:
                return tuple(i for i in ids if person in map(key, self.catalog[i].people))
        return ids

    def _misspelt(self, said: str, name: str) -> bool:
        """Whether every word that differs is no word: a real word is another title, not a typo."""
        ours, theirs = said.split(), name.split()
        if len(ours) != len(theirs):
            return True
        differ = [a for a, b in zip(ours, theirs, strict=True) if a != b]
        return not any(w in COMMON or w in self._prose or w in self._name_parts for w in differ)

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
        if titled and self._fame(titled) >= self._fame(ids):
            return tuple(titled)
        return tuple(ids)

    def _fame(self, ids: Sequence[str]) -> float:
        """How well known the best known of some items is, 0 where nobody says."""
        return max(self.catalog[i].attributes.get("fame", 0.0) for i in ids)

    def _meant(
        self, span: Span, ids: Sequence[str], year: int | None, found: Sequence[Mention]
    ) -> bool:
        """Whether words that could be ordinary are meant as a name here."""
        if year or _wrapped(span.before, span.after) or _TURNED.search(span.said):
            return True
        forms = [w.form for w in span.words if w.form not in ("the", "a", "an")]
        if len(forms) > 1 and forms[-1].isdigit():
            return True
        if len(forms) == 1 and forms[0] in PLACES and _GOING_TO.search(span.before):
            return False
        capital = span.words[-1].raw[:1].isupper()
        spelled = len(forms) == 1 and capital and (forms[0].isdigit() or forms[0] == "big")
        return meant(
            span,
            self._companions(ids),
            self._kind(forms, spelled=spelled),
            mates=self._mates(span, found),
        )

    def _mates(self, span: Span, found: Sequence[Mention]) -> int:
        """How many titles stand beside these words in a list: those found already, and one that
        all the rest of the text consists of ("heat or casino?")."""
        gaps = (
            span.text[m.end : span.left] if m.end <= span.left else span.text[span.right : m.start]
            for m in found
        )
        joints = [gap.strip() for gap in gaps if _JOINT.fullmatch(gap)]
        if joints and (any(joints) or fold(span.said) != "saw"):
            return len(joints)
        return int(self._rest_is_a_title(span))

    def _rest_is_a_title(self, span: Span) -> bool:
        joint = _JOINT.match(span.after)
        after = _CLOSING.sub("", span.after[joint.end() :]) if joint and joint[0].strip() else ""
        joint_before = re.search(rf"(?:{_JOINT.pattern})$", span.before)
        head = span.before[: joint_before.start()] if joint_before else ""
        before = head if joint_before and joint_before[0].strip() else ""
        return any(name.strip() and key(name) in self.index.exact for name in (after, before))

    def _has_article(self, item_id: str) -> bool:
        item = self.catalog[item_id]
        return any(n.lower().startswith(("the ", "a ", "an ")) for n in (item.title, *item.aliases))

    def _kind(self, forms: Sequence[str], *, spelled: bool = False) -> Kind:
        """What words are when they name no film. `spelled`: a number written out,
        or Big, with a capital."""
        if all(f in _FUNCTION or (f.isdigit() and len(f) < 3) for f in forms):
            return "function" if not spelled else "ordinary"
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
    """The span, grown over a year that follows, and the year that follows or precedes."""
    after = _YEAR_AFTER.match(text, right)
    if after:
        return left, after.end(), int(after[1] or after[2])
    before = _YEAR_BEFORE.search(text[:left])
    if before:
        return left, right, int(before[1])
    return left, right, None


def _wrapped(before: str, after: str) -> bool:
    return before[-1:] in "\"“«*_'‘" and bool(before) and after[:1] in "\"”»*_'’" and bool(after)
