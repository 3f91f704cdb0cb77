"""Preferences in plain words, for the panel and for replies."""

from classic.data.catalog import Catalog
from classic.data.item import GENRES
from llmrec.dialogue.nouns import Preference
from llmrec.text import listed

_LIMITS = {
    "year_min": "from {} on",
    "year_max": "up to {}",
    "runtime_max": "at most {} minutes",
    "audience_max": "rated {} or milder",
}
_FRAME = ("runtime_max", "audience_max")
_REFUSED = ("genre", "person", "keyword")


def spell(preference: Preference, catalog: Catalog) -> str:
    """`Heat (1995): liked`, `no Horror, ever`, `from 1990 on, tonight`."""
    if preference.kind == "item":
        known = preference.value in catalog
        label = catalog[preference.value].label if known else preference.value
        return f"{label}: {_opinion(preference)}"
    until = "always" if preference.scope == "always" else "for now"
    if preference.kind in _LIMITS:
        return f"{_LIMITS[preference.kind].format(preference.value)}, {until}"
    if preference.polarity < 0:
        return f"no {preference.value}, {'ever' if preference.scope == 'always' else until}"
    return f"{preference.value}, {until}"


def _opinion(preference: Preference) -> str:
    if preference.rating is not None:
        return f"{preference.rating:g} of 5 stars"
    return {1: "liked", 0: "seen", -1: "not liked"}[preference.polarity]


def wish_phrase(preferences: tuple[Preference, ...], domain: str = "") -> str:
    """The wishes in force as one noun phrase: `dark crime about “heist” of 1990 or later, no
    horror`. `domain` is the noun, where it is given."""
    wanted = [p for p in preferences if p.polarity > 0]
    moods = [p.value for p in wanted if p.kind == "mood"]
    genres = [_lower(p.value) for p in wanted if p.kind == "genre"]
    kind = " ".join(dict.fromkeys(genres))
    noun = f"{kind} {domain}s".strip() if domain else kind
    about = [f"“{p.value}”" for p in wanted if p.kind == "keyword"]
    said = [" ".join(filter(None, (listed(list(dict.fromkeys(moods))), noun)))]
    said += [f"about {listed(about)}"] if about else []
    said += [f"with {p.value}" for p in wanted if p.kind == "person"]
    said += [f"in {p.value}" for p in wanted if p.kind == "language"]
    said += [f"from {p.value}" for p in wanted if p.kind == "country"]
    said += _years(preferences)
    said += [_LIMITS[p.kind].format(p.value) for p in wanted if p.kind in _FRAME]
    refused = [
        f"no {_lower(p.value)}" for p in preferences if p.polarity < 0 and p.kind in _REFUSED
    ]
    refused += [
        f"not from {p.value}" for p in preferences if p.polarity < 0 and p.kind == "country"
    ]
    if said == [noun] and noun == f"{domain}s":
        said = []
    return ", ".join(filter(None, (" ".join(filter(None, said)), *dict.fromkeys(refused))))


def _lower(value: str) -> str:
    """A genre inside a sentence; names keep their capitals."""
    return value.lower() if value in GENRES and value != "Sci-Fi" else value


def _years(preferences: tuple[Preference, ...]) -> list[str]:
    low = next((p.value for p in preferences if p.kind == "year_min"), None)
    high = next((p.value for p in preferences if p.kind == "year_max"), None)
    if low and high:
        return [f"of {low}" if low == high else f"of {low} to {high}"]
    if low:
        return [f"of {low} or later"]
    return [f"of {high} or earlier"] if high else []
