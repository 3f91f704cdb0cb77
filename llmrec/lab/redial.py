"""ReDial (Li et al., NeurIPS 2018): somebody looks for a film, somebody else recommends.

Its validation dialogues are read in ReDial's own format, where a mention is a number. The moments
to ask about are the test instances of He et al. (CIKM 2023): each a turn in which the recommender
names a film, with what was said before it. They tell no roles, and their ready-made prompts give
the first line to the seeker, whoever spoke it; but two lines never come from one person, and after
the last of them the recommender speaks, so that the roles follow from the end.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from classic.data.places import find_folder
from classic.errors import BadInput
from llmrec.lab.dialogue import Dialogue, Line, line_of

_LEARNED, _ASKED, _NAMES = (
    "valid_data.jsonl",
    "llm_zeroshot_crs/test.jsonl",
    "ievalm/entity2type.json",
)
_FROM = {
    _LEARNED: "RUCAIBox/iEvaLM-CRS",
    _ASKED: "AaronHeee/LLMs-as-Zero-Shot-Conversational-RecSys",
    _NAMES: "RUCAIBox/iEvaLM-CRS",
}
"""The repositories of GitHub that hold each in their data/redial."""
_NUMBER = re.compile(r"@(\d+)")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """What had been said in a dialogue when the recommender said `reply`."""

    dialogue_id: str
    lines: tuple[Line, ...]
    reply: Line


@dataclass(frozen=True)
class Redial:
    """Films go by their titles as listed, `Heat (1995)`. No dialogue is both in `learned` and among
    the `moments`."""

    learned: tuple[Dialogue, ...]
    moments: tuple[Moment, ...]
    files: tuple[Path, ...]


def read_redial() -> Redial:
    """Raises `BadInput` when a file is not here, or is another, and where a dialogue of `moments`
    trains."""
    files = learned_at, asked_at, names_at = tuple(_path(name) for name in _FROM)
    mentioned = (title for own in _rows(learned_at, titles_of) for title in own.values())
    titles = {*_listed_titles(names_at), *mentioned}
    learned = _rows(learned_at, lambda row: dialogue_of(row, titles))
    moments = _rows(asked_at, lambda row: _moment(row, titles))
    both = {d.dialogue_id for d in learned} & {m.dialogue_id for m in moments}
    if both:
        raise BadInput(f"{asked_at}: dialogue {min(both)} is also in {learned_at}")
    return Redial(tuple(learned), tuple(moments), files)


def _path(name: str) -> Path:
    folder = find_folder("redial", name)
    if folder is None:
        raise BadInput(
            f"redial/{name} is not here: put data/redial/{Path(name).name} of "
            f"github.com/{_FROM[name]} there, in a folder redial of $LLMREC_DATA"
        )
    return folder / name


def _rows(path: Path, read: Callable[[Any], T]) -> list[T]:
    """Each line, read. Raises `BadInput` naming the line that is none."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            found.append(read(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{path}, line {number} is no dialogue of ReDial ({error!r})") from None
    return found


def _listed_titles(path: Path) -> Iterator[str]:
    try:
        kinds = json.loads(path.read_text("utf-8"))
        yield from (_plain(name) for name, kind in kinds.items() if kind == "movie")
    except (ValueError, AttributeError):
        raise BadInput(f"{path} is no table of names and what they are") from None


def titles_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The films of a line of ReDial's own format by their numbers, of which some have no title."""
    return {number: _plain(title) for number, title in row["movieMentions"].items() if title}


def dialogue_of(row: Mapping[str, Any], titles: set[str]) -> Dialogue:
    """A line of ReDial's own format, in which these titles are films."""
    own, lines = titles_of(row), []
    for message in row["messages"]:
        by_seeker = message["senderWorkerId"] == row["initiatorWorkerId"]
        text = _NUMBER.sub(lambda m: own.get(m[1], m[0]), _plain(message["text"]))
        lines.append(line_of("seeker" if by_seeker else "recommender", text, titles))
    return Dialogue(str(row["conversationId"]), tuple(lines))


def _moment(row: Mapping[str, Any], titles: set[str]) -> Moment:
    """Where the recommender opens, an empty line of the seeker's stands before."""
    lines = [
        line_of("recommender" if place % 2 else "seeker", _plain(text), titles)
        for place, text in enumerate(reversed(row["context"]))
        if text
    ]
    reply = line_of("recommender", _plain(row["resp"]), titles)
    return Moment(str(row["dialog_id"]).removeprefix("test_"), tuple(lines[::-1]), reply)


def _plain(text: str) -> str:
    """Of some releases a `?` is `%3F` and an `&` is `&amp;`."""
    return " ".join(unescape(unquote(text)).split())
