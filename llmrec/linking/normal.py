"""Text as the linker compares it: tokens with their place in the original."""

import re
import unicodedata
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+(?:['’](?!s\b)[^\W_]+)*|½|&", re.UNICODE)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_NUMBER = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
}
_SAME = {"&": "and", "vol": "volume", "pt": "part", "½": "1/2", "v": "5"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text, `text[start:end]`, and the form it is compared in."""

    form: str
    raw: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case, no accents, no apostrophes."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’")


def tokens(text: str) -> list[Token]:
    """Words in order. Numerals, Roman and spelled-out numbers share one form."""
    found = []
    for match in _TOKEN.finditer(text):
        form = fold(match[0])
        form = _ROMAN.get(form) or _NUMBER.get(form) or _SAME.get(form) or form
        if form:
            found.append(Token(form, match[0], match.start(), match.end()))
    return found


def key(title: str) -> str:
    """A title as a string of token forms, without a leading article."""
    forms = [t.form for t in tokens(title)]
    if len(forms) > 1 and forms[0] in ("the", "a", "an") and len(forms[1]) > 1:
        forms = forms[1:]
    return " ".join(forms)
