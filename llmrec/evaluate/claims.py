"""An independent reader of replies: counts what they say that the catalogue does not carry.

It shares no code and no approach with the verifier: it works on the raw lines of the catalogue,
looks for names by plain search, and checks the few sentence forms in which replies state facts.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

_YEAR = re.compile(r"\((\d{4})\)")
_DIRECTED = re.compile(r"directed by (.+)")
_RUNS = re.compile(r"runs (\d+) minutes")
_CAME = re.compile(r"came out in (\d{4})")
_RATED = re.compile(r"is rated (G|PG-13|PG|R)\b")
_ANY_YEAR = re.compile(r"\b(19\d\d|20\d\d)\b")
_MINUTES = re.compile(r"\b(\d+)[ -]minutes?\b")
_TWO_CAPITALS = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
_SENTENCE_STARTS = {"The", "A", "An", "If", "In", "Then", "And", "But", "Noted", "Ask", "Also"}
_IS_A_GENRE = re.compile(
    r"\bis an? (?:\w+ ){0,2}?(comedy|thriller|horror|western|musical|documentary|romance|fantasy|"
    r"drama|mystery)\b"
)
_SHARES = re.compile(r"shares (.+?) with ")
_IN_COMMON = re.compile(r"\b(?:shares?|has|have) ([^.;:]+?) (?:with|in common)\b")
_GENRE_OF = re.compile(r"(?:filed under|counts as|stands under|genres include) ([A-Z][\w-]+)")
_OF_A_YEAR = re.compile(r"\b(?:from|in) (\d{4})\b")
_THAN = re.compile(r"\b(newer|older|shorter|longer) than (?!the (?:ones|last))(.+? \(\d{4}\))")
_MOOD_OF = re.compile(r"\bmood (?:is|that is|of it is) ([\w-]+)|\bis ([\w-]+)(?: in mood)?, as you")
_COMPARED = {"newer": ("year", 1), "older": ("year", -1), "shorter": ("runtime", -1)}
_COMPARED["longer"] = ("runtime", 1)


@dataclass(frozen=True)
class Finding:
    """A statement that nothing carries."""

    kind: str
    said: str


class Claims:
    """The raw catalogue, ready to be searched."""

    @cached_property
    def films(self) -> dict[str, dict]:
        folder = files("classic.data") / "films"
        shelves = [f for f in folder.iterdir() if f.name.endswith(".jsonl")]
        rows = (json.loads(x) for f in shelves for x in f.read_text("utf-8").splitlines() if x)
        return {row["id"]: row for row in rows}

    @cached_property
    def people(self) -> set[str]:
        return {p for f in self.films.values() for p in (*f["directors"], *f["cast"]) if " " in p}

    def unsupported(
        self, reply: str, items: list[str], said: str, behind: list[str]
    ) -> list[Finding]:
        """Statements of a reply that neither the items, nor what evidence points at, nor the
        person's words carry."""
        allowed = [self.films[i] for i in dict.fromkeys((*items, *behind)) if i in self.films]
        found = list(self._titles(reply, allowed, said))
        carried = " ".join(p for f in allowed for p in (*f["directors"], *f["cast"])) + said
        found += [
            Finding("person", p)
            for p in self.people
            if p in reply and p.lower() not in carried.lower()
        ]
        for sentence in re.split(r"(?<=[^A-Z][.!?]) ", reply):
            found += self._facts(sentence)
        return found + list(self._loose(reply, allowed, said))

    def about_one(self, film_id: str, said: str, words: str, behind: list[str]) -> list[Finding]:
        """What a sentence or two about one film say that nothing carries: all that `unsupported`
        reads, and the forms in which reasons are told, read of that film wherever they stand."""
        film = self.films[film_id]
        found = self.unsupported(said, [film_id], words, behind)
        mine = json.dumps(film, ensure_ascii=False).lower()
        named = [r for i in behind if (r := self.films.get(i)) and r["title"] in said]
        theirs = [json.dumps(r, ensure_ascii=False).lower() for r in named]
        for match in _IN_COMMON.finditer(said):
            for part in re.split(r", | and ", re.sub(r"\b(?:the )?genres? ", "", match[1])):
                carried = part.lower() in mine and any(part.lower() in other for other in theirs)
                if not carried and not any(part.startswith(r["title"]) for r in (film, *named)):
                    found.append(Finding("shared", part))
        found += [Finding("genre", g) for g in _GENRE_OF.findall(said) if g not in film["genres"]]
        found += [
            Finding("year", y)
            for y in _OF_A_YEAR.findall(said)
            if int(y) != film["year"] and y not in words
        ]
        found += [
            Finding("runtime", m)
            for m in _MINUTES.findall(said)
            if int(m) != film["runtime"] and m not in words
        ]
        return found + list(self._compared(film, said)) + list(self._moods(film, said))

    def _compared(self, film: dict, said: str) -> Iterator[Finding]:
        """ "newer than Heat (1995)": whether it is."""
        labels = {f"{f['title']} ({f['year']})": f for f in self.films.values()}
        for word, label in _THAN.findall(said):
            name, sign = _COMPARED[word]
            other = labels.get(label)
            if other is None or (film[name] - other[name]) * sign <= 0:
                yield Finding("comparison", f"{word} than {label}")

    def _moods(self, film: dict, said: str) -> Iterator[Finding]:
        moods = {m for f in self.films.values() for m in f["moods"]}
        for mood in filter(None, (m for pair in _MOOD_OF.findall(said) for m in pair)):
            if mood in moods and mood not in film["moods"]:
                yield Finding("mood", mood)

    def _loose(self, reply: str, allowed: list[dict], said: str) -> Iterator[Finding]:
        """Free prose: titles without a year, years, minutes, genres and names, wherever they
        stand, against everything that is written of the films at hand."""
        written = json.dumps(allowed, ensure_ascii=False)
        carried = f"{written} {said}".lower()
        for row in self.films.values():
            title = row["title"]
            if " " in title and title in reply and title.lower() not in carried:
                yield Finding("title", title)
        years = {f["year"] for f in allowed}
        for year in _ANY_YEAR.findall(reply):
            if int(year) not in years and year not in carried and f"{year[2]}0s" not in carried:
                yield Finding("year", year)
        runtimes = {str(f["runtime"]) for f in allowed}
        for minutes in _MINUTES.findall(reply):
            asked = minutes in said or f"{int(minutes) // 60} hour" in said
            if minutes not in runtimes and not asked:
                yield Finding("runtime", minutes)
        for name in _TWO_CAPITALS.findall(reply):
            if name.lower() not in carried and name.split()[0] not in _SENTENCE_STARTS:
                yield Finding("name", name)
        genres = {g.lower() for f in allowed for g in f["genres"]}
        for genre in _IS_A_GENRE.findall(reply.lower()):
            if genre not in genres and genre not in carried:
                yield Finding("genre", genre)

    def _titles(self, reply: str, allowed: list[dict], said: str) -> list[Finding]:
        """Titles with a year that are not the ones at hand, and titles alone that stand out."""
        found = []
        for row in self.films.values():
            label = f"{row['title']} ({row['year']})"
            if label in reply and row not in allowed and row["title"].lower() not in said.lower():
                longer = [f"{f['title']} ({f['year']})" for f in allowed]
                if not any(label in other and other in reply for other in longer):
                    found.append(Finding("title", label))
        for match in _YEAR.finditer(reply):
            before = reply[: match.start()]
            years = {f["year"] for f in self.films.values() if before.endswith(f["title"] + " ")}
            if match[1] in said or before.endswith("average "):
                continue
            if not years:
                found.append(Finding("title", before[-40:] + match[0]))
            elif int(match[1]) not in years:
                found.append(Finding("year", before[-40:] + match[0]))
        return found

    def _facts(self, sentence: str) -> list[Finding]:
        """The stated facts of a sentence that begins with one film's label."""
        starts = [
            f
            for f in self.films.values()
            if re.match(rf"(?:Then )?{re.escape(f['title'])} \({f['year']}\)", sentence)
        ]
        if not starts:
            return []
        film, found = max(starts, key=lambda f: len(f["title"])), []
        if (m := _DIRECTED.search(sentence)) and not any(d in m[0] for d in film["directors"]):
            found.append(Finding("director", m[0]))
        if (m := _RUNS.search(sentence)) and int(m[1]) != film["runtime"]:
            found.append(Finding("runtime", m[0]))
        if (m := _CAME.search(sentence)) and int(m[1]) != film["year"]:
            found.append(Finding("year", m[0]))
        if (m := _RATED.search(sentence)) and m[1] != film["audience"]:
            found.append(Finding("audience", m[0]))
        if m := _SHARES.search(sentence):
            mine = json.dumps(film, ensure_ascii=False).lower()
            for part in re.split(r", | and ", re.sub(r"\b(?:the )?genres? ", "", m[1])):
                if part.lower() not in mine:
                    found.append(Finding("shared", part))
        return found
