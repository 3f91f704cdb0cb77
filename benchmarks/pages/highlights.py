"""The few figures that the README opens with."""

from collections.abc import Callable

from benchmarks.markdown import table
from benchmarks.pages.records import Rows, gain, mean_of, record

_CLASSIC = (
    (
        "ml-1m, 99 negatives: iALS, NDCG@10",
        "t1/ials",
        "ndcg@10/99neg",
        ".4523 (Rendle et al. 2020)",
    ),
    (
        "ml-1m, 99 negatives: NeuMF, pretrained, NDCG@10",
        "t1/neumf-pretrained",
        "ndcg@10/99neg",
        ".4349 (Rendle et al. 2020)",
    ),
    (
        "ml-1m, next item, all ranked: SASRec and HSTU fused with closed forms, NDCG@10",
        "t3/fused",
        "ndcg@10/full",
        ".1893 (HSTU-large)",
    ),
    (
        "ml-1m (RecZoo), all ranked: denoising EASE, NDCG@20",
        "t4/ease-denoising",
        "ndcg@20/full",
        ".2670 (SimpleX)",
    ),
    ("ml-100k, given folds: a blend, RMSE", "t5/blend", "rmse/ratings", ""),
    ("ml-1m as CoLLM splits it: trees, AUC", "ctr-collm/trees", "auc/time", ".717 (DIN)"),
)
"""What, record, metric, published."""


def highlights() -> str:
    return table(("what", "measured", "published"), (*_chat(), *_models()))


def _chat() -> Rows:
    if truth := record("truth-rules").get("metrics"):
        told = str(truth["items_outside_tool_results"])
        yield f"films that no tool returned, in {truth['turns']} scripted turns", told, ""
    read = {name: record(f"understanding-handwritten-{name}") for name in ("lora", "rules")}
    if all(read.values()):
        ours, rules = (read[name]["metrics"]["exact"] for name in ("lora", "rules"))
        what = f"hand-written turns understood in every part, `lora` (`rules`: {rules:.3f})"
        low, high = read["lora"]["metrics"]["exact_interval"]
        yield what, f"{ours:.3f} [{low:.3f}, {high:.3f}]", ""
    if speed := record("latency-rules").get("metrics"):
        told = f"p50 {speed['reply_p50_ms']:.0f} ms, p95 {speed['reply_p95_ms']:.0f} ms"
        yield "a whole reply on two cores, `rules`", told, ""


def _models() -> Rows:
    for what, name, metric, published in _CLASSIC:
        if found := record(f"classic-{name}").get("metrics"):
            yield what, mean_of(found, metric), published
    if found := record("classic-stages-1m/deepfm").get("metrics"):
        what = "ml-1m, four stages over their best retriever, NDCG@10"
        yield what, gain(found["gains"]["ndcg@10/re-rank"]), ""


SECTIONS: dict[str, Callable[[], str]] = {"highlights": highlights}
