"""Amounts in a turn: years, minutes, stars, how many."""

import re

from llmrec.understanding.lexicon import NUMBER_WORDS, SMALL_NUMBER
from llmrec.understanding.reading import Reading
from llmrec.understanding.years import years

_RUNTIME = re.compile(
    r"\b(?:(?:under|less than|below|at most|max(?:imum)?|(?:no|not) (?:more|longer) than|within|"
    r"up to|until|till|shorter than|only (?:have|got))\s+(?:about |around )?)?"
    r"(\d{1,3}|an|a|one|two|three|half|"
    r"(?:(?:a|one) )?hundred(?: and (?:ten|twenty))?|(?:sixty|seventy|eighty|ninety)(?:[- ]five)?)"
    r"(?:\s+and a half|\.5)?\s*(hours?|hrs?|h|minutes?|mins?|min)\b(?:\s+and a half)?"
    r"(?:\s*(?:max|or less|tops|at most))?"
)
_HOURS_AND_MINUTES = re.compile(
    r"\b([1-4]) ?h(?:rs?|ours?)? ?(?:and )?([0-5]\d) ?(?:m(?:ins?|inutes)?)?\b"
)
_SHORT = re.compile(
    r"\b(?:a|something|anything|fairly|quite|pretty|really|relatively) short(?:ish)?\b"
    r"(?! time| list)"
)
SHORT_MINUTES = 100
"""What "something short" may last."""
_RATING = re.compile(
    r"\b(\d(?:\.\d)?|10)\s*(?:/|out of|of)\s*(5|10|five|ten)\b|\b([0-5](?:\.5)?)\s*stars?\b|"
    r"\b(one|two|three|four|five)[ -]stars?\b"
)
_COUNT = re.compile(
    r"\b(?:top |(?:give|show|suggest|recommend|find|name|list)(?: me| us)? |want |need |just )"
    rf"({SMALL_NUMBER}|a couple|a few)\b"
    r"(?!\s*(?:hours?|minutes?|mins?|stars?|years?|and|or|\?|$|"
    r"(?:cry|sleep|watch|see|get|know|go|find|laugh|feel|be)\b))"
)
_COUNT_ALONE = re.compile(
    rf"^\W*(?P<alone>{SMALL_NUMBER}),? (?:please|pls)\b|"
    rf"\bmake (?:it|that) (?P<made>{SMALL_NUMBER})\b(?!\s*(?:hours?|minutes?|mins?|stars?))|"
    r"\bjust the (?P<just>one)\b(?! (?:with|where|that|who|about|from))|"
    r"^\W*(?:just |only )?(?P<one>one) (?:[\w-]+ ){0,2}(?:film|movie)\b(?! (?:i|we|that)\b)"
)
"""How many, where no word asks for it."""
_PLAUSIBLE_MINUTES = range(20, 401)
_MOST = 50
_BAD_STARS, _GOOD_STARS = 2.5, 3.5


def read_amounts(reading: Reading) -> None:
    _years(reading)
    _runtime(reading)
    _stars(reading)
    _count(reading)


def _years(reading: Reading) -> None:
    """Unless they are compared: "newer" is a step, not a year, but where one is named."""
    (low, high), places = years(reading.text)
    named = any(any(c.isdigit() for c in reading.text[a:b]) for a, b in places)
    if named or "age" not in reading.criticised:
        reading.slots["year_min"], reading.slots["year_max"] = low, high
        reading.claim(places)


def _runtime(reading: Reading) -> None:
    if match := _HOURS_AND_MINUTES.search(reading.text):
        reading.slots["runtime_max"] = int(match[1]) * 60 + int(match[2])
        reading.claim([match.span()])
        return
    for match in _RUNTIME.finditer(reading.text):
        if (minutes := _minutes(match)) in _PLAUSIBLE_MINUTES:
            reading.slots["runtime_max"] = minutes
            reading.claim([match.span()])
    if "length" not in reading.criticised:
        for match in _SHORT.finditer(reading.text):
            reading.slots.setdefault("runtime_max", SHORT_MINUTES)
            reading.claim([match.span()])


def _minutes(match: re.Match[str]) -> int:
    count = match[1]
    number = float(count) if count.isdigit() else NUMBER_WORDS.get(count, 0.0)
    if not number:
        number = sum(NUMBER_WORDS.get(w, 0.0) for w in re.split(r"[\s-]+", count))
    if "and a half" in match[0] or ".5" in match[0]:
        number += 0.5
    return round(number * 60) if match[2].startswith("h") else round(number)


def _stars(reading: Reading) -> None:
    """Few stars say that what was named is not liked, whatever the words are, and many that it
    is."""
    match = _RATING.search(reading.text)
    if match is None:
        return
    scale = 0.5 if match[2] in ("10", "ten") else 1.0
    if match[4]:
        stars = NUMBER_WORDS[match[4]]
    else:
        stars = float(match[3]) if match[3] else float(match[1]) * scale
    reading.slots["rating"] = max(0.5, min(5.0, stars))
    reading.claim([match.span()])
    if stars <= _BAD_STARS and reading.slots.get("liked"):
        reading.slots["disliked"] = reading.slots.pop("liked")
    elif stars >= _GOOD_STARS and reading.slots.get("disliked") and not reading.slots.get("liked"):
        reading.slots["liked"] = reading.slots.pop("disliked")


def _count(reading: Reading) -> None:
    match = _COUNT.search(reading.text) or _COUNT_ALONE.search(reading.text)
    said = next((group for group in match.groups() if group), "") if match else ""
    if match and said:
        count = int(NUMBER_WORDS.get(said) or said)
        if 1 <= count <= _MOST:
            reading.slots["k"] = count
            place = match.start() + match[0].rindex(said)
            reading.claim([(place, place + len(said))])
