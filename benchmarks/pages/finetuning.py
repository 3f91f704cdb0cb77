"""What tuning is worth: how turns are understood, and what training costs."""

from collections.abc import Callable
from typing import Any

from benchmarks.markdown import table
from benchmarks.pages.records import Rows, gain, percent, record

_READERS = {
    "rules": "rules",
    "zero-shot": "the model untuned, forms under their grammar",
    "few-shot": "the same, shown eleven filled forms",
    "lora": "**the shipped adapter** (`lora`)",
}
_WANTED = {
    "exact": "≥ .80",
    "intent_accuracy": "≥ .90",
    "f1": "≥ .85",
    "polarity_confused": "≤ .02",
    "restraint": "≥ .90",
    "unknown_honest": "≥ .95",
}


_HEAD = ("reader", "call right", "intent", "slots F1", "polarity confused", "restraint")


def understanding() -> str:
    wanted = ("wanted", *_WANTED.values(), "≤ 1,500 ms")
    return table(
        (*_HEAD, "unknown title, no wrong film", "p50"), (*_readers("handwritten"), wanted)
    )


def strangers() -> str:
    """The turns of writers who had seen nothing of the system."""
    return table((*_HEAD, "unknown title, no wrong film", "p50"), _readers("strangers"))


def _readers(turns: str) -> Rows:
    for name, what in _READERS.items():
        m = record(f"understanding-{turns}-{name}").get("metrics")
        if m and "exact_interval" in m:
            low, high = m["exact_interval"]
            cells = [f"{m[key]:.3f}" for key in list(_WANTED)[1:]]
            exact = f"{m['exact']:.3f} [{low:.3f}, {high:.3f}]"
            yield what, exact, *cells, f"{m['p50_ms']:.0f} ms"


_TELLERS = {
    "rules": "facts set side by side by rule",
    "untuned": "the model untuned",
    "tuned": "**tuned for it**",
}


def explanations() -> str:
    """Reasons as they are told: true before and after they are read, whole, varied, quick."""
    head = ("told by", "supported before", "supported after", "by rule after all", "facts told")
    found = record("explanations").get("metrics", {})
    rows = [_explained(what, found[name]) for name, what in _TELLERS.items() if name in found]
    wanted = ("wanted", "≥ 90 %", "≥ 99 %", "≤ 10 %", "≥ 95 %", "", "", "")
    return table((*head, "ways of putting it", "words", "p50"), [*rows, wanted])


def _explained(what: str, m: dict[str, Any]) -> tuple[str, ...]:
    shares = []
    for name in ("before", "after", "fallback", "covered"):
        mean, low, high = m[name]
        shares.append(f"{percent(mean)} [{100 * low:.1f}, {100 * high:.1f}]")
    return (
        what,
        *shares,
        percent(m["shapes"]),
        f"{m['words'][0]:.0f}",
        f"{m['p50_seconds']:.2f} s",
    )


def slots() -> str:
    """F1 of each slot, rules beside the adapter."""
    found = {
        name: record(f"understanding-handwritten-{name}").get("metrics", {}).get("by_slot", {})
        for name in ("rules", "lora")
    }
    names = sorted({slot for by_slot in found.values() for slot in by_slot})
    rows = (
        (f"`{slot}`", *(f"{by.get(slot, {}).get('f1', 0.0):.3f}" for by in found.values()))
        for slot in names
    )
    return table(("slot", *found), rows)


def sureness() -> str:
    m = record("understanding-handwritten-lora").get("metrics", {}).get("exact_by_coverage", {})
    rows = (
        (percent(float(share)), f"{told['exact']:.3f}", f"{told['least_sure']:.2f}")
        for share, told in m.items()
    )
    return table(("turns answered, surest first", "call right", "confidence at least"), rows)


def unseen() -> str:
    """Forms of kinds that were never learned from."""
    m = record("forms-unseen").get("metrics", {})
    rows = (
        (kind, *(f"{of[key]:.3f}" for key in ("intent_accuracy", "f1", "whole")))
        for kind, of in m.items()
    )
    head = ("never learned from", "intent", "parts F1", "forms with nothing wrong")
    wanted = ("wanted of phrasings", "≥ .97", "≥ .95", "")
    return table(head, (*rows, wanted))


def elsewhere() -> str:
    """Turns of other people's data sets."""
    head = ("reader", "IARD: intent", "over rules", "ReDial: liked films read as liked / disliked")
    return table((*head, "disliked films read as disliked / liked"), _elsewhere())


def _elsewhere() -> Rows:
    for name, what in _READERS.items():
        m = record(f"understanding-elsewhere-{name}").get("metrics")
        if m:
            iard, told = m["iard"], m["redial"]
            low, high = iard["interval"]
            share = f"{iard['intent_accuracy']:.3f} [{low:.3f}, {high:.3f}]"
            over = gain(iard["over_rules"]) if "over_rules" in iard else ""
            cells = (
                f"{told.get(f'{kind}, right', 0)} / {told.get(f'{kind}, wrong', 0)} of "
                f"{sum(n for key, n in told.items() if key.startswith(f'{kind},'))}"
                for kind in ("liked", "disliked")
            )
            yield what, share, over, *cells


def training() -> str:
    found = record("tuning-speed")
    if not found:
        return ""
    m = found["metrics"]
    low, high = m["ratio_range"]
    speeds = m["tokens_per_second"].items()
    rows = ((name, f"{speed:.0f}", f"{m['loss_after'][name]:.3f}") for name, speed in speeds)
    whole = table(("loop", "tokens a second", "loss on rows apart"), rows)
    told = f"{m['ratio']:.2f} × [{low:.2f}, {high:.2f}]"
    return f"{whole}\nOurs beside the faster of TRL's: {told} (wanted: 2 ×).\n"


def engines() -> str:
    """The adapter read by every engine that it loads in."""
    found = record("adapter-engines").get("metrics", {})
    rows = (
        (name, percent(of["equal"]), percent(of["exact"]), f"{of['mean_ms']:.0f} ms")
        for name, of in found.items()
    )
    return table(("engine", "the same call as in llama.cpp", "call right", "a turn"), rows)


_WAYS = {
    "lora": "LoRA, rank 16",
    "dora": "DoRA, rank 16",
    "qlora": "QLoRA, rank 16, four bits",
    "full": "every weight",
    "prefix": "prefix tuning, 20 tokens",
    "prompt": "prompt tuning, 20 tokens",
    "few-shot": "none, shown eleven filled forms",
    "untuned": "none",
}


def methods() -> str:
    """Ways of tuning with one budget of time, best first."""
    found = record("methods").get("metrics", {})
    rows = sorted(found.items(), key=lambda one: -one[1]["phrasings"]["whole"])
    head = ("tuned", "trained numbers", "learning rate", "tokens read", "peak memory")
    return table((*head, "loss", "answers right"), (_way(_WAYS[n], one) for n, one in rows))


def _way(what: str, one: dict) -> tuple[str, ...]:
    rate = f"{one['rate']:g}" if one["trained"] else ""
    return (
        what,
        f"{one['trained']:,}",
        rate,
        f"{one['tokens']:,.0f}",
        f"{one['memory_mb'] / 1024:.1f} GiB",
        f"{one['phrasings']['loss']:.4f}",
        percent(one["phrasings"]["whole"]),
    )


_ARMS = {"masked": "a third of the names masked", "plain": "plain names"}


def debiasing() -> str:
    """Both arms by cast of films, and what each loses to fame and to memory."""
    m = record("debias").get("metrics", {})
    casts = list(m["plain"]["right"]) if m else []
    rows = [
        (
            what,
            *(_share(m[arm]["right"][cast]) for cast in casts),
            *(_share([mean, *bounds]) for mean, bounds in m[arm]["losses"].values()),
        )
        for arm, what in _ARMS.items()
        if m
    ]
    if m:
        gained = (_share(m["masked_over_plain"][cast]) for cast in casts)
        rows.append(("difference", *gained, "", ""))
    return table(("learned from", *casts, "lost to fame", "lost to memory"), rows)


def _share(found: list[float]) -> str:
    mean, low, high = (100 * value for value in found)
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"


SECTIONS: dict[str, Callable[[], str]] = {
    "tuned-understanding": understanding,
    "tuned-strangers": strangers,
    "tuned-slots": slots,
    "tuned-sureness": sureness,
    "tuned-unseen": unseen,
    "tuned-elsewhere": elsewhere,
    "tuning-speed": training,
    "methods": methods,
    "adapter-engines": engines,
    "debias": debiasing,
    "explanations": explanations,
}
