"""Words that judge a film already seen: "seen it, not my thing"."""

import re
from typing import Literal

_AGAINST = re.compile(
    r"\bnot (?:really |quite |exactly )?(?:my (?:thing|cup of tea|kind)|for me|great|good|funny|"
    r"impressed|worth)\b|\b(?:did|was|is|could)(?:n'?t| not) (?:do it|work|great|good|funny|"
    r"get into|finish|impressed|stand)\b|"
    r"\b(?:rubbish|dreadful|awful|terrible|horrible|boring|crap|garbage|trash|cringe|dull|"
    r"tedious|unwatchable|overrated|meh|mid|sucks|sucked|hated|worst)\b|"
    r"\bbored me\b|\b(?:gave up|walked out|fell asleep|nodded off)\b|\bwaste of (?:time|money)\b"
)
_FOR = re.compile(
    r"\b(?:brilliant|amazing|awesome|fantastic|superb|wonderful|magnificent|splendid|excellent|"
    r"masterpiece|iconic|loved|adored|wow|slaps|slapped|"
    r"(?:so|really|very|bloody|dead) good|(?:absolutely|really|bloody) great|"
    r"best (?:thing|film|movie)|blew me away|still think about)\b"
)
_DENIED = re.compile(r"(?:\b(?:not|never|hardly|nothing)|n't)\s+(?:\w+\s+){0,2}$")


def judgement(text: str) -> Literal["liked", "disliked"] | None:
    """What lower-case text says of the one film it is about; nothing where it says neither, or
    both."""
    against = bool(_AGAINST.search(text))
    praised = any(not _DENIED.search(text[: m.start()]) for m in _FOR.finditer(text))
    if against == praised:
        return None
    return "disliked" if against else "liked"
