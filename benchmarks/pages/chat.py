"""The chat's figures: films, linking, understanding, truth, latency, engines."""

from collections.abc import Callable, Iterator

from benchmarks.markdown import table
from benchmarks.pages.records import Rows, percent, record


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


def _understanding(mode: str, which: str = "hand-written") -> Callable[[dict], Told]:
    def tell(m: dict) -> Told:
        told = f"intent {percent(m['intent_accuracy'])}, slots F1 {percent(m['f1'])}"
        yield f"understanding, {m['turns']} {which} turns (test half), `{mode}`", told, ""

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
    "understanding-lora": _understanding("lora"),
    "understanding-handwritten-rules": _understanding("rules", "newer and harder hand-written"),
    "corruption": _corruption,
    "verifier": _verifier,
    "truth-rules": _truth("`rules`"),
    "truth-prompted": _truth("`prompted`"),
    "truth-narrated": _truth("told by the small model (not done in the chat)"),
    "latency-rules": _latency("rules"),
    "latency-prompted": _latency("prompted"),
    "latency-lora": _latency("lora"),
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


SECTIONS: dict[str, Callable[[], str]] = {"figures": figures, "engines": engines}
