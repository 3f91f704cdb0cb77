"""What a person may type, made safe to work with."""

import re
import unicodedata

from classic.errors import BadInput

MOST_CHARACTERS = 4000
_KEPT = "\n\t\u200d\ufe0f"
_BLANKS = re.compile(r"[ \t\u00a0]+")


def clean(text: str) -> str:
    """The text without control characters and stray blanks.

    Raises `BadInput` when nothing is left, or when it is longer than `MOST_CHARACTERS`.
    """
    normal = unicodedata.normalize("NFC", text)
    visible = "".join(c for c in normal if c in _KEPT or unicodedata.category(c)[0] != "C")
    short = _BLANKS.sub(" ", visible).strip()
    if not short:
        raise BadInput("there is nothing to read: type what you are in the mood for")
    if len(short) > MOST_CHARACTERS:
        raise BadInput(
            f"that is {len(short):,} characters; please keep it under {MOST_CHARACTERS:,}"
        )
    return short


_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|https?://\S+|www\.\S+")


def without_markup(text: str) -> str:
    """Only the words: link targets, images, tags and addresses are taken out."""
    return _BLANKS.sub(" ", _MARKUP.sub(lambda m: m[1] or "", text)).strip()


SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b[JDMS]r\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bvs\.)\s+(?=[A-Z“\"'*(])"
)
"""Between two sentences; never after an initial or a title of address."""


def listed(values: tuple[str, ...] | list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(", ".join(values).rsplit(", ", 1)) if len(values) > 1 else "".join(values)
