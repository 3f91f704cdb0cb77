"""`Answers`: what a model said, kept by the content of the question, so that nothing is asked twice
and nothing is lost when a run is killed."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmrec.lab.channels import Request


@dataclass(frozen=True)
class Answer:
    """`raw` is what came: log-probabilities of the options, a text, or a JSON value; `None` where
    the model gave nothing to read, which `error` explains."""

    key: str
    raw: Any
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Answers:
    """An append-only file, a JSON line an answer, with the question beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known = dict(_kept(path))
        self._file = path.open("a", encoding="utf-8")

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Answer:
        return self._known[key]

    def __len__(self) -> int:
        return len(self._known)

    def add(self, answer: Answer, request: Request) -> None:
        """Written at once: what is here survives a kill."""
        self._known[answer.key] = answer
        asked = {"messages": json.dumps(request.messages, ensure_ascii=False)}
        told = {**asdict(answer), "raw": json.dumps(answer.raw), "form": request.form, **asked}
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _kept(path: Path) -> Iterator[tuple[str, Answer]]:
    """The answers of a file. A line that was cut off by a kill is taken off its end."""
    if not path.is_file():
        return
    whole = path.read_bytes()
    if whole and not whole.endswith(b"\n"):
        whole = whole[: whole.rfind(b"\n") + 1]
        path.write_bytes(whole)
    for line in whole.decode("utf-8").splitlines():
        row = json.loads(line)
        told = {name: row[name] for name in Answer.__dataclass_fields__}
        yield row["key"], Answer(**{**told, "raw": json.loads(row["raw"])})
