"""Slips of the finger."""

import random
import re


def misspelt(text: str, rng: random.Random) -> str:
    """One word with two letters changed about, one lost, or one doubled; a text without a word of
    four letters stays."""
    words = list(re.finditer(r"[A-Za-z]{4,}", text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[:at] + text[at] + text[at:]
