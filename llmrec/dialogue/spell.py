"""Preferences in plain words, for the panel and for replies."""

from classic.data.catalog import Catalog
from llmrec.dialogue.nouns import Preference

_LIMITS = {
    "year_min": "from {} on",
    "year_max": "up to {}",
    "runtime_max": "at most {} minutes",
    "audience_max": "rated {} or milder",
}


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


def wish_phrase(preferences: tuple[Preference, ...]) -> str:
    """The wishes in force as one noun phrase: `crime from 1990 on, no horror`."""
    moods = [p.value for p in preferences if p.kind == "mood" and p.polarity > 0]
    genres = [p.value for p in preferences if p.kind == "genre" and p.polarity > 0]
    words = [*moods, *(g if g == "Sci-Fi" else g.lower() for g in genres)]
    parts = [" ".join(words)] if words else []
    parts += [f"with {p.value}" for p in preferences if p.kind == "person" and p.polarity > 0]
    parts += [f"in {p.value}" for p in preferences if p.kind == "language"]
    parts += [f"from {p.value}" for p in preferences if p.kind == "country"]
    parts += _years(preferences)
    parts += [
        _LIMITS[p.kind].format(p.value)
        for p in preferences
        if p.kind in ("runtime_max", "audience_max")
    ]
    parts += [
        f"no {p.value.lower() if p.kind == 'genre' else p.value}"
        for p in preferences
        if p.polarity < 0 and p.kind in ("genre", "person")
    ]
    return ", ".join(dict.fromkeys(parts))


def _years(preferences: tuple[Preference, ...]) -> list[str]:
    low = next((p.value for p in preferences if p.kind == "year_min"), None)
    high = next((p.value for p in preferences if p.kind == "year_max"), None)
    if low and high:
        return [f"of {low}" if low == high else f"of {low} to {high}"]
    if low:
        return [f"of {low} or later"]
    return [f"of {high} or earlier"] if high else []
