"""The title that no mark is at: where it stands in a turn, without what only stands beside it."""

import re

_STARS_BEHIND = re.compile(r"\s*(?:stars?\b|/ ?\d|out of)", re.IGNORECASE)
_NUMBER_LAST = re.compile(r"\s+\d(?:\.\d)?$")
_TRAILING = re.compile(
    r"(?:,?\s+(?:too|also|as well|please|pls|plz|though|tho|tbh|lol|again|yet|either|then|now|"
    r"i))+$",
    re.IGNORECASE,
)
_LEAST = 3
"""Characters of a title that has no letter."""


def place_of(text: str, said: str) -> tuple[int, int] | None:
    """(start, end) of a title that a model copied from a text; nothing where it does not stand
    there, or is a number alone. Of "Bird Box 1 star" the number is no sequel, and of "ugetsu too"
    the last word is no title."""
    if len(said) < _LEAST and not any(c.isalpha() for c in said):
        return None
    start = text.find(said)
    if start < 0:
        return None
    end = start + len(said)
    if _STARS_BEHIND.match(text, end):
        end = start + len(_NUMBER_LAST.sub("", said))
    return start, start + len(_TRAILING.sub("", text[start:end]))
