"""The verifier: takes out of a reply whatever no fact supports.

It reads a reply sentence by sentence. Every title, person, year, genre and number in a sentence
has to be carried by a fact about the items that the sentence names, by the evidence, or by what
the person said; otherwise the sentence goes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from classic.data.catalog import Catalog
from classic.data.item import GENRES, Item
from llmrec.dialogue.nouns import Evidence
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import fold, tokens

_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|https?://\S+|www\.\S+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"'*(])")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_YEARS = re.compile(r"\b(1[89]\d\d|20\d\d)s?\b")
_SHORT_DECADE = re.compile(r"(?<!\d)['’]?(\d0)s\b")
_NAME = re.compile(
    r"\b[A-Z][\w'’.-]+(?:\s+(?:of|the|de|van|von|and|in|la|&)\s+|\s+)(?:[A-Z][\w'’.-]+\b\s*)+"
)
_QUOTED = re.compile(r"[“\"*_]([^“”\"*_]{2,80})[”\"*_]")
_NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_GENRE_WORDS = {
    "comedy": "Comedy",
    "comedies": "Comedy",
    "thriller": "Thriller",
    "thrillers": "Thriller",
    "horror": "Horror",
    "western": "Western",
    "westerns": "Western",
    "musical": "Musical",
    "musicals": "Musical",
    "documentary": "Documentary",
    "documentaries": "Documentary",
    "romance": "Romance",
    "animation": "Animation",
    "animated": "Animation",
    "sci-fi": "Sci-Fi",
    "science fiction": "Sci-Fi",
    "fantasy": "Fantasy",
    "mystery": "Mystery",
    "noir": "Film-Noir",
    "biopic": "Biography",
    "war film": "War",
    "crime": "Crime",
    "drama": "Drama",
    "dramas": "Drama",
    "action": "Action",
    "adventure": "Adventure",
}


@dataclass(frozen=True)
class Cut:
    """A sentence that went, and what in it was not supported."""

    sentence: str
    why: str


@dataclass(frozen=True)
class Verified:
    """What is left of a reply."""

    text: str
    cut: tuple[Cut, ...] = ()


def verify(
    reply: str,
    *,
    catalog: Catalog,
    items: Sequence[str],
    evidence: Sequence[Evidence],
    said: Sequence[str] = (),
) -> Verified:
    """The sentences of a reply that facts support. `items` are the ids that the tools returned,
    `said` the person's own words. Never raises."""
    names = _names(catalog)
    bare = _MARKUP.sub(lambda m: m[1] or "", reply)
    kept, cut = [], []
    facts = _Facts(catalog, names, tuple(items), tuple(evidence), tuple(said))
    for sentence in filter(None, map(str.strip, _SENTENCE.split(bare))):
        why = next(_unsupported(sentence, facts), None)
        if why:
            cut.append(Cut(sentence, why))
        else:
            kept.append(sentence)
    return Verified(" ".join(kept), tuple(cut))


def verifier(catalog: Catalog) -> Callable[..., Verified]:
    """`verify` over one catalogue: (reply, items, evidence, said)."""

    def check(
        reply: str, items: Sequence[str], evidence: Sequence[Evidence], said: Sequence[str]
    ) -> Verified:
        return verify(reply, catalog=catalog, items=items, evidence=evidence, said=said)

    return check


@dataclass(frozen=True, eq=False)
class _Names:
    """Titles and people of a catalogue by folded words; made once."""

    catalog: Catalog

    @cached_property
    def titles(self) -> dict[tuple[str, ...], list[str]]:
        found: dict[tuple[str, ...], list[str]] = {}
        for item in self.catalog:
            for name in (item.title, *item.aliases):
                words = tuple(fold(t.raw) for t in tokens(name))
                found.setdefault(words, []).append(item.item_id)
        return found

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.titles), default=1)

    @cached_property
    def people(self) -> dict[tuple[str, ...], str]:
        return {
            tuple(fold(t.raw) for t in tokens(p)): p for item in self.catalog for p in item.people
        }


@lru_cache(maxsize=4)
def _names(catalog: Catalog) -> _Names:
    return _Names(catalog)


@dataclass(frozen=True, eq=False)
class _Facts:
    """Everything that may be said, and of which item."""

    catalog: Catalog
    names: _Names
    items: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    said: tuple[str, ...]

    @cached_property
    def words(self) -> str:
        """Evidence and the person's own words, folded."""
        return fold(" \n ".join((*(e.text for e in self.evidence), *self.said)))

    @cached_property
    def speakable(self) -> set[str]:
        """Items that may be named: returned by a tool, or behind a piece of evidence."""
        behind = (e.refers_to for e in self.evidence)
        return {*self.items, *(i for i in behind if i in self.catalog)}

    def of(self, named: Sequence[str]) -> list[Item]:
        """The items a sentence speaks of; one that names none speaks of all."""
        return [self.catalog[i] for i in (named or self.speakable) if i in self.catalog]


def _unsupported(sentence: str, facts: _Facts) -> Iterator[str]:
    """What the sentence says that nothing supports."""
    named, rest, strangers = _titles(sentence, facts)
    yield from (f"title {t}" for t in strangers)
    about = facts.of(named)
    evidence = fold(" ".join(e.text for e in facts.evidence if not named or e.item_id in named))
    said = fold(" ".join(facts.said))
    yield from _people(rest, about, f"{evidence} {said}", facts)
    yield from _numbers(rest, about, f"{evidence} {said}", facts)
    yield from _genres(rest, about, f"{evidence} {said}")
    for match in _QUOTED.finditer(rest):
        if fold(match[1]) not in facts.words:
            yield f"quotation {match[1]}"
    for match in _NAME.finditer(rest):
        phrase = fold(match[0].strip(" .,;:"))
        known = fold(" ".join(_spoken_fields(about))) + evidence + said + facts.words
        words = [w for w in phrase.split() if w not in COMMON]
        if len(words) > 1 and not all(w.removesuffix("s") in known for w in words):
            yield f"name {match[0].strip()}"


def _spoken_fields(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        yield from (item.title, *item.people, *item.genres, *item.countries, *item.languages)
        yield from item.keywords


def _titles(sentence: str, facts: _Facts) -> tuple[list[str], str, list[str]]:
    """(ids named, the sentence with titles blanked, titles that may not be named)."""
    words = tokens(sentence)
    forms = [fold(w.raw) for w in words]
    named: list[str] = []
    strangers: list[str] = []
    rest = sentence
    place = 0
    while place < len(words):
        hit = _title_at(forms, place, facts)
        if hit is None:
            place += 1
            continue
        size, ids = hit
        left, right = words[place].start, words[place + size - 1].end
        speakable = [i for i in ids if i in facts.speakable]
        said_so = " ".join(forms[place : place + size]) in _plain(facts.words)
        year = _YEARS.match(sentence[right:].lstrip(" (,"))
        if speakable:
            if year and len(speakable) > 1:
                exact = [i for i in speakable if facts.catalog[i].year == int(year[1])]
                speakable = exact or speakable
            named += speakable[:1]
            rest = rest[:left] + "~" * (right - left) + rest[right:]
        elif said_so:
            rest = rest[:left] + "~" * (right - left) + rest[right:]
        elif _looks_like_title(sentence, left, right, forms[place : place + size], bool(year)):
            strangers.append(sentence[left:right])
        place += size
    return named, rest, strangers


def _plain(text: str) -> str:
    return " ".join(fold(t.raw) for t in tokens(text))


def _title_at(forms: list[str], place: int, facts: _Facts) -> tuple[int, list[str]] | None:
    most = min(facts.names.longest, len(forms) - place)
    for size in range(most, 0, -1):
        window = tuple(forms[place : place + size])
        ids = facts.names.titles.get(window)
        if not ids and window[0] != "the":
            ids = facts.names.titles.get(("the", *window))
        if ids:
            return size, ids
    return None


def _looks_like_title(sentence: str, left: int, right: int, forms: list[str], year: bool) -> bool:
    """Ordinary words in lower case are no title; capitals, quotation marks or a year make one."""
    if year or sentence[max(left - 1, 0) : left] in tuple('“"*_'):
        return True
    said = sentence[left:right]
    ordinary = all(f in COMMON or f.isdigit() for f in forms)
    if ordinary and left == 0:
        return False
    capital = said[:1].isupper() or said[:1].isdigit()
    return capital and not (ordinary and len(forms) == 1 and said.isdigit())


def _people(rest: str, about: Sequence[Item], words: str, facts: _Facts) -> Iterator[str]:
    """Names of catalogue people who have nothing to do with the items at hand."""
    theirs = {fold(p) for item in about for p in item.people}
    forms = [(fold(t.raw).removesuffix("s"), t) for t in tokens(rest)]
    plain = [fold(t.raw) for _, t in forms]
    for size in (3, 2):
        for place in range(len(plain) - size + 1):
            window = tuple(plain[place : place + size])
            person = facts.names.people.get(window)
            if person and fold(person) not in theirs and fold(person) not in words:
                yield f"person {person}"


def _numbers(rest: str, about: Sequence[Item], words: str, facts: _Facts) -> Iterator[str]:
    years = {item.year for item in about if item.year}
    decades = {y // 10 * 10 for y in years}
    minutes = {item.runtime for item in about if item.runtime}
    keywords = fold(" ".join(k for item in about for k in (*item.keywords, item.text)))
    allowed = {str(n) for n in (*years, *minutes, *range(len(facts.items) + 1))}
    allowed |= {str(len(facts.catalog)), f"{len(facts.catalog):,}"}
    for match in _YEARS.finditer(rest):
        if match[0].endswith("s"):
            if int(match[1]) not in decades and match[0] not in words:
                yield f"decade {match[0]}"
        elif int(match[1]) not in years and match[1] not in words:
            yield f"year {match[1]}"
    for match in _SHORT_DECADE.finditer(_YEARS.sub("", rest)):
        near = {d % 100 for d in decades}
        if int(match[1]) not in near and f"{match[1]}s" not in words:
            yield f"decade {match[0]}"
    for match in _NUMBER.finditer(_SHORT_DECADE.sub("", _YEARS.sub("", rest))):
        number = match[0].rstrip(".,")
        if number not in allowed and not re.search(rf"\b{re.escape(number)}\b", words + keywords):
            yield f"number {number}"
    for word in re.findall(r"[a-z]+", rest.lower()):
        value = _NUMBER_WORDS.get(word)
        counted = value is None or value < 2 or value <= len(facts.items)
        if not counted and not re.search(rf"\b({word}|{value})\b", words + keywords):
            yield f"number {word}"


def _genres(rest: str, about: Sequence[Item], words: str) -> Iterator[str]:
    theirs = {g for item in about for g in item.genres}
    described = fold(
        " ".join(f"{item.text} {' '.join(item.keywords)} {' '.join(item.moods)}" for item in about)
    )
    lower = rest.lower()
    for word, genre in _GENRE_WORDS.items():
        if genre in theirs or not re.search(rf"\b{word}\b", lower):
            continue
        if word not in words and genre.lower() not in words and word not in described:
            yield f"genre {word}"


assert set(_GENRE_WORDS.values()) <= set(GENRES)
