"""Years in wishes: decades, bounds, ranges. Inclusive: "after 2015" is 2016."""

import re
from datetime import UTC, datetime

_DECADES = {
    "twenties": 1920,
    "thirties": 1930,
    "forties": 1940,
    "fifties": 1950,
    "sixties": 1960,
    "seventies": 1970,
    "eighties": 1980,
    "nineties": 1990,
    "noughties": 2000,
}
_YEAR = r"(1[89]\d\d|20\d\d)"
_RANGE = re.compile(rf"\b(?:between |from )?{_YEAR}\s*(?:-|–|to|and|until|till)\s*{_YEAR}\b")
_AFTER = re.compile(rf"\b(?:after|later than|newer than|post)[ -]{_YEAR}\b(?!s)")
_SINCE = re.compile(rf"\b(?:since|from|starting)\s+{_YEAR}(?: on(?:wards?)?)?\b(?!s)")
_BEFORE = re.compile(rf"\b(?:before|older than|earlier than|pre)[ -]{_YEAR}s?\b")
_UNTIL = re.compile(rf"\b(?:until|till|up to|no later than)\s+{_YEAR}\b")
_REFUSED = re.compile(
    r"\b(?:no|not|nothing|none|never|(?:don['’]?t|do not|never) (?:like|want|watch|show me))"
    r"(?: (?:an?|any|anything|films?|movies?|ones?|stuff|made|shot|"
    r"released|from|out|that(?:['’]s| is| are| was| were)?|the))*\s+$"
)
"""What, before a bound, turns it round."""
_SPAN = re.compile(
    r"(?<!set in )(?<!set in the )(?<!set during the )(?<!about )(?<!about the )"
    r"\b(early |late |mid[- ]?)?(?:the )?"
    r"(?:(18|19|20)?(\d0)['’]?s|(" + "|".join(_DECADES) + r"))\b"
)
_IN_YEAR = re.compile(rf"(?<!born )\b(?:in|of|year)\s+{_YEAR}\b(?!s)")
_LAST = re.compile(r"\b(?:last|past)\s+(\d{1,2}|few|couple of|ten|five|twenty)\s+years\b")
_FEW = {"few": 5, "couple of": 3, "ten": 10, "five": 5, "twenty": 20}
_RECENT = re.compile(r"\b(?:recent|new releases?|modern|contemporary|current)\b")
_OLD = re.compile(
    r"\b(?:(?:something|anything|an?|really|very|some|good|the|proper) old(?= ?[,.!?]|$| but| and| "
    r"films?| movies?| ones?)|old(?:er)? (?:films?|movies?|ones?|stuff|hollywood)|oldies|vintage|"
    r"classics?|golden age|black and white|b&w)\b"
)
_SHUT_OUT = re.compile(
    r"(?:\b(?:no|not|never|nothing|without|hates?|avoid\w*|except|skip|tired of|enough)\b|"
    r"n['’]?t\b)[^.,;!?]{0,24}$"
)
"""What, before a kind of time, says that it is not wanted."""
RECENT_YEARS, OLD_UNTIL = 10, 1979

Span = tuple[int | None, int | None]
Place = tuple[int, int]


def years(text: str) -> tuple[Span, list[Place]]:
    """(first year, last year) wished for in lower-case text, and where it says so."""
    this_year = datetime.now(UTC).year
    if m := _RANGE.search(text):
        return (int(m[1]), int(m[2])), [m.span()]
    low: int | None = None
    high: int | None = None
    places: list[Place] = []
    for pattern, bound, shift in (
        (_AFTER, "low", 1),
        (_SINCE, "low", 0),
        (_BEFORE, "high", -1),
        (_UNTIL, "high", 0),
    ):
        if m := pattern.search(text):
            year = int(m[1]) + shift
            refused = _REFUSED.search(text[: m.start()])
            places.append((refused.start() if refused else m.start(), m.end()))
            if (bound == "low") != bool(refused):
                low = year + 1 if refused else year
            else:
                high = year - 1 if refused else year
    if places:
        return (low, high), places
    decades_said = (m for m in _SPAN.finditer(text) if m[2] or m[3] or m[4])
    # What a refused decade leaves is on both sides of it, which no bounds can say.
    spans = [m for m in decades_said if not _REFUSED.search(text[: m.start()])]
    if spans:
        decades = [_decade(m) for m in spans]
        found = (min(d[0] for d in decades), max(d[1] for d in decades))
        return found, [m.span() for m in spans]
    if m := _IN_YEAR.search(text):
        return (int(m[1]), int(m[1])), [m.span()]
    if m := _LAST.search(text):
        count = _FEW.get(m[1]) or int(m[1])
        return (this_year - count, None), [m.span()]
    if (m := _RECENT.search(text)) and not _SHUT_OUT.search(text[: m.start()]):
        return (this_year - RECENT_YEARS, None), [m.span()]
    if (m := _OLD.search(text)) and not _SHUT_OUT.search(text[: m.start()]):
        return (None, OLD_UNTIL), [m.span()]
    return (None, None), []


def _decade(match: re.Match[str]) -> tuple[int, int]:
    if match[4]:
        start = _DECADES[match[4]]
    elif match[2]:
        start = int(match[2] + match[3])
    else:
        short = int(match[3])
        start = (1900 if short >= 30 else 2000) + short
    part = (match[1] or "").strip(" -")
    return {
        "early": (start, start + 3),
        "late": (start + 6, start + 9),
        "mid": (start + 4, start + 6),
    }.get(part, (start, start + 9))
