"""Are replies true? Scripted turns, read by a checker that shares no code with the verifier.

    python -m benchmarks.truth --out results/truth-rules [--mode rules] [--turns 500]
    python -m benchmarks.truth --out results/truth-narrated --mode prompted --narrate

Reports, over all turns: items named outside the tool results, unsupported facts in the reply, and
how often taking the leading evidence away lowers the item's score. `--narrate` lets the small model
tell the reasons in its own words, which the chat does not, so that what the verifier takes out can
be counted: the same figures for the model's words as they came.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.script import conversations
from llmrec.assistant import Assistant
from llmrec.dialogue import wishes
from llmrec.dialogue.nouns import Turn
from llmrec.evaluate.claims import Claims
from llmrec.evaluate.record import write_record
from llmrec.llm.protocol import LanguageModel
from llmrec.modes import model_for
from llmrec.store import Store

_TURNS_EACH = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mode", default="rules")
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--narrate", action="store_true")
    given = parser.parse_args()
    claims = Claims()
    told = Told(model_for(None)) if given.narrate else None
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/a.sqlite")
        assistant = Assistant.open("films", given.mode, store=store, model=told)
        script = conversations(
            assistant.opened.box.catalog, given.turns // _TURNS_EACH, _TURNS_EACH, seed=2
        )
        cases = [case for talk in script for case in audit(assistant, claims, talk, told)]
    kinds = Counter(kind for c in cases for kind in json.loads(str(c["findings"])))
    cited = sum(int(str(c["cited"])) for c in cases)
    metrics = {
        "turns": len(cases),
        "turns_with_unsupported_facts": sum(1 for c in cases if c["findings"] != "[]"),
        "unsupported_share": round(
            sum(1 for c in cases if c["findings"] != "[]") / max(len(cases), 1), 4
        ),
        "by_kind": dict(kinds),
        "items_outside_tool_results": kinds.get("title", 0),
        **before_the_verifier(cases),
        "evidence_cited": cited,
        "faithful_share": round(sum(int(str(c["faithful"])) for c in cases) / max(cited, 1), 4),
    }
    config = {"mode": given.mode, "turns": given.turns, "narrate": given.narrate}
    write_record(given.out, config=config, metrics=metrics, per_case=cases, seeds=[2])
    print(json.dumps(metrics, indent=1))


def before_the_verifier(cases: list[dict]) -> dict:
    """What the model said by itself: how many turns of its own words, how many unsupported."""
    told = [c for c in cases if c["raw"]]
    if not told:
        return {}
    bad = sum(1 for c in told if c["raw_findings"] != "[]")
    kept = [c for c in told if not c["composed"]]
    return {
        "turns_told_by_the_model": len(told),
        "unsupported_share_before_the_verifier": round(bad / len(told), 4),
        "turns_told_that_survive": len(kept),
        "unsupported_share_of_survivors": round(
            sum(1 for c in kept if c["findings"] != "[]") / max(len(kept), 1), 4
        ),
    }


class Told:
    """The model taken for a fluent one, with its words kept as they came."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.words = model, ""
        self.info = replace(model.info, fluent=True)
        self.score_options, self.generate_json = model.score_options, model.generate_json

    def generate_text(self, *asked: Any, **how: Any) -> Iterator[str]:
        self.words = ""
        for piece in self.model.generate_text(*asked, **how):
            self.words += piece
            yield piece


def audit(assistant: Assistant, claims: Claims, talk: list[str], told: Told | None) -> list[dict]:
    """Every turn of a talk, with what the checker found in its reply."""
    here = assistant.new_session("auditor").session_id
    said = ""
    cases = []
    for text in talk:
        if told:
            told.words = ""
        turn = assistant.ask("auditor", here, text)
        said += f" {text}"
        behind = [e.refers_to for e in turn.evidence]
        behind += [p.value for p in assistant.preferences("auditor", here) if p.kind == "item"]
        behind += list(turn.state.anchors) + [e.item_id for e in turn.evidence]
        behind += list(turn.offers)
        shown = [s.item_id for s in turn.items]
        found = claims.unsupported(turn.reply, shown, said, behind)
        raw = told.words if told else ""
        raw_found = claims.unsupported(raw, shown, said, behind) if raw else []
        cited, faithful = faithfulness(assistant, here, turn)
        cases.append(
            {
                "text": text,
                "reply": turn.reply,
                "findings": json.dumps([f.kind for f in found]),
                "what": json.dumps([f.said for f in found], ensure_ascii=False),
                "raw": raw,
                "raw_findings": json.dumps([f.kind for f in raw_found]),
                "composed": any("composed by rule" in f for f in turn.fallbacks),
                "cited": cited,
                "faithful": faithful,
            }
        )
    assistant.erase("auditor")
    return cases


def faithfulness(assistant: Assistant, here: str, turn: Turn) -> tuple[int, int]:
    """(liked items cited first, how many of them lower the score when they are taken away)."""
    held = assistant.preferences("auditor", here)
    query = wishes.query(held, turn.state)
    box, cited, lower = assistant.opened.box, 0, 0
    for shown in turn.items:
        lead = next((e for e in shown.evidence if e.kind in ("neighbour", "content")), None)
        if lead is None or lead.refers_to not in query.history.item_ids:
            continue
        without = type(query)(
            **{
                **{n: getattr(query, n) for n in query.__slots__},
                "history": query.history.without(lead.refers_to),
            }
        )
        before = box.score(query, (shown.item_id,)).scores[0]
        after = box.score(without, (shown.item_id,)).scores[0]
        cited += 1
        lower += bool(after < before)
    return cited, lower


if __name__ == "__main__":
    main()
