"""What somebody says to be, which is no wish: “I'm from Brazil” asks for no film from there, none
about it, and does not name one."""

import re
from collections.abc import Iterator

from llmrec.understanding import lexicon
from llmrec.understanding.table import Table

COUNTRIES = Table(lexicon.COUNTRY_WORDS)
_IS = re.compile(
    r"\b(?:i'?m|i am|we'?re|we are|(?:i|we) come|(?:i|we) (?:was|were)(?: born)?|"
    r"my \w+(?: is|'s))(?: (?:originally|half|part|an?|both))*\s+$"
)


def what_one_is(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the countries that lower-case text says somebody is from."""
    return ((a, b) for _, a, b in COUNTRIES.find(text) if _IS.search(text[:a]))
