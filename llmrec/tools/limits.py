"""Limits in words, and which of them to lift when together they leave nothing."""

from collections.abc import Callable

from classic.query import Constraints

_LIFT_FIRST = ("runtime_max", "year_min", "year_max", "countries", "languages", "people", "genres")
"""In this order. What protects a person (audience, what they refuse) is never lifted."""


def spell(constraints: Constraints, name: str) -> str:
    """One limit in plain words: `at most 100 minutes`."""
    value = getattr(constraints, name)
    listed = " and ".join(value) if isinstance(value, tuple) else str(value)
    return {
        "genres": listed,
        "not_genres": f"no {listed}",
        "people": f"with {listed}",
        "not_people": f"without {listed}",
        "languages": f"in {listed}",
        "countries": f"from {listed}",
        "not_countries": f"not from {listed}",
        "not_keywords": f"nothing about {listed}",
        "year_min": f"from {value} on",
        "year_max": f"up to {value}",
        "runtime_max": f"at most {value} minutes",
        "audience_max": f"rated {value} or milder",
    }[name]


def lift(
    constraints: Constraints, remaining: Callable[[Constraints], int]
) -> tuple[Constraints, tuple[str, ...]]:
    """The constraints with as few limits lifted as leave something, and the lifted ones in words.

    One limit is tried at a time, then they are lifted together in order; if even that leaves
    nothing, the constraints come back as they were.
    """
    liftable = [name for name in _LIFT_FIRST if name in constraints.active]
    for name in liftable:
        if remaining(constraints.without(name)):
            return constraints.without(name), (spell(constraints, name),)
    lifted = constraints
    for done, name in enumerate(liftable, start=1):
        lifted = lifted.without(name)
        if remaining(lifted):
            return lifted, tuple(spell(constraints, n) for n in liftable[:done])
    return constraints, ()
