"""Are replies true? Scripted turns, read by a checker that shares no code with the verifier.

    python -m benchmarks.truth --out runs/truth [--mode rules] [--turns 500]

Reports, over all turns: items named outside the tool results, unsupported facts in the reply, and
how often taking the leading evidence away lowers the item's score.
"""

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.claims import Claims
from benchmarks.script import conversations
from llmrec.assistant import Assistant
from llmrec.dialogue import wishes
from llmrec.dialogue.nouns import Turn
from llmrec.evaluate.record import write_record
from llmrec.store import Store

_TURNS_EACH = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mode", default="rules")
    parser.add_argument("--turns", type=int, default=500)
    given = parser.parse_args()
    claims = Claims()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/a.sqlite")
        assistant = Assistant.open("films", given.mode, store=store)
        script = conversations(
            assistant.opened.box.catalog, given.turns // _TURNS_EACH, _TURNS_EACH, seed=2
        )
        cases = [case for talk in script for case in audit(assistant, claims, talk)]
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
        "evidence_cited": cited,
        "faithful_share": round(sum(int(str(c["faithful"])) for c in cases) / max(cited, 1), 4),
    }
    config = {"mode": given.mode, "turns": given.turns}
    write_record(given.out, config=config, metrics=metrics, per_case=cases, seeds=[2])
    print(json.dumps(metrics, indent=1))


def audit(assistant: Assistant, claims: Claims, talk: list[str]) -> list[dict]:
    """Every turn of a talk, with what the checker found in its reply."""
    here = assistant.new_session("auditor").session_id
    said = ""
    cases = []
    for text in talk:
        turn = assistant.ask("auditor", here, text)
        said += f" {text}"
        behind = [e.refers_to for e in turn.evidence]
        behind += [p.value for p in assistant.preferences("auditor", here) if p.kind == "item"]
        behind += list(turn.state.anchors) + [e.item_id for e in turn.evidence]
        behind += list(turn.offers)
        found = claims.unsupported(turn.reply, [s.item_id for s in turn.items], said, behind)
        cited, faithful = faithfulness(assistant, here, turn)
        cases.append(
            {
                "text": text,
                "reply": turn.reply,
                "findings": json.dumps([f.kind for f in found]),
                "what": json.dumps([f.said for f in found], ensure_ascii=False),
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
