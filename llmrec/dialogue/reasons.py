"""Why a title is on the list, in the words of a small model that was tuned for it.

Code chooses the facts and how the words begin; the model puts the facts in one or two sentences.
They are told when the verifier has nothing to take out, every fact is in them, and no quality is
that no fact has.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal
from zlib import crc32

from classic.data.catalog import Catalog
from classic.data.item import MOODS
from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.evidence import COMPARATIVES
from llmrec.dialogue.nouns import Evidence, TraceStep
from llmrec.dialogue.verify import verify
from llmrec.linking.normal import fold
from llmrec.llm.prompt_files import load_prompt
from llmrec.llm.protocol import LanguageModel, ModelError, Usage

_MOST_WORDS = 34
"""Words of facts that go into one explanation, so that nobody waits long for it."""
_MOST_TOKENS = 100
AT_ONCE = threading.BoundedSemaphore(2)
"""People for whom words are sought at a time: in a crowd, reading what is said goes first."""
_PROMPT = "explain_title"
FREELY, ITS_TITLE = "freely", "its title"
"""Ways to begin: in any way, and with the title; all others are words."""
Because = Callable[[str, Sequence[Evidence], int], str]
"""(item id, its evidence, how many facts at most) -> why it is on the list, "" for nothing."""
_WORD = re.compile(r"\w+")
_OF_EVERY_FACT = frozenset((files("llmrec.dialogue") / "fact_words.txt").read_text("utf-8").split())
"""The words in which evidence tells facts of any title; what is left is what a fact says."""
_QUALITIES = tuple(fold(word) for word in (*COMPARATIVES, *MOODS))


def openings() -> tuple[str, ...]:
    """The ways in which words may begin, whatever the facts are."""
    return tuple(load_prompt(_PROMPT).more["openings"])  # type: ignore[arg-type]


def opening_of(item_id: str, n: int) -> str:
    """One of them, another for every title and for the `n`-th list of a chat."""
    ways = openings()
    return ways[crc32(f"{item_id} {n}".encode()) % len(ways)]


def chosen(evidence: Sequence[Evidence], most: int) -> tuple[Evidence, ...]:
    """At most so many facts to tell, the leading one first; that much of a title is liked comes
    last."""
    ranked = sorted(evidence, key=lambda fact: fact.kind == "popularity")
    picked = ranked[:1]
    for fact in ranked[1:]:
        words = sum(len(f.text.split()) for f in (*picked, fact))
        if len(picked) < most and words <= _MOST_WORDS:
            picked.append(fact)
    return tuple(picked)


def question(title: str, facts: Sequence[str], opening: str) -> list[dict[str, str]]:
    """What the model is asked: `title` with its year, `facts` as evidence tells them."""
    begin = title if opening == ITS_TITLE else opening
    return load_prompt(_PROMPT).messages(title=title, facts=list(facts), opening=begin)


def words_of(
    model: LanguageModel,
    title: str,
    facts: Sequence[Evidence],
    opening: str,
    usage: Usage | None = None,
) -> str:
    """What a model says, unread. Raises `ModelError`."""
    asked = question(title, [fact.text for fact in facts], opening)
    return "".join(model.generate_text(asked, max_tokens=_MOST_TOKENS, usage=usage)).strip()


def untold(said: str, facts: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The facts that are not in what was said, whole."""
    there = _folded(said)
    return tuple(f for f in facts if not _folded(f.text) - _OF_EVERY_FACT <= there)


def refused(
    said: str, item_id: str, facts: Sequence[Evidence], catalog: Catalog, asked: Sequence[str] = ()
) -> str:
    """Why words are not to be told, "" where they are; `asked` is what the person has said."""
    title = catalog[item_id].label
    if not said.endswith((".", "!", "?")):
        return "it has no end"
    if title not in said:
        return "the title is not in it"
    cut = verify(said, catalog=catalog, items=[item_id], evidence=facts, said=asked).cut
    if cut:
        return f"nothing carries {cut[0].why}"
    if left_out := untold(said, facts):
        return f"it leaves out that {left_out[0].text}"
    told = fold(" ".join((title, *(fact.text for fact in facts))))
    more = [q for q in _QUALITIES if _names(fold(said), q) and not _names(told, q)]
    return f"no fact says {more[0]}" if more else ""


def _names(text: str, quality: str) -> bool:
    return re.search(rf"\b{re.escape(quality)}\b", text) is not None


def _folded(text: str) -> set[str]:
    return set(_WORD.findall(fold(text)))


@dataclass
class Teller:
    """Tells of the titles of a turn, and remembers who found the words: `steps` for the trace,
    `fallbacks` where a rule has to tell instead."""

    draft: Draft
    parts: Parts
    steps: list[TraceStep] = field(default_factory=list)
    fallbacks: list[str] = field(default_factory=list)

    def because(self, item_id: str, evidence: Sequence[Evidence], most: int) -> str:
        if self.parts.teller is None or not evidence or self.parts.stop.is_set():
            return ""
        began = time.perf_counter()
        said, why_not = self._said(self.parts.teller, item_id, chosen(evidence, most))
        by: Literal["model", "rule"] = "rule" if why_not else "model"
        ms = (time.perf_counter() - began) * 1000
        self.steps.append(TraceStep(step="tell", args={"item": item_id, "by": by}, ms=ms))
        if why_not:
            self.fallbacks.append(f"tell: {why_not}; composed by rule")
        return "" if why_not else said

    def _said(
        self, model: LanguageModel, item_id: str, facts: Sequence[Evidence]
    ) -> tuple[str, str]:
        """(the words, why they are not to be told)."""
        catalog = self.parts.box.catalog
        opening = opening_of(item_id, len(self.draft["state"].sets))
        if not AT_ONCE.acquire(blocking=False):
            return "", "too many ask at a time"
        try:
            said = words_of(model, catalog[item_id].label, facts, opening, self.parts.usage)
        except ModelError as error:
            return "", str(error)
        finally:
            AT_ONCE.release()
        asked = [self.draft["text"], *self.draft.get("utterances", ())]
        return said, refused(said, item_id, facts, catalog, asked)
