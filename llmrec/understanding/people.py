"""Names of directors and actors in a text: full names, and surnames that can mean only one."""

from collections import Counter, defaultdict
from importlib.resources import files

from rapidfuzz.distance import DamerauLevenshtein

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import Token, fold, tokens

_FAMOUS = 3
_LONGEST = 4
_MONONYM = 5
"""Letters of the shortest single name that is somebody's whole name."""
_ORDINARY = frozenset(
    (files("llmrec.understanding") / "surname_words.txt").read_text("utf-8").split()
)
"""Surnames that are words or places as well: somebody's only behind a word that says so, or with a
capital inside a sentence."""
_SAYS_SO = (
    *("with", "by", "starring", "featuring", "no", "without", "except"),
    *("mr", "director", "actor"),
)
_BY = ("by", "starring", "director")
"""Behind these any surname is somebody's, however few films there are."""
_SIBLINGS = ("brothers", "brother", "sisters", "bros")


class People:
    """Built once per catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        credits = Counter(p for item in catalog for p in item.people)
        self.by_name = {" ".join(t.form for t in tokens(p)): p for p in credits}
        surnames: dict[str, list[str]] = defaultdict(list)
        for name, person in self.by_name.items():
            if " " in name:
                surnames[name.rsplit(" ", 1)[1]].append(person)
        self.by_any_surname = {
            surname: max(bearers, key=lambda p: credits[p]) for surname, bearers in surnames.items()
        }
        self.by_surname = {
            surname: max(bearers, key=lambda p: credits[p])
            for surname, bearers in surnames.items()
            if surname not in COMMON and len(surname) > 3 and _stands_out(bearers, credits)
        }
        first_names = {name.split()[0] for name in self.by_name if " " in name}
        self.first_names = {name for name in first_names if len(name) > 1}
        self.mononyms = {
            name
            for name in self.by_name
            if " " not in name
            and len(name) >= _MONONYM
            and name not in COMMON
            and name not in self.first_names
            and name not in surnames
        }
        self.by_siblings = {
            f"{surname} {kind}": max(bearers, key=lambda p: credits[p])
            for surname, bearers in surnames.items()
            for kind in _SIBLINGS
            if len(bearers) > 1
        }
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for name in self.by_name:
            if len(name) >= 9 and " " in name:
                self._by_initial[name[0]].append(name)

    def find(self, text: str, taken: list[tuple[int, int]]) -> list[tuple[str, int, int]]:
        """(person, start, end) of every name outside the spans that are taken."""
        words = [w for w in tokens(text) if not any(a < w.end and w.start < b for a, b in taken)]
        found: list[tuple[str, int, int]] = []
        place = 0
        while place < len(words):
            person, size = self._at(words, place)
            if person:
                found.append((person, words[place].start, words[place + size - 1].end))
            place += size
        return found

    def _at(self, words: list[Token], place: int) -> tuple[str | None, int]:
        for size in range(min(_LONGEST, len(words) - place), 0, -1):
            name = " ".join(w.form for w in words[place : place + size])
            name = name.removesuffix("s") if name not in self.by_name and size > 1 else name
            if size > 1 and name in self.by_name:
                return self.by_name[name], size
            if size == 2 and name in self.by_siblings:
                return self.by_siblings[name], size
            if size == 2 and (near := self._misspelt(name)):
                return near, size
            if size == 1 and self._of_another(words, place):
                continue
            if size == 1:
                return self._alone(words, place), 1
        return None, 1

    def _alone(self, words: list[Token], place: int) -> str | None:
        """Whom a single word names: by a whole name of one word, or by a surname, an s taken
        off its end where it is no word otherwise."""
        word = words[place]
        if word.form in self.mononyms:
            return self.by_name[word.form]
        if word.form in _ORDINARY:
            return self.by_surname.get(word.form) if self._pointed_out(words, place) else None
        before = words[place - 1].form if place else ""
        if before in _BY and word.form in self.by_any_surname and word.form not in COMMON:
            return self.by_any_surname[word.form]
        stripped = fold(word.raw).removesuffix("s")
        forms = (word.form, stripped) if stripped not in _ORDINARY else (word.form,)
        return next((self.by_surname[form] for form in forms if form in self.by_surname), None)

    def _pointed_out(self, words: list[Token], place: int) -> bool:
        """Whether an ordinary word is a name here."""
        before = words[place - 1] if place else None
        return before is not None and (before.form in _SAYS_SO or words[place].raw[0].isupper())

    def _of_another(self, words: list[Token], place: int) -> bool:
        """Whether a first name stands before the surname that makes it somebody else's: the Bond
        of "James Bond" is not Ward Bond."""
        before = words[place - 1] if place else None
        return bool(
            before
            and words[place].start - before.end == 1
            and before.form in self.first_names
            and f"{before.form} {words[place].form}" not in self.by_name
        )

    def _misspelt(self, name: str) -> str | None:
        """A full name one or two letters off; both halves have to be names' worth of letters."""
        if len(name) < 9 or all(part in COMMON for part in name.split()):
            return None
        most = 1 if len(name) < 12 else 2
        near = [
            other
            for other in self._by_initial.get(name[0], ())
            if abs(len(other) - len(name)) <= most
            and DamerauLevenshtein.distance(name, other, score_cutoff=most) <= most
        ]
        return self.by_name[near[0]] if len(near) == 1 else None


def _stands_out(bearers: list[str], credits: Counter[str]) -> bool:
    """Whether a surname makes everybody think of the same person."""
    most = sorted((credits[p] for p in bearers), reverse=True)
    return most[0] >= _FAMOUS and (len(most) == 1 or most[0] >= 2 * most[1])
