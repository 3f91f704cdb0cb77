"""Are reasons that a small model tells true, whole and varied?

    python -m benchmarks.explanations --out results/explanations [--turns 200] [--adapter DIR]

The facts are those that the chat chooses in scripted turns read by rule: of the first two titles of
a list, and of a title that was asked about. They are told by the adapter, by the model untuned, and
by rule, and read by a checker that shares no code with the verifier (`llmrec.evaluate.claims`).
`before`: the share of sentences, as a model wrote them, with nothing unsupported; `after`: of those
that the chat tells, which are the rule's where a model's are refused;
`fallback`: how often they are; `covered`: the share of chosen facts in a model's words; `shapes`:
how many ways of putting it, names and numbers aside, there are for one explanation. Intervals are
over turns.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.progress import say
from benchmarks.script import conversations
from classic.data.item import MOODS
from classic.metrics import interval
from llmrec.assistant import Assistant
from llmrec.dialogue.compose import LISTED, TOLD, WHY, fact_sentence
from llmrec.dialogue.nouns import Evidence, Turn
from llmrec.dialogue.reasons import chosen, opening_of, refused, untold, words_of
from llmrec.evaluate.claims import Claims
from llmrec.evaluate.record import write_record
from llmrec.llm.adapters import named, shipped
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.store import Store
from llmrec.text import SENTENCE_END

_TURNS_EACH = 5
_OF_ONE_FACT = re.compile(r"(?<=shares ).+?(?= with )|(?<=speaks of ).+")
_NAME = r"\b[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)*"


@dataclass(frozen=True)
class Asked:
    """One explanation to be given: `turn` is the number of its turn, `said` what the person said in
    the talk so far, `n` the number of the list."""

    turn: int
    item_id: str
    facts: tuple[Evidence, ...]
    said: str
    n: int


Tell = Callable[[Asked], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--adapter", type=Path, default=shipped("explain"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/a.sqlite")
        assistant = Assistant.open("films", "rules", store=store)
        catalog = assistant.opened.box.catalog
        talks = conversations(catalog, given.turns // _TURNS_EACH, _TURNS_EACH, seed=3)
        asked = list(questions(assistant, talks))
    claims = Claims()
    cases = []
    for name, tell in tellers(catalog, given.adapter).items():
        say(name)
        cases += [{"teller": name, **judged(one, tell, catalog, claims)} for one in asked]
    names = dict.fromkeys(str(c["teller"]) for c in cases)
    metrics = {name: summed([c for c in cases if c["teller"] == name]) for name in names}
    config = {"turns": given.turns, "adapter": named(given.adapter) if given.adapter else None}
    write_record(given.out, config=config, metrics=metrics, per_case=cases, seeds=[3])
    print(json.dumps(metrics, indent=1))


def questions(assistant: Assistant, talks: Sequence[Sequence[str]]) -> Iterator[Asked]:
    """What the chat would have told in each turn of each talk."""
    number = 0
    for talk in talks:
        here, said = assistant.new_session("auditor").session_id, ""
        for text in talk:
            turn = assistant.ask("auditor", here, text)
            said, number = f"{said} {text}".strip(), number + 1
            for item_id, facts in _told_of(turn):
                if facts:
                    yield Asked(number, item_id, facts, said, len(turn.state.sets))
        assistant.erase("auditor")


def _told_of(turn: Turn) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    for shown in turn.items[:LISTED]:
        yield shown.item_id, chosen(shown.evidence, TOLD)
    if turn.intent == "explain":
        for item_id in dict.fromkeys(e.item_id for e in turn.evidence):
            own = [e for e in turn.evidence if e.item_id == item_id]
            yield item_id, chosen(own, WHY)


def tellers(catalog: Any, adapter: Path | None) -> dict[str, Tell]:
    """Who tells, by name; without an adapter or the embedded model, those that are here."""
    found: dict[str, Tell] = {}
    path = embedded_gguf()
    if path is not None:
        models = {"tuned": LlamaCpp(path, adapters=[adapter])} if adapter else {}
        models["untuned"] = LlamaCpp(path)
        for name, model in models.items():
            found[name] = _by(model, catalog)
    return {**found, "rules": lambda asked: by_rule(asked, catalog)}


def _by(model: LlamaCpp, catalog: Any) -> Tell:
    def tell(asked: Asked) -> str:
        opening = opening_of(asked.item_id, asked.n)
        return words_of(model, catalog[asked.item_id].label, asked.facts, opening)

    return tell


def by_rule(asked: Asked, catalog: Any) -> str:
    """The chosen facts, sentence by sentence."""
    first, *others = asked.facts
    return " ".join([fact_sentence(first, catalog), *(f"Also, {f.text}." for f in others)])


def judged(asked: Asked, tell: Tell, catalog: Any, claims: Claims) -> dict[str, object]:
    """What a teller made of one question, before and after the chat has read it."""
    began = time.perf_counter()
    raw = tell(asked)
    seconds = time.perf_counter() - began
    why_not = refused(raw, asked.item_id, asked.facts, catalog, [asked.said])
    final = by_rule(asked, catalog) if why_not else raw
    behind = [i.item_id for i in catalog if any(i.label in f.text for f in asked.facts)]
    before = claims.about_one(asked.item_id, raw, asked.said, behind)
    after = claims.about_one(asked.item_id, final, asked.said, behind)
    return {
        "turn": asked.turn,
        "facts": json.dumps([f.text for f in asked.facts], ensure_ascii=False),
        "raw": raw,
        "refused": why_not,
        "found": json.dumps([[f.kind, f.said] for f in before], ensure_ascii=False),
        "before": supported(raw, len(before)),
        "after": supported(final, len(after)),
        "fallback": float(bool(why_not)),
        "covered": 1.0 - len(untold(raw, asked.facts)) / len(asked.facts),
        "words": len(raw.split()),
        "seconds": seconds,
        "shape": shape(raw, asked.facts, [catalog[i].label for i in (asked.item_id, *behind)]),
    }


def supported(said: str, n_found: int) -> float:
    """The share of sentences in which nothing was found, each finding taken for one of its own."""
    sentences = len(SENTENCE_END.split(said))
    return 1.0 - min(n_found, sentences) / sentences


def shape(said: str, facts: Sequence[Evidence], labels: Sequence[str]) -> str:
    """The words without what is of one film: names, numbers, moods and what two films share."""
    own = [*labels, *(m for f in facts for m in _OF_ONE_FACT.findall(f.text))]
    for words in sorted(own, key=len, reverse=True):
        said = said.replace(words, "_")
    return re.sub(rf"“[^”]*”|\d+|\b(?:{'|'.join(MOODS)})\b|{_NAME}", "_", said)


def summed(cases: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Means over explanations with intervals over turns, and what is no mean."""
    found: dict[str, object] = {"explanations": len(cases)}
    turns = np.array([c["turn"] for c in cases])
    for name in ("before", "after", "fallback", "covered", "words", "seconds"):
        values = np.array([float(c[name]) for c in cases])
        by_turn = np.array([values[turns == t].mean() for t in np.unique(turns)])
        found[name] = [round(v, 4) for v in (float(values.mean()), *interval(by_turn))]
    seconds = [float(c["seconds"]) for c in cases]
    found["p50_seconds"] = round(float(np.quantile(seconds, 0.5)), 3)
    found["p95_seconds"] = round(float(np.quantile(seconds, 0.95)), 3)
    found["shapes"] = round(len({c["shape"] for c in cases}) / len(cases), 4)
    return found


if __name__ == "__main__":
    main()
