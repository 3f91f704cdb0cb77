"""Titles that no mark is at: where they stand in a turn, without what only stands beside them."""

import re

_STARS_BEHIND = re.compile(r"\s*(?:stars?\b|/ ?\d|out of)", re.IGNORECASE)
_NUMBER_LAST = re.compile(r"\s+\d(?:\.\d)?$")
_TRAILING = re.compile(
    r"(?:,?\s+(?:too|also|as well|please|pls|plz|though|tho|tbh|lol|again|yet|either|then|now|"
    r"(?<!and )(?<!& )i))+$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:(?:any|some|more|other|good)\s+)*(?:films?|movies?|something|anything|stuff|others?|ones?)\s+"
    r"(?:just |more )?(?:like|similar to|such as|in the (?:style|vein) of)\s+",
    re.IGNORECASE,
)
_NEXT = re.compile(r"\s*[,;]\s+")
_DESCRIBED = re.compile(r"(?:the|that|this)\b(?:.*\sone| one\b.*)", re.IGNORECASE)
_ONE_BEHIND = re.compile(r"\s+one\b", re.IGNORECASE)
_YEAR_BEHIND = re.compile(r"\b(?:of|from|in)\s+(?:the\s+)?$", re.IGNORECASE)
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_LEAST = 3
"""Characters of a title that has no letter."""
Place = tuple[int, int]


def places_of(text: str, said: str) -> list[Place]:
    """(start, end) of titles that a model copied from a text; none where they do not stand there.

    "Sonic 3, Minions" are two. Of "Bird Box 1 star" the number is no sequel, of "ugetsu too" the
    last word is no title, of "movies like Speed Racer" neither are the first two; and "the Sandra
    Bullock one" describes one, as "of 1994" does."""
    at = text.find(said)
    if at < 0:
        return []
    if leads := _LEADING.match(said):
        at, said = at + leads.end(), said[leads.end() :]
    places, start = [], at
    for comma in (*_NEXT.finditer(said), None):
        end = at + (comma.start() if comma else len(said))
        if place := _title(text, start, end):
            places.append(place)
        start = at + comma.end() if comma else end
    return places


def _title(text: str, start: int, end: int) -> Place | None:
    said = text[start:end]
    if len(said) < _LEAST and not any(c.isalpha() for c in said):
        return None
    one = _ONE_BEHIND.match(text, end)
    if _DESCRIBED.fullmatch(said + one[0] if one else said):
        return None
    if _YEAR.fullmatch(said) and _YEAR_BEHIND.search(text[:start]):
        return None
    if _STARS_BEHIND.match(text, end):
        end = start + len(_NUMBER_LAST.sub("", said))
    return start, start + len(_TRAILING.sub("", text[start:end]))
