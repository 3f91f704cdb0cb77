"""ReDial's files with dialogues that are made up: a seeker names a film, and gets the next one."""

import json
from collections.abc import Sequence
from pathlib import Path

from llmrec.lab.redial import Redial, read_redial

FILMS = 60


def film(n: int) -> str:
    """Every tenth is one of the embedded films."""
    real = {0: "Heat (1995)", 10: "Casino (1995)", 20: "Alien (1979)", 30: "Fargo (1996)"}
    return real.get(n % FILMS, f"Made Up No {n % FILMS} (19{20 + n % FILMS})")


def learned(number: int) -> dict:
    """Films n, n + 1 and n + 2 in one dialogue, with a word of their own."""
    numbers = {str(100 + n): f"{film(n)}" for n in range(number, number + 3)}
    one, two, three = (f"@{n}" for n in numbers)
    said = [(2, f"I want zest{number % FILMS} like {one}"), (1, f"{two} or {three}?"), (2, "Bye")]
    return {
        "conversationId": f"learned{number}",
        "initiatorWorkerId": 2,
        "respondentWorkerId": 1,
        "movieMentions": numbers,
        "messages": [{"senderWorkerId": who, "text": text} for who, text in said],
    }


def asked(number: int) -> list[dict]:
    """Two turns: film n + 1 after n, and the same again with n + 2."""
    one, two, three = (film(n) for n in range(number, number + 3))
    first = ["", f"I want zest{number % FILMS} like {one}"]
    then = [*first, f"Try {two}", "Seen it, something else"]
    said = [(first, f"Try {two}"), (then, f"Not {two}? Then {three} it is")]
    return [{"dialog_id": f"test_{number}", "context": c, "resp": r} for c, r in said]


def write_redial(
    folder: Path, learned_rows: Sequence[object], asked_rows: Sequence[object]
) -> None:
    """The three files, in a folder redial."""
    kinds = {film(n): "movie" for n in range(FILMS)} | {"comedy": "genre"}
    for name, text in {
        "valid_data.jsonl": "\n".join(map(json.dumps, learned_rows)),
        "llm_zeroshot_crs/test.jsonl": "\n".join(map(json.dumps, asked_rows)),
        "ievalm/entity2type.json": json.dumps(kinds),
    }.items():
        path = folder / "redial" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def made_up_talks(folder: Path, people: int = 30) -> Redial:
    """`$LLMREC_DATA` has to be `folder`."""
    rows = [row for n in range(people) for row in asked(n)]
    write_redial(folder, [learned(n) for n in range(FILMS)], rows)
    return read_redial()
