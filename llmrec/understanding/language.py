"""Whether a turn is in a language that is not read here, told by the little words."""

from importlib.resources import files

from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import fold, tokens

_LINES = (files("llmrec.understanding") / "foreign_words.txt").read_text("utf-8").splitlines()
_WORDS = {name: frozenset(words.split()) for name, words in (line.split(":") for line in _LINES)}
_LEAST = 3
_SHARE = 0.4


def foreign_language(text: str) -> str | None:
    """The language of a text of which a good part are little words that English lacks, else
    nothing."""
    words = [fold(token.raw) for token in tokens(text)]
    if not words:
        return None
    language, count = max(
        ((name, sum(w in own and w not in COMMON for w in words)) for name, own in _WORDS.items()),
        key=lambda found: found[1],
    )
    return language if count >= _LEAST and count >= _SHARE * len(words) else None
