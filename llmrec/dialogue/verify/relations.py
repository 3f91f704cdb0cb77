"""What two items are said to share has to be true of both."""

import re
from collections.abc import Iterator, Sequence

from classic.data.item import Item
from llmrec.dialogue.verify.facts import Facts, fields
from llmrec.dialogue.verify.sentence import Sentence
from llmrec.linking.normal import fold

_SHARES = re.compile(r"\b(?:shar(?:es?|ing)|has|have) (?:both )?(.{3,120}?) (?:in common )?with\b")
_PARTS = re.compile(r",|\band\b|\bas well as\b|\bboth\b")
_EMPTY = re.compile(
    r"(?:an?|the|its|their|same|genres?|themes?|mood|tone|of|directors?|cast|lead|stars?|story|"
    r"setting|keywords?|common|similar|some|many|also)"
)


def unsupported_relations(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Reads "A shares X and Y with B": every part has to stand in the facts of A and of B."""
    for match in _SHARES.finditer(sentence.text):
        before = [i for place, i in sentence.places if place < match.start()]
        after = [i for place, i in sentence.places if place >= match.end(1)]
        subject = facts.catalog[before[-1]] if before else None
        if subject is None and len(sentence.subject) == 1:
            subject = facts.catalog[sentence.subject[0]]
        if subject is None or not after:
            continue
        pair = (subject, facts.catalog[after[0]])
        for part in filter(None, map(str.strip, _PARTS.split(match[1]))):
            if not _shared(part, pair):
                yield f"not shared: {part}"


def _shared(part: str, pair: Sequence[Item]) -> bool:
    words = [w for w in re.findall(r"[\w'’-]+", fold(part)) if not _EMPTY.fullmatch(w)]
    if not words:
        first, second = ({fold(d) for d in item.directors} for item in pair)
        return "director" not in part or bool(first & second)
    return all(w.removesuffix("s") in fields(item) for item in pair for w in words)
