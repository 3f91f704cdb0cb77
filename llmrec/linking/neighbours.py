"""What stands beside a title in the text: its year, more of a longer title, a credit, its list."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal

from classic.data.item import Item
from llmrec.linking.context import REACH, Span
from llmrec.linking.normal import fold, key
from llmrec.linking.vocabulary import Vocabulary
from llmrec.understanding.schema import Mention

_YEAR_AFTER = re.compile(
    r"[.!?]{0,3}\s*,?\s*(?:\((1[89]\d\d|20\d\d)\)|(?:from\s+)?(1[89]\d\d|20\d\d)\b(?!s))"
)
_YEAR_BEFORE = re.compile(r"\b(?:the\s+)?(1[89]\d\d|20\d\d)\s+$", re.IGNORECASE)
_ORIGINAL = re.compile(r"\b(?:original|old(?:er)?|first ever)\s+(?:the\s+)?$", re.IGNORECASE)
_REMADE = re.compile(
    r"\b(?:new(?:er|est)?|latest|recent|(?:remake|reboot) of)\s+(?:the\s+)?$", re.IGNORECASE
)
_YEAR_ELSEWHERE = re.compile(
    r"\b(?:the |that (?:of|from) |from |of )(1[89]\d\d|20\d\d)(?!s)"
    r"(?: (?:ones?|version|film|movie))?\b"
)
"""A year that tells of which film somebody speaks, wherever it stands."""
_NUMBER_AFTER = re.compile(
    r"\s+((?:part\s+)?(?:[2-9]|1[0-2]|ii|iii|iv|v|vi|vii|viii|ix)\b)"
    r"(?!\s*(?:times?|stars?|hours?|films?|movies?|years?|/|\.\d|of|out|nights?|days?|%))",
    re.IGNORECASE,
)
_CAPITALS_AFTER = re.compile(r"(?::\s+|\s+)([A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*)")
_CAPITAL_BEFORE = re.compile(r"[a-z,] ([A-Z][a-z]{2,}) $")
_CREDIT = re.compile(
    r"\s*,?\s*\(?(?:with|by|starring|from|directed by|the(?= (?:[\w'’.-]+ ){2,3}(?:one|version)\b))"
    r"\s+((?:[\w'’.-]+\s*){2,3})",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s*(?:(?:,|/|&|\+|<|>|;)\s*)?(?:(?:and|or|vs|then|not|plus|nor|to)\b\.?\s*)?")
"""What may stand between two titles of a list, nothing but a blank included."""
_JOINT_BEFORE = re.compile(rf"(?:{_JOINT.pattern})$")
_CLOSING = re.compile(r"\s*(?:please|pls)?[\s?.!,]*$")


def with_year(text: str, left: int, right: int) -> tuple[int, int | None]:
    """(the right end, grown over a year that follows; the year that follows or precedes)."""
    if after := _YEAR_AFTER.match(text, right):
        return after.end(), int(after[1] or after[2])
    before = _YEAR_BEFORE.search(text, max(0, left - REACH), left)
    return right, int(before[1]) if before else None


def of_which_age(text: str, left: int) -> Literal["oldest", "newest"] | None:
    """Which of several of one name is meant by "the original" or "the remake of" before it."""
    before = max(0, left - REACH)
    if _ORIGINAL.search(text, before, left):
        return "oldest"
    return "newest" if _REMADE.search(text, before, left) else None


def told_by_year(
    ids: tuple[str, ...], text: str, year_of: Callable[[str], int | None]
) -> tuple[str, ...]:
    """Of items of one name those of a year that the text speaks of: "Dune, I mean the 1984 one"."""
    said = {int(m[1]) for m in _YEAR_ELSEWHERE.finditer(text)}
    return tuple(i for i in ids if year_of(i) in said)


def longer_title(text: str, left: int, right: int, words: Vocabulary) -> tuple[int, int] | None:
    """The span of another title that these words are a piece of: "Jaws 4", "Big Eyes"."""
    if number := _NUMBER_AFTER.match(text, right):
        return left, number.end(1)
    if not text[left].isupper():
        return None
    after = _CAPITALS_AFTER.match(text, right)
    if after and not words.begins_a_name(after[1]):
        return left, after.end()
    before = _CAPITAL_BEFORE.search(text, max(0, left - REACH), left)
    if before and not words.begins_a_name(before[1]):
        return before.start(1), right
    return None


def credited(
    ids: tuple[str, ...], after: str, words: Vocabulary, item: Callable[[str], Item]
) -> tuple[str, ...]:
    """The items that somebody named right behind the title has to do with: "Heat with Sandra
    Bullock" is not the Heat that we know. Strangers decide nothing."""
    credit = _CREDIT.match(after)
    named = key(credit[1]).split() if credit else []
    for size in (3, 2):
        person = " ".join(named[:size])
        if len(named) >= size and person in words.people:
            return tuple(i for i in ids if person in map(key, item(i).people))
    return ids


def mates(span: Span, found: Sequence[Mention], titles: Collection[str]) -> int:
    """How many titles stand beside these words in a list: those found already, or one that all
    the rest of the text consists of ("heat or casino?")."""
    gaps = (
        span.text[m.end : span.left] if m.end <= span.left else span.text[span.right : m.start]
        for m in found
    )
    joints = [gap.strip() for gap in gaps if _JOINT.fullmatch(gap)]
    if joints and (any(joints) or fold(span.said) != "saw"):
        return len(joints)
    return int(any(name.strip() and key(name) in titles for name in _rest(span)))


def _rest(span: Span) -> Iterator[str]:
    """All that stands behind a joint after the words, and before one that precedes them."""
    after = _JOINT.match(span.after)
    if after and after[0].strip():
        yield _CLOSING.sub("", span.after[after.end() :])
    before = _JOINT_BEFORE.search(span.before)
    if before and before[0].strip():
        yield span.before[: before.start()]
