"""What the page says about the kind of thing it recommends."""

from collections.abc import Sequence
from dataclasses import dataclass

from llmrec.shelf import Card


@dataclass(frozen=True)
class Words:
    """The welcome of an empty chat: its heading, its invitation, and things one could say."""

    heading: str
    invitation: str
    examples: tuple[str, ...]


_PICK = "Or pick some that you like:"
_FILMS = Words(
    "What shall we watch?",
    f"Tell me what you love, what you are in the mood for, or what to leave out. {_PICK}",
    (
        "I loved Heat and Casino. What next?",
        "A funny film for the family, under two hours",
        "Something like Alien, but newer",
        "A slow, beautiful film from Japan",
    ),
)


def words_for(domain: str, wall: Sequence[Card]) -> Words:
    """Films have words of their own; any other catalogue is talked about by what is in it."""
    if domain == "film":
        return _FILMS
    named = [card.item.title for card in wall]
    examples = tuple(
        say.format(title)
        for say, title in zip(("I liked {}. What next?", "Something like {}"), named, strict=False)
    )
    return Words(
        f"Which {domain} are you looking for?",
        f"Tell me what you like, what you look for, or what to leave out. {_PICK}",
        examples,
    )
