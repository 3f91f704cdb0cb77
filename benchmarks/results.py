"""Rebuilds the tables of the README from the run records. Nobody types a number.

    python -m benchmarks.results [--check]

`--check` changes nothing and exits with 1 when the README is not what the records say.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.markdown import table
from benchmarks.peers.standing import told as told_races
from classic.evaluate.suites import TABLES
from classic.evaluate.table_incremental import INCREMENTAL
from classic.evaluate.table_rerank import RERANK
from classic.evaluate.table_stages import STAGES
from classic.evaluate.table_tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "results"
README = ROOT / "README.md"
Rows = Iterator[tuple[str, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    before = README.read_text("utf-8")
    after = rebuilt(before)
    if given.check:
        sys.exit(before != after)
    README.write_text(after, "utf-8")


def rebuilt(text: str) -> str:
    """The text with everything between `<!-- NAME -->` and `<!-- end NAME -->` made anew."""
    for name, build in SECTIONS.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- end {name} -->"
        if opening in text:
            head, _, rest = text.partition(opening)
            _, _, tail = rest.partition(closing)
            text = f"{head}{opening}{build()}{closing}{tail}"
    return text


def record(name: str) -> dict[str, Any]:
    path = RECORDS / name / "record.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def figures() -> str:
    return table(("what", "measured", "wanted", "record"), _figures())


def _figures() -> Rows:
    for name, tell in _TELL.items():
        found = record(name)
        for what, measured, wanted in tell(found.get("metrics", found)) if found else ():
            yield what, measured, wanted, f"`results/{name}`"


Told = Iterator[tuple[str, str, str]]


def _linking(m: dict) -> Told:
    share = f"precision {percent(m['precision'])}, recall {percent(m['recall'])}"
    yield f"linking, {m['utterances']} hand-labelled utterances (test half)", share, "97 %, 93 %"


def _linking_speed(m: dict) -> Told:
    told = f"p50 {m['p50_ms']} ms, p95 {m['p95_ms']} ms"
    yield f"linking among {m['titles']:,} titles", told, "p95 ≤ 20 ms"


def _understanding(mode: str) -> Callable[[dict], Told]:
    def tell(m: dict) -> Told:
        told = f"intent {percent(m['intent_accuracy'])}, slots F1 {percent(m['f1'])}"
        yield f"understanding, {m['turns']} hand-written turns (test half), `{mode}`", told, ""

    return tell


def _stream(m: dict) -> Told:
    learned = m["held_out"]["FM"]["logloss"]
    none, best = (m["held_out"][who]["logloss"] for who in ("share of likes", "truth"))
    whole = record("stream")
    rows, peak = whole["config"]["rows"], whole["peak_memory_mb"]
    what = f"FM from a stream of {rows:,} rows ({m['parquet_gib']:.1f} GiB of Parquet)"
    yield f"{what}: peak memory, making the files included", f"{peak / 1024:.1f} GiB", "< 4 GB"
    yield f"{what}: rows a second", f"{m['rows_per_second']:,}", ""
    told = f"{learned:.4f} ({none:.4f} without a model, {best:.4f} by the odds they were drawn by)"
    yield f"{what}: log loss of a million more", told, ""


def _verifier(m: dict) -> Told:
    told = f"{percent(m['caught'])} of {m['unsupported']}"
    yield "verifier: false sentences by a stranger, taken out", told, "≥ 99 %"
    told = f"{percent(m['wrongly_cut'])} of {m['true']}"
    yield "verifier: true sentences by a stranger, wrongly cut", told, "≤ 1 %"


def _corruption(m: dict) -> Told:
    told = f"{percent(m['caught'])} of {m['corrupted']}"
    yield "verifier: replies with one fact swapped, caught", told, "≥ 99 %"
    told = f"{percent(m['wrongly_cut'])} of {m['true']}"
    yield "verifier: the same replies unswapped, wrongly cut", told, "≤ 1 %"


def _truth(mode: str) -> Callable[[dict], Told]:
    def tell(m: dict) -> Told:
        what = f"{m['turns']} scripted turns, {mode}"
        yield f"{what}: items outside the tool results", str(m["items_outside_tool_results"]), "0"
        before = m.get("unsupported_share_before_the_verifier")
        told = percent(m["unsupported_share"])
        if before is not None:
            told += f" (the model's own words before the verifier: {percent(before)})"
        yield f"{what}: turns with an unsupported fact", told, "≤ 1 %"
        share = f"{percent(m['faithful_share'])} of {m['evidence_cited']}"
        yield f"{what}: taking the cited item away lowers the score", share, "≥ 95 %"

    return tell


def _latency(mode: str) -> Callable[[dict], Told]:
    def tell(m: dict) -> Told:
        cards = f"p50 {m['cards_p50_ms']:.0f} ms, p95 {m['cards_p95_ms']:.0f} ms"
        yield f"cards, `{mode}`", cards, "p50 ≤ 1 s, p95 ≤ 2 s" if mode == "rules" else ""
        reply = f"p50 {m['reply_p50_ms']:.0f} ms, p95 {m['reply_p95_ms']:.0f} ms"
        yield f"whole reply, `{mode}`", reply, "p50 ≤ 4 s" if mode == "prompted" else ""
        yield f"start to first answer, `{mode}`", f"{m['first_answer_s']} s", "≤ 40 s"
        crowd = (
            f"p95 {m['crowd_reply_p95_ms'] / 1000:.1f} s, {m['crowd_errors']} errors, slowest "
            f"person {m['crowd_slowest_to_median']:.1f} × the median"
        )
        yield f"{m['people_at_once']} people at once, `{mode}`", crowd, "no error"
        yield f"peak memory, `{mode}`", f"{m['peak_memory_mb']} MB", "≤ 3 GB"

    return tell


def _evaluator(m: dict) -> Told:
    what = f"all metrics of {m['people']:,} people over {m['items']:,} items"
    told = ", ".join(f"{name} {s['median']:.1f} s" for name, s in m["seconds"].items())
    yield what, told, "≤ 2 s"


def _films(m: dict) -> Told:
    gates = {"year": "≥ 99 %", "genres": "≥ 97 %", "directors": "≥ 98 %", "runtime": "≥ 95 %"}
    for field, wanted in gates.items():
        count = m["fields"][field]
        told = f"{percent(count['share'])} of {count['comparable']}"
        yield f"films: {field} against reference data", told, wanted


_TELL: dict[str, Callable[[dict], Told]] = {
    "films": _films,
    "linking": _linking,
    "linking-speed": _linking_speed,
    "understanding-rules": _understanding("rules"),
    "understanding-prompted": _understanding("prompted"),
    "corruption": _corruption,
    "verifier": _verifier,
    "truth-rules": _truth("`rules`"),
    "truth-prompted": _truth("`prompted`"),
    "truth-narrated": _truth("told by the small model (not done in the chat)"),
    "latency-rules": _latency("rules"),
    "latency-prompted": _latency("prompted"),
    "evaluator": _evaluator,
    "stream": _stream,
}


def engines() -> str:
    rows = record("engines").get("metrics", {}).values()
    return table(
        ("engine of the embedded model", "an intent letter", "48 tokens of prose", "load"),
        (
            (
                r["engine"],
                f"{r['letter_ms']:.0f} ms ({r['letter_ratio']:.1f} ×)",
                f"{r['prose_ms']:.0f} ms ({r['prose_ratio']:.1f} ×)",
                f"{r['load_s']:.1f} s",
            )
            for r in rows
        ),
    )


def retrievers() -> str:
    signal = json.loads((ROOT / "classic/data/films/signal.json").read_text("utf-8"))
    rows = (
        (
            r["model"] + (f" (l2 {r['l2']:.0f}, shipped)" if "l2" in r else ""),
            f"{r['ndcg@20/full']:.3f} [{r['interval'][0]:.3f}, {r['interval'][1]:.3f}]",
            f"{r['recall@20/full']:.3f}",
        )
        for r in signal["rows"]
    )
    note = f"\n{signal['films']:,} films, {signal['films_rated']} of them rated there, "
    note += f"{signal['users']} users; {signal['protocol']}.\n"
    return table(("retriever", "NDCG@20/full", "recall@20/full"), rows) + note


def classic(name: str) -> str:
    """A published table: its rows in the order of their entries, those that were measured. What
    they gain over the baseline stands beside them where every row was compared with it."""
    asked = TABLES[name]
    measured = {m: r for m in asked.entries if (r := record(f"classic-{name}/{m}"))}
    compared = all(asked.choose_by in r["metrics"].get("gains", ()) for r in measured.values())
    rows = (
        (
            model,
            *(_told(found["metrics"], metric) for metric in asked.shown),
            *([_gain(found["metrics"]["gains"][asked.choose_by])] if compared else ()),
            found["metrics"]["published"],
            str(len(found["seeds"])),
            f"{found['metrics']['seconds']:.0f} s",
            f"{found['peak_memory_mb']} MB",
        )
        for model, found in measured.items()
    )
    over = (f"{asked.choose_by} over {asked.baseline}",) if compared else ()
    head = ("model", *asked.shown, *over, "published", "seeds", "one fit", "memory")
    return f"{asked.about}.\n\n{table(head, rows)}"


def _gain(gain: list[float]) -> str:
    mean, low, high = gain
    return f"{mean:+.4f} [{low:+.3f}, {high:+.3f}]"


def _told(metrics: dict[str, Any], metric: str) -> str:
    spread = metrics["spread_over_seeds"][metric]
    over = f" ± {spread:.4f}" if spread else ""
    told = f"{metrics['means'][metric]:.4f}{over}"
    if metric not in metrics["intervals"]:
        return told
    low, high = metrics["intervals"][metric]
    return f"{told} [{low:.3f}, {high:.3f}]"


def ways(name: str) -> str:
    """The stages of each measured row, one taken away in turn, beside every retriever alone."""
    return "\n".join(
        f"With `{ranker}` as the ranker, a request spends {_spent(found['metrics']['beyond'])}:\n\n"
        + table(
            ("stages", "NDCG@10", "over the best retriever", "p50", "p95"),
            (
                (
                    way,
                    f"{row['ndcg@10']:.4f}",
                    _gain([row["gain"], row["low"], row["high"]]),
                    f"{row['p50 ms']:.0f} ms",
                    f"{row['p95 ms']:.0f} ms",
                )
                for way, row in found["metrics"]["slices"].items()
            ),
        )
        for ranker in TABLES[name].entries
        if (found := record(f"classic-{name}/{ranker}"))
    )


def _spent(ms: dict[str, float]) -> str:
    return ", ".join(f"{value:.1f} ms in {what.removeprefix('ms/')}" for what, value in ms.items())


def dial(name: str) -> str:
    """NDCG@10 / variety by content / coverage of every re-ranker along its dial."""
    measured = {
        row: found["metrics"]["slices"]
        for row in TABLES[name].entries
        if (found := record(f"classic-{name}/{row}"))
    }
    along = list(next(iter(measured.values()), {}))
    return table(
        ("re-ranker", *(f"dial {at}" for at in along)),
        (
            (
                row,
                *(
                    f"{at['ndcg@10']:.4f} / {at['content diversity']:.3f} / {at['coverage']:.3f}"
                    for at in slices.values()
                ),
            )
            for row, slices in measured.items()
        ),
    )


def pulls(name: str) -> str:
    """How the gradients of the tasks stand to each other in what they share."""
    return table(
        ("model", "cosine of the tasks' gradients", "batches where they point apart"),
        (
            (row, f"{beyond['gradient cosine']:+.3f}", percent(beyond["batches apart"]))
            for row in TABLES[name].entries
            if (found := record(f"classic-{name}/{row}"))
            if (beyond := found["metrics"]["beyond"])
        ),
    )


def learned(name: str) -> str:
    """A model that is never told, one that learns what arrives and one that is fitted again."""
    measured = {
        row: found["metrics"]
        for row in TABLES[name].entries
        if (found := record(f"classic-{name}/{row}"))
    }
    rows = (
        (
            row,
            way,
            f"{told['ndcg']:.4f}",
            f"{told['recall']:.4f}",
            _gain([told["gain"], told["low"], told["high"]]),
            f"{told['seconds']:.2f} s",
        )
        for row, metrics in measured.items()
        for way, told in metrics["slices"].items()
    )
    head = ("model", "way", "NDCG@10", "recall@10", "NDCG@10 over stale", "a part takes")
    return "".join(map(_brought, list(measured.values())[:1])) + table(head, rows)


def _brought(metrics: dict[str, Any]) -> str:
    part = {what: f"{count:,.0f}" for what, count in metrics["beyond"].items()}
    return (
        f"{part['people asked']} people are asked. A part brings something new of {part['people']} "
        f"people, {part['new people']} of them unknown before, and of {part['items']} films, "
        f"{part['new items']} of them.\n\n"
    )


def races() -> str:
    found = record("races")
    return told_races(found["metrics"]) if found else ""


def steps() -> str:
    """Training steps beside torch-rechub's, by model."""
    return table(
        ("model", "ours, targets a second", "torch-rechub", "ours / it", "curves apart"),
        (_raced(model, row) for model, row in _ran("steps")),
    )


def rank_steps() -> str:
    """The same of rankers, and how many candidates each scores."""
    head = ("model", "ours, rows a second", "torch-rechub", "ours / it", "curves apart")
    return table(
        (*head, "ours, candidates a second", "torch-rechub"),
        (
            (*_raced(model, row), *(f"{row['candidates_per_second'][s]:,}" for s in _SIDES))
            for model, row in _ran("rank-steps")
        ),
    )


_SIDES = ("ours", "theirs")


def _ran(name: str) -> Iterator[tuple[str, dict]]:
    """The models that both sides could train."""
    found = record(name).get("metrics", {})
    return ((model, row) for model, row in found.items() if "ratio" in row)


def _raced(model: str, row: dict) -> tuple[str, ...]:
    low, high = row["ratio_range"]
    speeds = (f"{row['targets_per_second'][side]:,.0f}" for side in _SIDES)
    ratio = f"{row['ratio']:.2f} [{low:.2f}, {high:.2f}] ×"
    return model, *speeds, ratio, f"{percent(row['curve']['gap'])} of the loss"


def retrieval() -> str:
    """Exact search beside the graph, at each size and expansion."""
    found = record("retrieval").get("metrics", {})
    return table(
        ("items", "index", "build", "p50", "p95", "recall@100", "times faster"),
        (
            (
                f"{int(n_items):,}",
                name,
                f"{row['build_s']:.1f} s",
                f"{row['p50_ms']:.2f} ms",
                f"{row['p95_ms']:.2f} ms",
                f"{row['recall@100']:.3f}" if "recall@100" in row else "1",
                f"{row['ratio']:.1f} ×" if "ratio" in row else "",
            )
            for n_items, rows in found.items()
            for name, row in rows.items()
        ),
    )


SECTIONS: dict[str, Callable[[], str]] = {
    "figures": figures,
    "engines": engines,
    "retrievers": retrievers,
    "races": races,
    "steps": steps,
    "rank-steps": rank_steps,
    "retrieval": retrieval,
    **{f"classic-{name}": partial(classic, name) for name in TABLES},
    **{f"ways-{name}": partial(ways, name) for name in STAGES},
    **{f"dial-{name}": partial(dial, name) for name in RERANK},
    **{f"pulls-{name}": partial(pulls, name) for name in TASKS},
    **{f"learned-{name}": partial(learned, name) for name in INCREMENTAL},
}

if __name__ == "__main__":
    main()
