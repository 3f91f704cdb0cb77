"""Text as it is compared: folded, and as stems."""

import re
import unicodedata

Stems = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLURALS = (
    (re.compile(r"(?<=[^aeiou])y$"), "ie"),
    (re.compile(r"(?:(?<=[sxz])|(?<=[cs]h))es$|(?<=o)es?$"), ""),
    (re.compile(r"(?<=[^isu'’])s$"), ""),
)
"""The first makes `story` meet `stories` half-way, and leaves `zombies` a zombie."""


def fold(text: str) -> str:
    """Lower case without accents, so that `Amélie` and `amelie` are one."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def stems(text: str) -> Stems:
    """The words of a text, folded, plurals and possessives taken off: `Vampires'` is `vampire`."""
    return tuple(_stem(m[0]) for m in _WORD.finditer(fold(text)))


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    for ending, instead in _PLURALS:
        if len(word) > 3 and ending.search(word):
            return ending.sub(instead, word)
    return word
