"""`RulesReader`: intent and slots by table and rule, without a language model.

The honest baseline of the chat, and what every other mode falls back to.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classic.data.catalog import Catalog
from llmrec.linking.common_words import COMMON
from llmrec.understanding import lexicon
from llmrec.understanding.clauses import Clause, clause_at, clauses, negated
from llmrec.understanding.intent import (
    asks_fact,
    asks_similar,
    compares,
    forgets,
    intent_of,
    lasting,
)
from llmrec.understanding.keywords import FILLER, TELLING, Keywords
from llmrec.understanding.people import People
from llmrec.understanding.reader import Context
from llmrec.understanding.schema import Mention, Slots, Understanding
from llmrec.understanding.years import years

_RUNTIME = re.compile(
    r"\b(?:(?:under|less than|below|at most|max(?:imum)?|no (?:more|longer) than|within|up to|"
    r"shorter than|only (?:have|got))\s+(?:about |around )?)?(\d{1,3}|an|a|one|two|three|half|"
    r"(?:(?:a|one) )?hundred(?: and (?:ten|twenty))?|(?:sixty|seventy|eighty|ninety)(?:[- ]five)?)"
    r"(?:\s+and a half|\.5)?\s*(hours?|hrs?|h|minutes?|mins?|min)\b(?:\s+and a half)?"
    r"(?:\s*(?:max|or less|tops|at most))?"
)
_SHORT = re.compile(
    r"\b(?:a|something|anything|fairly|quite|pretty|really|relatively) short(?:ish)?\b"
    r"(?! time| list)"
)
SHORT_MINUTES = 100
"""What "something short" may last."""
_RATING = re.compile(
    r"\b(\d(?:\.\d)?|10)\s*(?:/|out of|of)\s*(5|10|five|ten)\b|\b([0-5](?:\.5)?)\s*stars?\b"
)
_COUNT = re.compile(
    r"\b(?:top |give me |show me |suggest |recommend |find me |want |need |just |name |list )"
    r"(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a couple|a few)\b"
    r"(?!\s*(?:hours?|minutes?|mins?|stars?|years?|and|or|\?|$))"
)
_REFERS = re.compile(
    r"(?:\b(?:number|no\.?|nr\.?|#|the|that|option|film|movie|pick|why|seen|saw|watched|"
    r"liked?|loved|"
    r"hated|more like|about|like|compare|and|or|,|&)\s*|^\s*)#?(\d{1,2})\b(?!\s*(?:stars?|"
    r"hours?|h\b|min|"
    r"years?|/|out of|films?|movies?|s\b|'s\b|%|more|of))"
)
_ORDINAL = re.compile(r"\bthe (" + "|".join(lexicon.ORDINALS) + r")(?: (?:one|film|movie))?\b")
_THIS_ONE = re.compile(r"\b(?:that (?:last )?one|this one|that film|that movie|it)\b")
_OTHER_ONES = re.compile(r"(?:the )?others?(?: ones?)?(?:,? please)?[.!?]*")
_OF_IT = re.compile(
    r"\b(?:(loved|liked|enjoyed|adored) (?:it|that|them)|(hated|disliked|didn'?t like) "
    r"(?:it|that|them)|it was (?:great|amazing|brilliant|good|fun|(boring|awful|terrible|bad)))\b"
)
"""What is said of a film in the clause after the one that names it."""
_ADJECTIVES = "|".join(lexicon.COMPARED)
_NOT_AS = re.compile(rf"\b(?:not (?:as|so)|less) ({_ADJECTIVES}) (?:as|than)\b")
_COMPANY = re.compile(
    r"\b(?:with|for|and) (?:my|our|the|some|a few|his|her) (?:\w+ ){0,2}?(?:family|friends?|kids?|"
    r"child(?:ren)?|sons?|daughters?|mother|father|mum|mom|dad|parents|brothers?|sisters?|wife|"
    r"husband|girlfriend|boyfriend|partner|grand\w+|niece|nephew|dog|cat|date)\b"
)
_KNOWN_WELL = re.compile(r"\bseen (?:most|all|everything|nearly all|enough)(?: of| by| from)?\W+$")
_NOT_BY = re.compile(r"[^.!?]*\bnot (?:actually )?(?:by|with) (?:him|her|them)\b")
"""Whose films are known already, and whose manner is wanted without them."""
_TOPICS = re.compile(rf"\b(?:{lexicon.TOPICS})\b")
_COMPARES = re.compile(
    r"(?:^\W*|[.!?,;]\s*|\b(?:something|anything|wants?|but|and)\s+)"
    r"(?:(?:something|anything|a bit|a little|much|way) )?(?:\w+er|more|less)\b"
)
_REFUSED_MOODS = {"violent": ("violence", -1), "dark": ("lightness", 1), "sad": ("lightness", 1)}
"""What a fresh "nothing violent" asks for."""
_ASKING = ("recommend", "similar", "refine")
_WISHFUL = (*_ASKING, "remember")
_NO_SUBTITLES = re.compile(r"\b(?:no|without|nothing with|hate) subtitles\b")
_LINKS = re.compile(r"!?\[[^\]]*\]\([^)]*\)|<[^>]*>|\bhttps?://\S+")
_NOT_THIS = re.compile(
    r"\b(?:not|isn'?t|except|besides|other than|apart from|anything but)\s+"
    r"(?:~+(?:\s*,\s*|\s+)(?:or|and|nor)?\s*)*$"
)
"""Before a title that is not wanted on the list, which is no opinion on it."""
_TONIGHT = re.compile(r"\b(?:tonight|right now|this time|for now|today|this evening)\b")


@dataclass(frozen=True)
class _Table:
    """A lexicon compiled to one pattern, longest alternatives first."""

    values: Mapping[str, Any]
    pattern: re.Pattern[str] = field(init=False)
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        keys = tuple(sorted(self.values, key=lambda k: -len(k)))
        groups = "|".join(f"(?P<w{n}>{key})" for n, key in enumerate(keys))
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "pattern", re.compile(rf"\b(?:{groups})\b"))

    def find(self, text: str) -> list[tuple[Any, int, int]]:
        return [
            (self.values[self.keys[int(m.lastgroup[1:])]], m.start(), m.end())  # type: ignore[index]
            for m in self.pattern.finditer(text)
            if m[0]
        ]


_GENRES = _Table(lexicon.GENRE_WORDS)
_MOODS = _Table(lexicon.MOOD_WORDS)
_CRITIQUES = _Table(lexicon.CRITIQUE_WORDS)
_COUNTRIES = _Table(lexicon.COUNTRY_WORDS)
_AUDIENCES = _Table(lexicon.AUDIENCE_WORDS)


class RulesReader:
    """Built once per catalogue; never raises on any text."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.people = People(catalog)
        self.keywords = Keywords(catalog)
        self.genres = {g for item in catalog for g in item.genres}
        own = {re.escape(g.lower()): (g,) for g in self.genres}
        self.own_genres = _Table(own) if own else None

    def read(self, text: str, mentions: Sequence[Mention], context: Context) -> Understanding:
        if context.shown and _OTHER_ONES.fullmatch(text.strip().lower()):
            mentions = ()
        lower = text.lower().replace("’", "'")
        if len(lower) != len(text):
            lower = text.lower()
        masked = _masked(lower, [(m.start, m.end) for m in mentions])
        parts = clauses(masked) or [Clause(0, 0, 0, False, None)]
        filled: dict[str, Any] = {}
        understood: list[tuple[int, int]] = [(m.start, m.end) for m in mentions]
        understood += self._words(
            masked, parts, filled, bool(context.shown), text, named=bool(mentions)
        )
        self._items(lower, masked, parts, mentions, context, filled)
        understood += self._numbers(masked, context, filled)
        self._keywords(masked, parts, filled, understood)
        if forgets(masked):
            filled["forget"] = True
        if _TONIGHT.search(masked):
            filled["scope"] = "now"
        elif lasting(masked):
            filled["scope"] = "always"
        slots = Slots.model_validate({k: v for k, v in filled.items() if v not in (None, [])})
        intent, confidence = intent_of(
            masked,
            slots,
            listed=bool(context.shown),
            named=bool(mentions or filled),
            unknown=any(not m.item_ids for m in mentions),
        )
        if intent == "lookup":
            slots = Slots(anchors=slots.anchors, refers_to=slots.refers_to)
        if intent in ("chat", "off_topic"):
            slots = slots.model_copy(update={"scope": None})
        if intent not in _WISHFUL:
            slots = slots.model_copy(update={"keywords": (), "not_keywords": ()})
        refused = [(c.negated_from, c.end) for c in parts if c.negated_from is not None]
        wishes = _rest(text, [*understood, *refused]) if intent in _ASKING else ""
        if wishes and intent == "refine" and not slots.filled():
            intent = "recommend"
        if slots.scope == "always" and intent not in ("remember",):
            slots = slots.model_copy(update={"scope": None})
        return Understanding(
            intent=intent,
            slots=slots,
            mentions=tuple(mentions),
            wishes=wishes,
            confidence=confidence,
        )

    def _words(
        self,
        text: str,
        parts: list[Clause],
        filled: dict[str, Any],
        listed: bool,
        original: str,
        *,
        named: bool,
    ) -> list[tuple[int, int]]:
        """Genres, moods, countries, languages, audience, critiques, people; where they stand."""
        spans: list[tuple[int, int]] = []
        for m in _NOT_AS.finditer(text):
            attr, direction = lexicon.COMPARED[m[1]]
            filled.setdefault("critiques", []).append({"attr": attr, "dir": -direction})
            spans.append(m.span())
        if unread := _NO_SUBTITLES.search(text):
            _add(filled, "languages", "English")
            spans.append(unread.span())
        text = _masked(text, spans)
        compared = listed or _COMPARES.search(text) or (named and asks_similar(text))
        if compared:
            for (attr, direction), a, b in _CRITIQUES.find(text):
                filled.setdefault("critiques", []).append({"attr": attr, "dir": direction})
                spans.append((a, b))
        free = _masked(text, spans)
        names = [(a, b) for k, a, b in self.keywords.find(free) if " " in k]
        for person, a, b in self.people.find(_same_length(original, free), spans):
            if not any(n[0] <= a and b <= n[1] and n != (a, b) for n in names):
                refused = (
                    negated(parts, a) or _KNOWN_WELL.search(text[:a]) or _NOT_BY.match(text[b:])
                )
                _add(filled, "not_people" if refused else "people", person)
                spans.append((a, b))
        free = _masked(free, spans)
        for audience, a, b in _AUDIENCES.find(free):
            if negated(parts, a) and audience != "PG-13":
                _add(filled, "not_genres", "Children")
                _add(filled, "not_genres", "Family")
            elif filled.get("audience_max") not in ("G", "PG"):
                filled["audience_max"] = audience
            spans.append((a, b))
        tables = [t for t in (_GENRES, self.own_genres) if t]
        for table in tables:
            for genres, a, b in table.find(free):
                for genre in genres:
                    _add(filled, "not_genres" if negated(parts, a) else "genres", genre)
                spans.append((a, b))
            free = _masked(free, spans)
        for mood, a, b in _MOODS.find(free):
            if not negated(parts, a):
                _add(filled, "moods", mood)
            elif mood in _REFUSED_MOODS and not listed:
                wanted, step = _REFUSED_MOODS[mood]
                filled.setdefault("critiques", []).append({"attr": wanted, "dir": step})
            elif mood in ("scary", "disturbing") and not listed:
                _add(filled, "not_genres", "Horror")
            spans.append((a, b))
        for country, a, b in _COUNTRIES.find(free):
            _add(filled, "not_countries" if negated(parts, a) else "countries", country)
            spans.append((a, b))
        for word, language in lexicon.LANGUAGE_WORDS.items():
            if spoken := re.search(
                rf"\b(?:in|speak\w*) {word}\b|\b{word}[- ](?:language|speaking)\b", free
            ):
                _add(filled, "languages", language)
                filled.pop("countries", None)
                spans.append(spoken.span())
        return spans

    def _keywords(
        self,
        text: str,
        parts: list[Clause],
        filled: dict[str, Any],
        understood: list[tuple[int, int]],
    ) -> None:
        """What it should be about: keywords among the words that nothing else has claimed, who it
        is watched with left aside, and the topics that stand for a genre as well."""
        topics = {m.span() for m in _TOPICS.finditer(text)}
        claimed = [span for span in understood if not any(_within(t, span) for t in topics)]
        company = [m.span() for m in _COMPANY.finditer(text)]
        for keyword, a, _ in self.keywords.find(_masked(text, [*claimed, *company])):
            _add(filled, "not_keywords" if negated(parts, a) else "keywords", keyword)
        wanted = filled.get("keywords", ())
        filled["not_keywords"] = [k for k in filled.get("not_keywords", ()) if k not in wanted]

    def _items(
        self,
        lower: str,
        masked: str,
        parts: list[Clause],
        mentions: Sequence[Mention],
        context: Context,
        filled: dict[str, Any],
    ) -> None:
        """The role of every clear mention, and of places in the last list."""
        pointed = _pointed(masked, len(context.shown))
        if pointed:
            filled["refers_to"] = pointed
        named = [(m.start, m.item_id) for m in mentions if m.item_id]
        shown = [(_place(masked, n), context.shown[n - 1]) for n in pointed]
        fact = asks_fact(masked) or compares(masked)
        for place, item_id in (*named, *shown):
            clause = clause_at(parts, min(place, max(len(lower) - 1, 0)))
            role = self._role(masked, place, clause, fact=fact)
            if role == "anchors" or item_id not in filled.get("anchors", []):
                _add(filled, role, item_id)

    def _role(self, text: str, place: int, clause: Clause, *, fact: bool) -> str:
        before = text[clause.start : place]
        if fact:
            return "anchors"
        if _NOT_THIS.search(text[:place]):
            return "seen"
        similar = re.search(
            r"(?:similar to|more like|else like|"
            r"(?<!i )(?<!i'd )(?<!you )(?<!didn't )(?<!really )\blike\b|"
            r"vibe of|style of|vein of|close to|lines of|as (?:good|fun|tense|dark|\w+) as|than)\W*"
            r"(?:[~\w\s,&]{0,60})$",
            before,
        )
        if similar and not re.search(r"\b(?:don'?t|didn'?t|not) (?:really )?like\W*$", before):
            return "disliked" if re.search(r"\bnothing like\W*$", before) else "anchors"
        if re.match(r"~+['’s]* (?:vibes?|energy|style)\b", text[place:]):
            return "anchors"
        if clause.polarity < 0 and clause.negated_from is not None:
            return "disliked"
        if clause.polarity > 0:
            return "liked"
        if clause.seen:
            after = _OF_IT.search(text[clause.end :])
            if after is None:
                return "seen"
            return "disliked" if after[2] or after[3] else "liked"
        return "anchors" if asks_similar(text) else "liked"

    def _numbers(
        self, text: str, context: Context, filled: dict[str, Any]
    ) -> list[tuple[int, int]]:
        """Years, runtime, stars, how many."""
        spans: list[tuple[int, int]] = []
        (low, high), places = years(text)
        critical = {c["attr"] for c in filled.get("critiques", [])}
        if "age" not in critical:
            filled["year_min"], filled["year_max"] = low, high
            spans += places
        for m in _RUNTIME.finditer(text):
            minutes = _minutes(m)
            if 20 <= minutes <= 400:
                filled["runtime_max"] = minutes
                spans.append(m.span())
        if "length" not in critical:
            for m in _SHORT.finditer(text):
                filled.setdefault("runtime_max", SHORT_MINUTES)
                spans.append(m.span())
        if rated := _RATING.search(text):
            tenths = 0.5 if rated[2] in ("10", "ten") else 1.0
            stars = float(rated[3]) if rated[3] else float(rated[1]) * tenths
            filled["rating"] = max(0.5, min(5.0, stars))
            spans.append(rated.span())
            if stars <= 2.5 and filled.get("liked"):
                filled["disliked"] = filled.pop("liked")
        if counted := _COUNT.search(text):
            count = int(lexicon.NUMBER_WORDS.get(counted[1]) or counted[1])
            if 1 <= count <= 50:
                filled["k"] = count
                spans.append(counted.span(1))
        return spans


def _add(filled: dict[str, Any], slot: str, value: str) -> None:
    values = filled.setdefault(slot, [])
    if value not in values:
        values.append(value)


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spans blanked by tildes, so that places stay where they are."""
    for a, b in spans:
        text = text[:a] + "~" * (b - a) + text[b:]
    return text


def _same_length(original: str, free: str) -> str:
    """The original's letters where `free` is not blanked."""
    if len(original) != len(free):
        return free
    return "".join("~" if f == "~" else o for o, f in zip(original, free, strict=True))


def _pointed(text: str, n_shown: int) -> list[int]:
    """1-based places of the last list that the text points at."""
    if not n_shown:
        return []
    found = [int(m[1]) for m in _REFERS.finditer(text)]
    for m in _ORDINAL.finditer(text):
        place = lexicon.ORDINALS[m[1]]
        found.append(n_shown if place < 0 else place)
    return list(dict.fromkeys(n for n in found if 1 <= n <= n_shown))


def _place(text: str, number: int) -> int:
    """Where the text names a place of the list."""
    m = re.search(rf"\b{number}\b", text)
    if m:
        return m.start()
    for word, place in lexicon.ORDINALS.items():
        if place in (number, -1) and (at := text.find(f"the {word}")) >= 0:
            return at
    return 0


def _minutes(match: re.Match[str]) -> int:
    count = match[1]
    number = float(count) if count.isdigit() else lexicon.NUMBER_WORDS.get(count, 0.0)
    if not number:
        number = sum(lexicon.NUMBER_WORDS.get(w, 0.0) for w in re.split(r"[\s-]+", count))
    if "and a half" in match[0] or ".5" in match[0]:
        number += 0.5
    return round(number * 60) if match[2].startswith("h") else round(number)


def _rest(text: str, understood: list[tuple[int, int]]) -> str:
    """What is left of a request as words worth matching, or nothing."""
    left = _LINKS.sub(" ", _masked(text, understood))
    words = re.findall(r"[^\W_][\w'’-]*", left.replace("~", " "))
    telling = [w for w in words if w.lower().replace("'", "") not in FILLER]
    content = [w for w in telling if w.lower() not in COMMON or w.lower() in TELLING]
    return " ".join(content) if content else ""
