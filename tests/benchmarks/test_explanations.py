"""The checker of reasons finds what is wrong in them, and shapes leave names out."""

import pytest

from benchmarks.explanations import shape, summed, supported
from llmrec.dialogue.nouns import Evidence
from llmrec.evaluate.claims import Claims

CLAIMS = Claims()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I picked Heat (1995) because it is newer than Alien (1979).", ""),
        ("I picked Heat (1995) because it is older than Alien (1979).", "comparison"),
        ("I picked Heat (1995) because it and Alien (1979) have Al Pacino in common.", "shared"),
        ("The case for Heat (1995): it is filed under Comedy.", "genre"),
        ("The case for Heat (1995): it counts as Crime, as you asked.", ""),
        ("The case for Heat (1995): it dates from 1984.", "year"),
        ("The case for Heat (1995): its mood is whimsical, as you asked.", "mood"),
        ("The case for Heat (1995): it takes 12 minutes.", "runtime"),
        ("The case for Heat (1995): Meryl Streep is in it.", "person"),
    ],
)
def test_what_is_wrong_is_found_wherever_it_stands(said: str, kind: str) -> None:
    found = {f.kind for f in CLAIMS.about_one("heat-1995", said, "", ["alien-1979"])}
    assert (kind in found) if kind else not found


def test_a_finding_counts_against_one_sentence() -> None:
    assert supported("It is old. It is long.", 1) == 0.5
    assert supported("It is old.", 3) == 0.0


def test_a_shape_is_the_same_for_other_films() -> None:
    def of(title: str, other: str, name: str) -> str:
        told = f"it shares {name} with {other}"
        fact = Evidence(id="1", kind="content", text=told, item_id="x", refers_to="y")
        return shape(f"The case for {title}: {told}.", [fact], [title, other])

    one = of("Heat (1995)", "Serpico (1973)", "Al Pacino and heist")
    assert one == "_ case for _: it shares _ with _."
    assert one == of("The Mask (1994)", "Me, Myself & Irene (2000)", "Jim Carrey")


def test_means_have_intervals_over_turns() -> None:
    names = ("before", "after", "fallback", "covered", "words", "seconds")
    cases = [{"turn": n // 2, "shape": "a", **dict.fromkeys(names, float(n % 2))} for n in range(8)]
    told = summed(cases)
    assert told["before"] == [0.5, 0.5, 0.5] and told["shapes"] == 0.125
