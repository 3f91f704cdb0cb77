"""The report in words and tables, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from llmrec.lab.page_cells import Table, names_of, percent, signed, sure
from llmrec.lab.page_exposure import (
    EXPOSURE_LEGEND,
    diversity_finding,
    diversity_legend,
    diversity_table,
    exposure_finding,
    exposure_tables,
)
from llmrec.lab.reading import ERRORS
from llmrec.lab.report import BASELINE, Report, Row

INTERVALS = (
    "All in %; Δ is the difference to another row, in points. Intervals are 95 %, by bootstrap "
    "over people; differences are paired. An answer that cannot be read counts as a miss."
)
ERRORS_LEGEND = (
    "Errors are counted in items a prompt; unparsable and too long in prompts. Unwritten are texts "
    "that were to be written before an answer and came to nothing; it was asked for without them. "
    "Prompts, the tokens in them, tokens written and seconds are those of such texts too. Prompts "
    "that several strategies share are asked once and counted for each."
)
CALLS_LEGEND = (
    "Calls of each tool a person, as the model chose them; tools are listed in an order drawn for "
    "each. *Failed*: calls a person of what this data does not allow, and choices that nobody "
    "could read. *None*: people for whom nothing was called."
)


def markdown(report: Report) -> str:
    """The whole report."""
    parts = [
        f"# Prompting strategies on {report.data}",
        opening(report),
        "## Who ranks best",
        table(*ranking_table(report)),
        INTERVALS,
        "## What it depends on",
        "\n".join(f"* {line}" for line in findings(report)),
        "## Errors and cost",
        table(*cost_table(report)),
        ERRORS_LEGEND,
        *(text for told in calls_tables(report) for text in (table(*told), CALLS_LEGEND)),
        "## Places, orders and fame",
        table(*bias_table(report)),
        legend(report),
        "## What comes first",
        *(table(*told) for told in exposure_tables(report)),
        EXPOSURE_LEGEND,
        table(*diversity_table(report)),
        diversity_legend(report),
        "## What was asked",
        table(*source_table(report)),
    ]
    return "\n\n".join(parts) + "\n"


def opening(report: Report) -> str:
    return (
        f"{report.people} people, {report.candidates} candidates each ({report.about}); "
        f"model {report.model}. The truth is {report.sought}. A ranking in random order "
        f"has an NDCG@10 of {percent(report.chance[10])}: read every figure against it."
    )


def findings(report: Report) -> list[str]:
    """What the intervals allow to be said, a sentence each."""
    above = [r.name for r in report.strategies if r.verdict() == "above chance"]
    below = [r.name for r in report.strategies if r.verdict() == "below chance"]
    n = len(report.strategies)
    said = [f"{len(above)} of {n} strategies rank better than chance{names_of(above)}."]
    if below:
        said.append(f"{len(below)} rank worse than chance{names_of(below)}.")
    said += _against_popularity(report)
    said += _against_reference(report)
    said += [_attack(row) for row in report.strategies if row.attack]
    said += [_reworded(row) for row in report.strategies if row.rewords and row.closeness]
    said += [*exposure_finding(report), *diversity_finding(report)]
    said += _by_place(report)
    return said


def _against_popularity(report: Report) -> Iterable[str]:
    rows = [row for row in report.strategies if BASELINE in row.gains]
    told = {row.name: sure(row.gains[BASELINE]) for row in rows}
    if not told:
        return
    beat, lose = ([name for name, side in told.items() if side == s] for s in (1, -1))
    yield (
        f"Against counting what is popular, {len(beat)} win{names_of(beat)}, {len(lose)} lose, and "
        f"{len(told) - len(beat) - len(lose)} cannot be told from it."
    )


def _by_place(report: Report) -> Iterable[str]:
    told = []
    for row in report.strategies:
        share = max(row.first_choices or [0.0])
        if row.first_choices and share > 3 / report.candidates:
            place = row.first_choices.index(share) + 1
            told.append(f"{row.name} place {place} in {percent(share, 0)}")
    if told:
        yield (
            "Some put what is shown in one place first far oftener than in "
            f"{percent(1 / report.candidates, 0)}: {', '.join(told)}."
        )


def _attack(row: Row) -> str:
    told = row.attack
    return (
        f"{row.name}: text for one candidate moves it up by {told['rise']:+.1f} ranks "
        f"[{told['low']:+.1f}, {told['high']:+.1f}]; it stands first in "
        f"{percent(told['first_after'], 0)} instead of {percent(told['first_before'], 0)}."
    )


def _reworded(row: Row) -> str:
    close, gain = row.closeness, signed(row.gains[row.like])
    return (
        f"{row.name} says what {row.like} says, in another way: Kendall's tau between the two "
        f"rankings is {close['tau']:.2f} [{close['low']:.2f}, {close['high']:.2f}], the first is "
        f"the same in {percent(close['same_first'], 0)}, and NDCG@10 changes by {gain}."
    )


def _against_reference(report: Report) -> Iterable[str]:
    for row in report.strategies:
        gain = row.gains.get(report.reference)
        if gain is None:
            continue
        if sure(gain):
            word = "better" if gain[0] > 0 else "worse"
            yield f"{row.name} ranks {word} than {report.reference} ({signed(gain)})."
        elif row.about["source"].startswith("control"):
            yield (
                f"{row.name} cannot be told from {report.reference} ({signed(gain)}): what it "
                "takes away was of no use that shows here."
            )


def ranking_table(report: Report) -> Table:
    label = report.label
    rows: list[Sequence[str]] = []
    for row in report.best_first:
        means, intervals = row.measured.means, row.measured.intervals
        low, high = intervals[report.metric]
        rows.append(
            (
                f"**{row.name}**" if row.strategy else row.name,
                f"{percent(means[report.metric])} [{percent(low)}, {percent(high)}]",
                row.verdict(),
                signed(row.gains.get(BASELINE)),
                signed(row.gains.get(report.reference)),
                *(percent(means[f"ndcg@{k}/{label}"]) for k in (1, 5, 20)),
                percent(means[f"hr@5/{label}"]),
                percent(means[f"mrr/{label}"]),
            )
        )
    levels = report.chance
    n = report.candidates
    mrr = sum(1 / r for r in range(1, n + 1)) / n
    chance = [percent(levels[k]) for k in (1, 5, 20)]
    rest = (*chance, percent(min(5 / n, 1)), percent(mrr))
    rows.append(("*chance*", percent(levels[10]), "", "", "", *rest))
    head = (
        "row", f"NDCG@10/{label}", "verdict", f"Δ {BASELINE}", f"Δ {report.reference}",
        "NDCG@1", "NDCG@5", "NDCG@20", "HR@5", "MRR",
    )  # fmt: skip
    return head, rows


def cost_table(report: Report) -> Table:
    rows: list[Sequence[str]] = [
        (
            row.name,
            *(f"{row.errors[kind]:.2f}" if kind in row.errors else "0" for kind in ERRORS),
            percent(row.errors.get("trimmed", 0.0), 0),
            percent(row.errors.get("unwritten", 0.0), 0),
            f"{row.prompts:.0f}",
            f"{row.tokens:,.0f}",
            f"{row.written:,.0f}",
            f"{row.seconds:.2f}",
        )
        for row in report.strategies
    ]
    named = [kind.replace("_", " ") for kind in ERRORS]
    spent = ("prompts a person", "tokens a person", "written a person", "seconds a person")
    return ("strategy", *named, "trimmed", "unwritten", *spent), rows


def calls_tables(report: Report) -> list[Table]:
    """One where a strategy calls tools: a row for each of those."""
    told = {row.name: row.calls for row in report.strategies if row.calls}
    if not told:
        return []
    names = list(dict.fromkeys(name for calls in told.values() for name in calls.tools))
    rows: list[Sequence[str]] = [
        (
            row,
            *(f"{calls.tools[n]:.2f}" if n in calls.tools else "" for n in names),
            f"{calls.failed:.2f}",
            percent(calls.none, 0),
        )
        for row, calls in told.items()
    ]
    return [(("strategy", *names, "failed", "none"), rows)]


def bias_table(report: Report) -> Table:
    rows: list[Sequence[str]] = []
    for row in report.rows:
        chosen = row.first_choices
        place = ""
        if chosen:
            place = f"{chosen.index(max(chosen)) + 1} ({percent(max(chosen), 0)})"
        agree = row.agreement
        rows.append(
            (
                row.name,
                place,
                *_cells(agree, "tau", "same_first"),
                *_cells(row.closeness, "tau", "same_first", "overlap"),
                f"{100 * row.lift['first']:+.1f} [{100 * row.lift['low']:+.1f}, "
                f"{100 * row.lift['high']:+.1f}]",
                *(f"{percent(point[1])}" for point in row.by_history),
            )
        )
    lengths = [f"history {point[0]}" for point in report.rows[0].by_history]
    orders = ("τ of orders", "same first of orders")
    others = ("τ to its like", "same first as its like", "overlap of 5")
    return ("row", "favourite place", *orders, *others, "lift of fame", *lengths), rows


def _cells(told: Mapping[str, float] | None, *names: str) -> tuple[str, ...]:
    if not told:
        return ("",) * len(names)
    return tuple(f"{told[n]:.2f}" if n == "tau" else percent(told[n], 0) for n in names)


def legend(report: Report) -> str:
    truth = 100 * report.rows[0].lift["truth"]
    return (
        "*Favourite place*: what is shown there comes first oftenest; without a leaning it would "
        f"be {percent(1 / report.candidates, 0)}. *τ of orders*: Kendall's tau between two orders "
        "of the same candidates. *Its like*: the strategy it is a variant of, or "
        f"{report.reference}; *overlap* is of the first five. "
        "*Lift of fame*: percentile points by which what comes first is better known than the "
        f"candidates are on average; of the truths it is {truth:+.1f}. *History*: NDCG@10 of "
        "people with so many items."
    )


def source_table(report: Report) -> Table:
    rows: list[Sequence[str]] = [
        (
            row.name,
            row.about["role"],
            row.about["writes"],
            row.about["channel"],
            row.about["aggregator"],
            row.about["source"],
            f"v{row.about['version']} `{row.about['hash']}`",
        )
        for row in report.strategies
    ]
    head = (
        *("strategy", "the model's role", "first", "channel", "aggregator"),
        *("source", "prompt file"),
    )
    return head, rows


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    told = (" | ".join(cell.replace("|", "/") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in told)
