"""Words that are titles of films and ordinary or geographic words as well."""

from importlib.resources import files

COMMON = frozenset((files("llmrec.linking") / "common_words.txt").read_text("utf-8").split())
"""Ordinary English words: a title made of these alone may be no title at all."""

PLACES = frozenset(
    (
        "brazil",
        "casablanca",
        "chicago",
        "chinatown",
        "fargo",
        "madagascar",
        "manhattan",
        "nashville",
        "philadelphia",
    )
)
"""Titles that are places: after "in" or "to" the place is meant."""
