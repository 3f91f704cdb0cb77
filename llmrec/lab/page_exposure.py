"""What comes first, in tables and sentences: which groups of items it is of, and how varied."""

from collections.abc import Iterator, Sequence

from llmrec.lab.exposure import OTHER, RAREST, TOP, Share
from llmrec.lab.page_cells import Table, percent, signed, sure
from llmrec.lab.report import Gain, Report, Row

_UP, _DOWN = "▲", "▼"
EXPOSURE_LEGEND = (
    f"Shares in %: of what comes first / of the first {TOP}. {_UP} and {_DOWN}: what comes first "
    "is of that group oftener or less often than the candidates are, by a 95 % interval over "
    "people that holds for all groups of a row together. An item's genres and countries share it, "
    f"and what is not known of an item counts nowhere. *{OTHER}*: groups with less than "
    f"{percent(RAREST, 0)} of the candidates each. *fame*: tenths of the catalogue by how many met "
    "an item in training, the best known last."
)


def diversity_table(report: Report) -> Table:
    """How varied what a row shows is: within a person's list, and over people."""
    rows: list[Sequence[str]] = []
    for row in report.rows:
        told = row.diversity
        rows.append(
            (
                row.name,
                percent(told["distance"], 1) if "distance" in told else "",
                signed(_gap(row)),
                percent(told["different"], 1) if told else "",
                percent(told["gini"], 1) if told else "",
            )
        )
    head = (
        "row",
        f"distance within {TOP}",
        "Δ candidates",
        f"shown within {TOP}",
        "Gini of firsts",
    )
    return head, rows


def _gap(row: Row) -> Gain | None:
    told = row.diversity
    return (told["gap"], (told["low"], told["high"])) if "gap" in told else None


def diversity_legend(report: Report) -> str:
    spread = (
        f"*Shown within {TOP}*: the share of all people's candidates that is among anybody's first "
        f"{TOP}. *Gini of firsts*: 0 when every candidate comes first equally often, towards 100 "
        f"when few take all the first places; of the truths it is "
        f"{percent(report.gini_of_truths, 1)}."
    )
    if report.distance is None:
        return f"All in %. {spread} Items cannot be compared: only their titles are known."
    return (
        f"All in %. *Distance within {TOP}*: the mean, over the pairs of the first {TOP}, of how "
        "little two items share of what is known of them, 100 being nothing; within the candidates "
        f"it is {percent(report.distance, 1)}. {spread}"
    )


def diversity_finding(report: Report) -> Iterator[str]:
    """Whose first five are more alike than the candidates, or less, for certain."""
    for side, word in ((-1, "more"), (1, "less")):
        own = [row for row in report.strategies if sure(_gap(row)) == side]
        if own:
            told = ", ".join(f"{row.name} {signed(_gap(row))}" for row in own)
            yield (
                f"{len(own)} strategies have a first {TOP} that is {word} alike than the "
                f"candidates are, in points of distance: {told}."
            )


def kinds_of(report: Report) -> list[str]:
    """What exposure is told by: `decade`, `genre` and so on."""
    return list(dict.fromkeys(share.kind for row in report.rows for share in row.exposure))


def exposure_tables(report: Report) -> Iterator[Table]:
    """A table for each kind: a column for each group, a line for each row."""
    for kind in kinds_of(report):
        of_rows = {row.name: [s for s in row.exposure if s.kind == kind] for row in report.rows}
        told = {name: shares for name, shares in of_rows.items() if shares}
        groups = next(iter(told.values()))
        rows = [(name, *map(_cell, shares)) for name, shares in told.items()]
        offered = ("*candidates*", *(f"{100 * share.candidates:.0f}" for share in groups))
        taken = ("*truths*", *(f"{100 * share.truths:.0f}" for share in groups))
        yield (kind, *(share.group for share in groups)), [offered, taken, *rows]


def _cell(share: Share) -> str:
    mark = f" {_UP if share.gap > 0 else _DOWN}" if share.sure else ""
    return f"{100 * share.first:.0f} / {100 * share.top:.0f}{mark}"


def exposure_finding(report: Report) -> Iterator[str]:
    """The strategy and the group that stray most, of what is certain."""
    rows = report.strategies
    certain = [(row.name, share) for row in rows for share in row.exposure if share.sure]
    if not certain:
        return
    name, share = max(certain, key=lambda one: abs(one[1].gap))
    n = len({name for name, _ in certain})
    yield (
        f"{n} of {len(rows)} strategies put some group of items first out of "
        f"proportion; the furthest is {name}, {share.kind} {share.group}: "
        f"{percent(share.first, 0)} of what comes first, {percent(share.candidates, 0)} of the "
        f"candidates ({signed((share.gap, (share.low, share.high)))})."
    )
