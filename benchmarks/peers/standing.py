"""How a race stands: costs with their spread, ratios, the gate, and cost against size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.markdown import table
from benchmarks.peers.jobs import OURS

GATE = 1.1
"""At most this many times the fastest peer's seconds, by the median over rounds."""
EQUAL = 0.95
"""A peer is as good as we are from this share of our NDCG on."""
_GOOD = "ndcg@10/full"
Run = Mapping[str, Any]


def standings(runs: Sequence[Run]) -> dict[str, Any]:
    """`sizes` by model and size, and `curves` by model and contestant."""
    sizes: dict[str, dict[str, Any]] = {}
    for model in unique(runs, "model"):
        of_model = [run for run in runs if run["model"] == model]
        sizes[model] = {
            f"{size}x": of_size([run for run in of_model if run["size"] == size])
            for size in unique(of_model, "size")
        }
    return {"sizes": sizes, "curves": {model: curves(found) for model, found in sizes.items()}}


def of_size(runs: Sequence[Run]) -> dict[str, Any]:
    """Everybody's costs and what our times are to theirs; the gate, where there is one to pass."""
    by_name = {name: [r for r in runs if r["contestant"] == name] for name in names(runs)}
    ours = by_name.get(OURS, [])
    found = {name: summary(own, ours) for name, own in by_name.items()}
    measured = next((run for run in runs if "users" in run), {})
    return {
        "users": measured.get("users"),
        "interactions": measured.get("interactions"),
        "contestants": found,
        "gate": gate(found),
    }


def summary(own: Sequence[Run], ours: Sequence[Run]) -> dict[str, Any]:
    """Of one contestant: medians with their range over the rounds, [median, least, most]."""
    if failed := [run["failed"] for run in own if run["failed"]]:
        return {"failed": failed[0]}
    told: dict[str, Any] = {
        "rounds": len(own),
        "fit_s": spread([run["fit_s"] for run in own]),
        "recommend_s": spread([run["recommend_s"] for run in own]),
        "total_s": spread([total(run) for run in own]),
        "peak_mb": round(max(run["peak_mb"] for run in own)),
        "hr@10/full": round(float(np.mean([run["hr@10/full"] for run in own])), 4),
        _GOOD: round(float(np.mean([run[_GOOD] for run in own])), 4),
    }
    if own is not ours and ours and not any(run["failed"] for run in ours):
        theirs = {run["round"]: total(run) for run in own}
        told["ours_to_it"] = spread(
            total(run) / theirs[run["round"]] for run in ours if run["round"] in theirs
        )
    return told


def gate(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Ours beside the fastest of the peers whose lists are as good, or of all where nobody's are;
    None where nobody finished or we failed. `quality` is our NDCG to the best peer's."""
    ours = found.get(OURS, {})
    peers = {name: f for name, f in found.items() if "ours_to_it" in f}
    if not peers:
        return None
    equal = [name for name, f in peers.items() if f[_GOOD] >= EQUAL * ours[_GOOD]]
    fastest = min(equal or peers, key=lambda name: peers[name]["total_s"][0])
    ratio = peers[fastest]["ours_to_it"][0]
    best = max(f[_GOOD] for f in peers.values())
    return {
        "fastest": fastest,
        "ours_to_it": ratio,
        "quality": round(ours[_GOOD] / max(best, 1e-12), 3),
        "held": ratio <= GATE,
    }


def curves(sizes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """By contestant: seconds at each number of interactions that it got through, and the exponent
    by which they grow between the first and the last."""
    told = {}
    for name in dict.fromkeys(name for found in sizes.values() for name in found["contestants"]):
        points = [
            (found["interactions"], found["contestants"][name]["total_s"][0])
            for found in sizes.values()
            if "total_s" in found["contestants"].get(name, {})
        ]
        told[name] = {
            "interactions": [n for n, _ in points],
            "total_s": [seconds for _, seconds in points],
            "exponent": exponent(points),
        }
    return told


def exponent(points: Sequence[tuple[int, float]]) -> float | None:
    """e of cost = c n^e through the first and the last; None of less than two."""
    if len(points) < 2:
        return None
    (first, quick), (last, slow) = points[0], points[-1]
    return round(float(np.log(slow / quick) / np.log(last / first)), 2)


def told(metrics: Mapping[str, Any]) -> str:
    """A table for each model and size, and the curve of cost against size for each model."""
    parts = []
    for model, sizes in metrics["sizes"].items():
        for size, found in sizes.items():
            parts.append(f"{model}, {size}: {found['users']:,} people, ")
            parts[-1] += f"{found['interactions']:,} interactions; {told_gate(found['gate'])}\n\n"
            parts[-1] += table(_HEAD, _rows(found["contestants"]))
    for model, found in metrics["curves"].items():
        parts.append(f"{model}: seconds to fit and recommend, by size\n\n")
        parts[-1] += table(("contestant", "interactions: seconds", "exponent"), _points(found))
    return "\n".join(parts)


_HEAD = ("contestant", "fit", "recommend", "total", "peak", "ours / it", "HR@10", "NDCG@10")


def _rows(contestants: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, found in contestants.items():
        if "failed" in found:
            yield (name, f"failed: {found['failed']}", *[""] * (len(_HEAD) - 2))
            continue
        ratio = found.get("ours_to_it")
        yield (
            name,
            *(f"{ranged(found[cost])} s" for cost in ("fit_s", "recommend_s", "total_s")),
            f"{found['peak_mb']} MB",
            ranged(ratio) if ratio else "",
            f"{found['hr@10/full']:.4f}",
            f"{found[_GOOD]:.4f}",
        )


def _points(found: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, curve in found.items():
        pairs = zip(curve["interactions"], curve["total_s"], strict=True)
        grows = curve["exponent"]
        points = ", ".join(f"{n:,}: {seconds:.2f}" for n, seconds in pairs)
        yield name, points, "" if grows is None else f"{grows:.2f}"


def told_gate(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "nobody to be compared with"
    verdict = "held" if found["held"] else "missed"
    return f"{found['ours_to_it']:.2f} × {found['fastest']}, gate {verdict}"


def ranged(numbers: Sequence[float]) -> str:
    middle, least, most = numbers
    return f"{middle:.2f} [{least:.2f}, {most:.2f}]"


def spread(numbers: Iterable[float]) -> list[float]:
    """[median, least, most]."""
    values = np.array(list(numbers))
    return [round(float(n), 3) for n in (np.median(values), values.min(), values.max())]


def total(run: Run) -> float:
    return run["fit_s"] + run["recommend_s"]


def names(runs: Iterable[Run]) -> list[str]:
    """The contestants, ourselves first."""
    return sorted(unique(runs, "contestant"), key=lambda name: (name != OURS, name))


def unique(runs: Iterable[Run], column: str) -> list[Any]:
    return list(dict.fromkeys(run[column] for run in runs))
