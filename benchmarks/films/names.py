"""Titles and names of people, folded so that two spellings of one can be compared."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "½": " 1/2"}
)
_ARTICLES = "the|a|an|le|la|les|un|une|el|los|las|il|lo|i|gli|der|die|das|den|det"
_ROTATED = re.compile(rf"^(.*), ({_ARTICLES}|l')$", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(rf"^(?:(?:{_ARTICLES})\s+|l'\s*)(?=\S)", re.IGNORECASE)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, `&` read as "and", words split by one space."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", re.sub(r"['’`]", "", plain.replace("&", " and "))))


def title_key(title: str) -> str:
    """The key under which a title is joined: no article, arabic numerals, no spaces."""
    rotated = _ROTATED.match(title.strip())
    natural = f"{rotated[2]} {rotated[1]}" if rotated else title.strip()
    words = fold(_LEADING_ARTICLE.sub("", natural)).split()
    return "".join(_ROMAN.get(word, word) for word in words) or fold(title).replace(" ", "")


def title_head(title: str) -> str:
    """The title before its subtitle."""
    return re.split(r":\s|\s[-–—]\s|\sor\b:?\s", title, maxsplit=1)[0]


def name_key(name: str) -> str:
    """A person's name, indifferent to initials, suffixes and the order of its parts."""
    words = fold(re.sub(r"\([^)]*\)", " ", name)).split()
    telling = [w for w in words if len(w) > 1 and w not in {"jr", "sr"}]
    return " ".join(sorted(telling or words))


def same_person(ours: str, theirs: str) -> bool:
    """Whether two names are one person's; U+FFFD in theirs stands for a letter lost on the way."""
    if "\ufffd" in theirs:
        lost = re.escape(theirs).replace("\ufffd", ".")
        return re.fullmatch(lost, unicodedata.normalize("NFC", ours), re.IGNORECASE) is not None
    return name_key(ours) == name_key(theirs)


def slug(text: str) -> str:
    """The stem of an id: ASCII words joined by hyphens, apostrophes and stops dropped."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    ascii_only = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’.,·]", "", ascii_only)).strip("-")
