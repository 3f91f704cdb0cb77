"""Years, decades, durations, counts and audience ratings that nothing carries."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from classic.data.item import Item
from llmrec.dialogue.verify.facts import Facts, fields
from llmrec.dialogue.verify.sentence import Sentence

_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TEENS = ("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
_WORDS = {w: n for n, w in enumerate((*_SMALL, *_TEENS, "nineteen"), start=1)}
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_WORDS |= {w: 20 + 10 * n for n, w in enumerate(_ROUND)}
_TENS = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties")
_DECADES = {w: 20 + 10 * n for n, w in enumerate((*_TENS, "nineties"))}
_COMPOUND = rf"(?:{'|'.join(_ROUND[:-1])})-(?:{'|'.join(_SMALL)})"
_A_NUMBER = rf"(\d+|an?|half an|{_COMPOUND}|{'|'.join(_WORDS)})"
_DURATION = re.compile(
    rf"(?i)\b(?:(under|below|less than|within|over|above|more than|at most|about|around|almost|"
    rf"close to|nearly|roughly)\s+)?{_A_NUMBER}\s+hours?\b(?:(?:\s+and|,)?\s+"
    r"(a half|(?:\d+|\w+(?:-\w+)?)\s+minutes?))?"
)
_MINUTES = re.compile(
    r"\b(?:(under|below|less than|within|over|above|more than|at most|about|around|almost|nearly|"
    r"roughly)\s+)?(\d+)[ -](?:minutes?|mins?)\b"
)
_DECADE = re.compile(r"(?<!\d)['’]?((?:1[89]|20)?\d0)s\b")
_SPELLED = re.compile(
    rf"\b(nineteen|twenty)[ -](?:({'|'.join((*_TENS, 'nineties', 'tens'))})|"
    rf"({'|'.join((*_ROUND[:-1], *_TEENS, 'nineteen', 'ten'))})(?:-({'|'.join(_SMALL)}))?)\b"
)
_YEAR = re.compile(r"(?:\b(after|before|since|until)\s+)?\b(1[89]\d\d|20\d\d)\b")
_APART = re.compile(
    rf"\b(?:(about|around|almost|nearly|roughly|some)\s+)?{_A_NUMBER}\s+(?:years?|minutes?)\s+"
    r"(?:later|earlier|before|after|older|newer|longer|shorter|apart|ahead|behind)\b"
)
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b(?!\s+(?:one|film|movie|pick|suggestion)\b)")
_WITHIN = re.compile(rf"\bwithin\s+{_A_NUMBER}\s+years\b")
_YOU_HAVE = re.compile(r"\byou(?:['’]ve| have| only have| have got)\s+(?:only\s+)?$", re.IGNORECASE)
_RATED = re.compile(r"\brated\s+(G|PG-13|PG|R)\b|\b(PG-13|PG)\b")
_NUMBER = re.compile(rf"\b(\d[\d,.]*|{'|'.join(_WORDS)})\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s+(?:(?:good|great|more|other|short|quiet|fine|of|such|very)\s+)*(?:films?|movies?|picks?|"
    r"suggestions?|ideas?|options?|titles?|ones|items?|of|them|here)\b"
)
_ALL = re.compile(r"\b(?:all|these|those|the|of the|both|first|last|other|next)\s+$", re.IGNORECASE)
_PRIZES = re.compile(
    r"oscar|award|prize|nominat|sequel|million|billion|dollar|star|hour|minute|year|part|decade|film|movie"
)
_MONEY = re.compile(r"\b[mb]illions?\b|\bbox[- ]office\b|\bgross(?:ed|ing)\b", re.IGNORECASE)
_THE_LIST = re.compile(
    r"\b(?:the rest|(?:the )?others|the other (?:two|three|four|five|ones)|"
    r"(?:films|movies|ones|entries|picks) here)\b",
    re.IGNORECASE,
)
_NEAR = 10
_ABOUT = 3


def unsupported_numbers(sentence: Sentence, facts: Facts) -> Iterator[str]:
    """Reads the kinds of numbers one after the other, each taking its own out of the text."""
    left = _SPELLED.sub(_in_digits, sentence.rest)
    for match in _APART.finditer(left):
        if not _apart(match, [facts.catalog[i] for i in facts.speakable]):
            yield f"difference {match[0]}"
    left = _APART.sub(_blank, left)
    for kind, pattern, supported in (
        ("rating", _RATED, _rated),
        ("rank", _ORDINAL, _in_a_fact),
        ("years", _WITHIN, _spread),
        ("duration", _DURATION, _lasting),
        ("duration", _MINUTES, _lasting),
        ("decade", _DECADE, _decade),
        ("year", _YEAR, _year),
    ):
        for match in pattern.finditer(left):
            said = match[0].strip() in facts.words_said
            yours = _YOU_HAVE.search(left[: match.start()])
            if not (said or yours or supported(match, _meant(left, match, sentence, facts))):
                yield f"{kind} {match[0].strip()}"
        left = pattern.sub(_blank, left)
    for word, decade in _DECADES.items():
        if re.search(rf"\b{word}\b", left.lower()) and decade not in _decades(sentence.about):
            yield f"decade {word}"
    yield from _counts(left, sentence.about, facts)
    if (money := _MONEY.search(left)) and not _in_a_fact(money, sentence.about):
        yield f"takings {money[0]}"


def _meant(text: str, match: re.Match[str], sentence: Sentence, facts: Facts) -> Sequence[Item]:
    """The items a number speaks of: the whole list behind "the other three are rated"."""
    titles = [place for place, _ in sentence.places if place < match.start()]
    if _THE_LIST.search(text[max(titles, default=0) : match.start()]):
        return tuple(facts.catalog[i] for i in facts.items if i in facts.catalog)
    return sentence.about


def _in_digits(match: re.Match[str]) -> str:
    """ "nineteen-ninety-five" is 1995, "the twenty-tens" are the 2010s."""
    century = 1900 if match[1] == "nineteen" else 2000
    if match[2]:
        return f"{century + (10 if match[2] == 'tens' else _DECADES[match[2]])}s"
    return str(century + _WORDS[match[3]] + _WORDS.get(match[4] or "", 0))


def _blank(match: re.Match[str]) -> str:
    return "~" * len(match[0])


def _in_a_fact(match: re.Match[str], about: Sequence[Item]) -> bool:
    return any(match[0] in fields(item) for item in about)


def _rated(match: re.Match[str], about: Sequence[Item]) -> bool:
    return (match[1] or match[2]) in {item.audience for item in about}


def _apart(match: re.Match[str], about: Sequence[Item]) -> bool:
    value = "year" if "year" in match[0] else "runtime"
    pairs = combinations([getattr(item, value) or 0 for item in about], 2)
    said, slack = _value(match[2]), _ABOUT if match[1] else 0
    return any(abs(abs(a - b) - said) <= slack for a, b in pairs)


def _spread(match: re.Match[str], about: Sequence[Item]) -> bool:
    """ "within five years" of each other."""
    known = _years(about)
    return bool(known) and max(known) - min(known) <= _value(match[1])


def _lasting(match: re.Match[str], about: Sequence[Item]) -> bool:
    """Whether a duration in words or minutes is true of what the sentence speaks of."""
    hours = "hour" in match[0]
    minutes = _value(match[2]) * (60 if hours else 1)
    if hours and match[3]:
        minutes += 30 if match[3] == "a half" else _value(match[3].split()[0])
    known = [item.runtime for item in about if item.runtime]
    text = "\n".join(map(fields, about))
    if match[1] in ("under", "below", "less than", "within", "at most"):
        true = [k <= minutes for k in known]
    elif match[1] in ("over", "above", "more than"):
        true = [k >= minutes for k in known]
    elif match[1]:
        true = [abs(k - minutes) <= _NEAR for k in known]
    else:
        true = [k == minutes for k in known]
    return any(true) or match[0].strip() in text


def _decade(match: re.Match[str], about: Sequence[Item]) -> bool:
    said = int(match[1])
    text = "\n".join(map(fields, about))
    return (
        said % 100 in _decades(about)
        and said in ({y // 10 * 10 for y in _years(about)} | {said % 100})
    ) or bool(re.search(rf"\b{said}s\b", text))


def _year(match: re.Match[str], about: Sequence[Item]) -> bool:
    text, year = "\n".join(map(fields, about)), int(match[2])
    if match[1] in ("after", "since") and any(y > year for y in _years(about)):
        return True
    if match[1] in ("before", "until") and any(y < year for y in _years(about)):
        return True
    return year in _years(about) or bool(re.search(rf"\b{year}\b", text))


def _years(about: Sequence[Item]) -> set[int]:
    return {item.year for item in about if item.year}


def _decades(about: Sequence[Item]) -> set[int]:
    return {y // 10 * 10 % 100 for y in _years(about)}


def _counts(left: str, about: Sequence[Item], facts: Facts) -> Iterator[str]:
    """Any other number counts suggestions, or stands in a fact, the evidence or the wish."""
    known = "\n".join((*map(fields, about), facts.reasons(about), facts.words_said))
    minutes = {item.runtime for item in about}
    sizes = {len(facts.items), len(about), len(facts.catalog)}
    for match in _NUMBER.finditer(left):
        number = match[1].rstrip(".,").lower()
        value = _value(number)
        counts = _COUNTED.match(left[match.end() :]) or _ALL.search(left[: match.start()])
        if (value == 1 and not number.isdigit()) or value in minutes:
            continue
        if counts and (2 <= value <= len(facts.items) or value in sizes):
            continue
        if _a_pair(number, left[match.end() :], about):
            continue
        if not re.search(rf"\b(?:{re.escape(number)}|{value})\b", known):
            yield f"number {number}"


def _a_pair(number: str, after: str, about: Sequence[Item]) -> bool:
    """Whether "two" counts people or things of a story, which no catalogue counts; directors,
    prizes and takings it does not let pass."""
    counted = re.match(r"\s+(?:\w+\s+)?([a-z]+)", after)
    if number != "two" or counted is None:
        return False
    if "director" in counted[0]:
        return any(len(item.directors) == 2 for item in about)
    return not _PRIZES.search(counted[0])


def _value(number: str) -> int:
    number = number.lower()
    if number in ("a", "an"):
        return 1
    if number in _WORDS:
        return _WORDS[number]
    tens, _, ones = number.partition("-")
    if tens in _WORDS and ones in _WORDS:
        return _WORDS[tens] + _WORDS[ones]
    digits = re.sub(r"\D", "", number.split(".")[0] if "." in number else number)
    return int(digits) if digits else 0
