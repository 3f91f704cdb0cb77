"""What stands in the places of a phrasing, and what it then says."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from classic.data.item import Item
from classic.errors import BadInput
from finetune.chat.phrases import words_of

_PLACE = re.compile(r"\[([^\[\]]+)\]")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ITEMS = ("liked", "disliked", "seen", "anchor")
"""The parts that films and places are named in."""
_UNKNOWN_SHARE = 0.2
_FROM_LIST_SHARE = 0.5
_MATES_SHARE = 0.5
_MATES_AMONG = 60


@dataclass(frozen=True)
class Piece:
    """Words, and what they say: a part of `form.PARTS`, of these values; "" where they are the
    phrasing's own. `title` is a film that the catalogue lacks."""

    text: str
    part: str = ""
    values: tuple[str, ...] = ()
    title: bool = False


@dataclass(frozen=True)
class Stock:
    """What the places draw from: `items` as a mix of well and less known ones, `strangers` titles
    that the catalogue lacks."""

    items: Sequence[Item]
    strangers: Sequence[str]
    weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        weights = [item.attributes.get("fame", 3.0) ** 0.5 for item in self.items]
        object.__setattr__(self, "weights", weights)

    def item(self, rng: random.Random, beside: Item | None = None) -> Item:
        """One item; where one was named already, often one of its kind, as people name them."""
        if beside is not None and rng.random() < _MATES_SHARE:
            mates = rng.sample(self.items, min(_MATES_AMONG, len(self.items)))
            return max(mates, key=lambda i: _alike(i, beside))
        return rng.choices(self.items, self.weights)[0]


def _alike(item: Item, other: Item) -> float:
    if item.item_id == other.item_id:
        return -1.0
    people = len({*item.people} & {*other.people})
    return people * 2 + len({*item.genres} & {*other.genres}) / (len(item.genres) or 1)


@dataclass
class Filler:
    """Fills the places of one turn; what was named or pointed at is not so again."""

    stock: Stock
    shown: Sequence[Item]
    rng: random.Random
    named: list[Item] = field(default_factory=list)
    pointed: list[int] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    stranger: bool = False

    def pieces(self, text: str) -> list[Piece]:
        """Raises `BadInput` for a place that nobody knows."""
        found, at = [], 0
        for match in _PLACE.finditer(text):
            found += [Piece(text[at : match.start()]), *self._place(match[1])]
            at = match.end()
        return [p for p in [*found, Piece(text[at:])] if p.text]

    def _place(self, name: str) -> list[Piece]:
        if name in ITEMS:
            return [self._film(name)]
        if name.removesuffix("s") in ITEMS:
            return list(self._joined(name.removesuffix("s")))
        head, _, part = name.partition(":")
        if head in ("ref", "refs", "it") and part in ITEMS:
            return self._pointed(head, part)
        if name[0] in "+-":
            return self._wish(name[1:], wanted=name[0] == "+")
        if name == "critique":
            return self._critique()
        if name in _PLAIN:
            return [Piece(self._of(_PLAIN[name]))]
        raise BadInput(f"a phrasing has a place [{name}] that nobody can fill")

    def _film(self, part: str) -> Piece:
        if not self.stranger and self.rng.random() < _UNKNOWN_SHARE:
            self.stranger = True
            return Piece(self.rng.choice(self.stock.strangers), part, title=True)
        fresh = [i for i in self.shown if i not in self.named]
        if fresh and self.rng.random() < _FROM_LIST_SHARE:
            item = self.rng.choice(fresh)
        else:
            item = self.stock.item(self.rng, self.named[-1] if self.named else None)
        self.named.append(item)
        return Piece(self._called(item), part, (item.item_id,))

    def _called(self, item: Item) -> str:
        """By its title, with its year, or as people call it."""
        dice = self.rng.random()
        if dice < 0.07 and item.year:
            return f"{item.title} ({item.year})"
        if dice < 0.1 and item.year:
            return f"{item.title} {item.year}"
        if dice < 0.22 and item.aliases:
            return self.rng.choice(item.aliases)
        if dice < 0.3 and item.title.lower().startswith("the "):
            return item.title[4:]
        return item.title

    def _joined(self, part: str) -> Iterator[Piece]:
        count = self.rng.choice((2, 2, 2, 3))
        for n in range(count):
            if n:
                last = n == count - 1
                yield Piece(self.rng.choice((" and ", " and ", " & ", ", ")) if last else ", ")
            yield self._film(part)

    def _pointed(self, head: str, part: str) -> list[Piece]:
        if head == "it":
            said = self.rng.choice(("it", "it", "that one", "that", "this one", "that film"))
            return [Piece(said, part)]
        n = len(self.shown)
        if n == 0:
            return [Piece("it", part)]
        left = [place for place in range(1, n + 1) if place not in self.pointed]
        if head == "ref":
            return [self._one(self.rng.choice(left or [n]), part)]
        if self.rng.random() < 0.3:
            many = self.rng.choice(("first", "last"))
            said = f"{self.rng.choice(('the ', ''))}{many} {self.rng.choice(('two', '2'))}"
            places = (1, 2) if many == "first" else (n, n - 1)
            return [Piece(said, part, tuple(map(str, places)))]
        from_ = left if len(left) > 1 else list(range(1, n + 1))
        two = sorted(self.rng.sample(from_, min(2, len(from_))))
        first, *more = [self._one(place, part) for place in two]
        return [first, *(p for one in more for p in (Piece(" and "), one))]

    def _one(self, place: int, part: str) -> Piece:
        self.pointed.append(place)
        ordinal = "last" if place == len(self.shown) and self.rng.random() < 0.4 else ""
        ordinal = ordinal or _ORDINALS[place - 1]
        short = {1: "1st", 2: "2nd", 3: "3rd"}.get(place, f"{place}th")
        by_order = (f"the {ordinal} one", f"the {ordinal}", f"the {short}")
        by_number = (f"number {place}", str(place), f"#{place}", f"no. {place}")
        said = self.rng.choice((*by_order, *by_number, f"number {_NUMBERS[place - 1]}"))
        return Piece(said, part, (str(place),))

    def _wish(self, kind: str, *, wanted: bool) -> list[Piece]:
        part = "want" if wanted else "not"
        if kind in ("genre", "genres"):
            said, genres = self.rng.choice(_GENRES)
            many = said if said.endswith("s") or kind == "genre" else _plural(said)
            return [Piece(many if kind == "genres" else said, part, genres)]
        if kind == "mood":
            return [Piece(self._of(_MOODS), part if wanted else "less")]
        if kind == "person":
            return [self._person(part)]
        if kind == "country":
            return [Piece(self._of(_COUNTRIES), part)]
        if kind == "language":
            said = self._of(_LANGUAGES)
            return [Piece(self.rng.choice((f"in {said}", f"{said}-language")), part)]
        if kind == "topic":
            return [Piece(self._topic())]
        raise BadInput(f"a phrasing has a place for a wish of {kind!r} that nobody can fill")

    def _person(self, part: str) -> Piece:
        people = self.stock.item(self.rng).people[:4]
        fresh = [p for p in (*people, "Tom Hanks", "Judi Dench") if p not in self.people]
        person = self.rng.choice(fresh[: max(len(people), 1)] or ["Tom Hanks"])
        self.people.append(person)
        return Piece(person, part, (person,))

    def _topic(self) -> str:
        item = self.stock.item(self.rng)
        return self.rng.choice(item.keywords or ("chess",))

    def _critique(self) -> list[Piece]:
        dice = self.rng.random()
        if dice < 0.5:
            return [Piece(self._of(_COMPARATIVES), "want")]
        if dice < 0.75:
            before = self.rng.choice(("less ", "not so ", "not as ", "not too ", "not that "))
            return [Piece(before), Piece(self._of(_ADJECTIVES), "less")]
        return [Piece("more "), Piece(self._of(_ADJECTIVES), "more")]

    def _of(self, values: Sequence[str]) -> str:
        """One of them, with its digits drawn: `19#5` to some number."""
        text = self.rng.choice(list(values))
        return re.sub("#", lambda _: str(self.rng.randint(0, 9)), text)


def _plural(said: str) -> str:
    if said.endswith("y"):
        return said[:-1] + "ies"
    return said + ("" if said in ("horror", "sci-fi", "anime", "animation") else "s")


_GENRES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (line.split("=")[0], tuple(line.split("=")[1].split(","))) for line in words_of("genres")
)
_MOODS = words_of("moods")
_COMPARATIVES = words_of("comparatives")
_ADJECTIVES = words_of("adjectives")
_COUNTRIES = words_of("countries")
_LANGUAGES = words_of("languages")
_PLAIN = {name: words_of(name) for name in ("years", "runtime", "audience", "k", "rating")}
_PLAIN["topic"] = words_of("topics")


def strangers() -> list[str]:
    """Titles, real and made up, that a catalogue may lack; half of them begin or end as famous ones
    do."""
    return words_of("unknown_titles") + words_of("lookalike_titles")
