"""People and items in the words that text encoders read."""

from collections.abc import Sequence

from classic.data.item import Item

LATEST = 10
"""How much of what somebody did is told, the latest last."""


def person_text(labels: Sequence[str]) -> str:
    """From the labels of what was met, oldest first."""
    return "; ".join(labels[-LATEST:])


def item_text(item: Item) -> str:
    """Label, genres and subjects: what a catalogue nearly always has."""
    parts = (item.label, ", ".join(item.genres), ", ".join(item.keywords[:8]))
    return ". ".join(part for part in parts if part)
