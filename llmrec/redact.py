"""Personal data out of text that is about to leave this machine."""

import re
from dataclasses import dataclass

_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_CREDENTIALS = re.compile(r"\b\w+://[^\s/@:]+:[^\s/@]+@\S+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_LONG_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[ ().-]{0,2}\d){7,18}(?!\w)")
_NAME = re.compile(
    r"\b((?:my name is|my name's|i am called|call me)\s+)([A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,2})",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}\s+(?:[A-Z][\w'’-]+\s+){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Boulevard|Blvd|Drive|Dr|Court|Ct|Square|Sq|Way)\b\.?"
)


@dataclass(frozen=True)
class Redacted:
    """The text with personal data replaced by its kind in brackets, and the kinds found."""

    text: str
    found: tuple[str, ...] = ()


def redact(text: str) -> Redacted:
    """Takes out addresses (mail, street, network), account, card and phone numbers, credentials,
    and names that people introduce themselves by. Years and titles with numbers stay."""
    found: list[str] = []

    def put(kind: str) -> str:
        found.append(kind)
        return f"[{kind}]"

    text = _CREDENTIALS.sub(lambda _: put("credentials"), text)
    text = _EMAIL.sub(lambda _: put("email"), text)
    text = _IBAN.sub(lambda m: put("account") if _many_digits(m[0], 10) else m[0], text)
    text = _IP.sub(lambda _: put("address"), text)
    text = _LONG_NUMBER.sub(lambda m: put("number") if _many_digits(m[0], 8) else m[0], text)
    text = _STREET.sub(lambda _: put("address"), text)
    text = _NAME.sub(lambda m: m[1] + put("name"), text)
    return Redacted(text, tuple(dict.fromkeys(found)))


def _many_digits(text: str, least: int) -> bool:
    """Whether there are digits enough, and they are not two years or a range of them."""
    digits = re.sub(r"\D", "", text)
    years = re.fullmatch(r"\s*(?:1[89]|20)\d\d\W+(?:1[89]|20)\d\d\s*", text)
    return len(digits) >= least and not years
