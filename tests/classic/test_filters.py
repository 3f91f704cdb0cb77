"""Hard limits hold for every item that passes, and only for those."""

from hypothesis import given, settings
from hypothesis import strategies as st

from classic.data.item import AUDIENCES, GENRES, Item
from classic.filters import allowed, in_direction
from classic.query import Constraints, Query
from tests.small import catalog

CATALOG = catalog()


def satisfies(item: Item, limits: Constraints) -> bool:
    """The oracle: the limits as a reader of the docstring would check them by hand."""
    family = {"Family": ("Family", "Children"), "Children": ("Children", "Family")}
    return (
        all(any(g in item.genres for g in family.get(w, (w,))) for w in limits.genres)
        and not any(g in item.genres for g in limits.not_genres)
        and all(p in item.people for p in limits.people)
        and not any(p in item.people for p in limits.not_people)
        and (not limits.languages or any(x in item.languages[:1] for x in limits.languages))
        and (not limits.countries or any(x in item.countries[:1] for x in limits.countries))
        and not any(x in item.countries[:1] for x in limits.not_countries)
        and not any(x in item.keywords for x in limits.not_keywords)
        and (limits.year_min is None or (item.year or 0) >= limits.year_min)
        and (limits.year_max is None or (item.year or 9999) <= limits.year_max)
        and (limits.runtime_max is None or (item.runtime or 9999) <= limits.runtime_max)
        and (
            limits.audience_max is None
            or (
                item.audience is not None
                and AUDIENCES.index(item.audience) <= AUDIENCES.index(limits.audience_max)
            )
        )
        and item.item_id not in limits.exclude
    )


constraints = st.builds(
    Constraints,
    genres=st.lists(st.sampled_from(GENRES), max_size=1).map(tuple),
    not_genres=st.lists(st.sampled_from(GENRES), max_size=2).map(tuple),
    people=st.sampled_from([(), ("Director 3",), ("Actor 2",)]),
    not_people=st.sampled_from([(), ("Actor 5",)]),
    languages=st.sampled_from([(), ("French",)]),
    countries=st.sampled_from([(), ("France",)]),
    not_countries=st.sampled_from([(), ("USA",)]),
    not_keywords=st.sampled_from([(), ("keyword 1",), ("keyword 2", "keyword 3")]),
    year_min=st.none() | st.integers(1930, 2025),
    year_max=st.none() | st.integers(1930, 2025),
    runtime_max=st.none() | st.integers(60, 200),
    audience_max=st.none() | st.sampled_from(AUDIENCES),
    exclude=st.lists(st.sampled_from(CATALOG.ids), max_size=3).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(constraints)
def test_mask_is_what_the_limits_say(limits: Constraints) -> None:
    mask = allowed(CATALOG, limits)
    assert [bool(m) for m in mask] == [satisfies(item, limits) for item in CATALOG]


def test_names_match_without_case_and_accents() -> None:
    limits = Constraints(people=("dírector 3",))
    assert (
        allowed(CATALOG, limits).sum()
        == allowed(CATALOG, Constraints(people=("Director 3",))).sum()
    )
    assert allowed(CATALOG, limits).any()


def test_active_names_what_is_set_and_without_lifts_it() -> None:
    limits = Constraints(year_min=1990, genres=("Drama",), exclude=("item-1",))
    assert limits.active == ("genres", "year_min")
    assert limits.without("genres").active == ("year_min",)


def test_newer_means_newer_than_the_reference() -> None:
    every = allowed(CATALOG, Constraints())
    middle = sorted(CATALOG, key=lambda i: i.year or 0)[len(CATALOG) // 2]
    newer = in_direction(
        CATALOG, Query(moves={"age": -1.0}, reference=(middle.item_id,), k=3), every
    )
    assert newer.any()
    assert all((CATALOG.items[r].year or 0) > (middle.year or 0) for r in newer.nonzero()[0])


def test_a_direction_that_leaves_too_little_is_left_to_the_ranker() -> None:
    every = allowed(CATALOG, Constraints())
    newest = max(CATALOG, key=lambda i: i.year or 0)
    query = Query(moves={"age": -1.0}, reference=(newest.item_id,), k=3)
    assert (in_direction(CATALOG, query, every) == every).all()
