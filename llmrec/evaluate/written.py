"""Tags that a language model writes of a data set's items, for rankers to read (`classic evaluate
--table tags-100k-random`).

    python -m llmrec.evaluate.written --data ml-100k [--model M]

Items that have their tags already are left alone, so what was cut off goes on.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from classic.data.datasets import load
from classic.data.item import Item
from classic.data.written import written_file
from llmrec.llm.choose import open_model
from llmrec.llm.prompt_files import Prompt, load_prompt
from llmrec.llm.protocol import LanguageModel

_MOST_TAGS = 6
_MOST_TOKENS = 32
_PART = re.compile(r"[^,;\n]+")


def tags_of(answer: str) -> tuple[str, ...]:
    """The different keywords of an answer, in small letters, as many as were asked for."""
    parts = [" ".join(part.lower().strip(" .\"'").split()) for part in _PART.findall(answer)]
    return tuple(dict.fromkeys(part for part in parts if part))[:_MOST_TAGS]


def written(item: Item, model: LanguageModel, prompt: Prompt) -> tuple[str, ...]:
    """Raises `ModelError`."""
    year = f" ({item.year})" if item.year else ""
    messages = prompt.messages(title=f"{item.title}{year}", genres=item.genres)
    return tags_of("".join(model.generate_text(messages, max_tokens=_MOST_TOKENS, stop=["\n"])))


def write_all(
    items: list[Item], model: LanguageModel, prompt: Prompt, path: Path
) -> Iterator[Item]:
    """A line for each item that has none yet, kept at once; gives the items as they are done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = set()
    if path.is_file():
        done = {json.loads(line)["item_id"] for line in path.read_text("utf-8").splitlines()}
    with path.open("a", encoding="utf-8") as file:
        for item in items:
            if item.item_id not in done:
                line = {"item_id": item.item_id, "tags": written(item, model, prompt)}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
            yield item


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="ml-100k")
    parser.add_argument("--model")
    given = parser.parse_args()
    items, path = list(load(given.data).catalog), written_file(given.data)
    told = write_all(items, open_model(given.model), load_prompt("write_tags"), path)
    for _ in tqdm(told, total=len(items), file=sys.stderr, unit="item"):
        pass
    print(path)


if __name__ == "__main__":
    main()
