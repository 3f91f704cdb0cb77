"""What a language model wrote of items: kept on this machine, a line for each item."""

import json
from pathlib import Path

from classic.errors import BadInput
from classic.home import home


def written_file(data: str) -> Path:
    return home() / "written" / f"{data}.jsonl"


def written_tags(data: str) -> dict[str, tuple[str, ...]]:
    """Tags by item id. Raises `BadInput` where nothing was written, with the mend."""
    path = written_file(data)
    if not path.is_file():
        raise BadInput(
            f"no tags are written for {data} yet: python -m llmrec.evaluate.written --data {data}"
        )
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return {line["item_id"]: tuple(line["tags"]) for line in lines}
