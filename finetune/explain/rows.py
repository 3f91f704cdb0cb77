"""Rows to learn explaining from: requests are answered by the chat's own tools, facts chosen from
the evidence of what they return, and told by phrasings put together."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from classic.candidates import Candidates
from finetune.chat.fill import Stock
from finetune.chat.phrases import one_reading
from finetune.chat.rows import is_apart
from finetune.explain.phrases import Frame, Told, clauses, frames, read_fact
from finetune.explain.requests import Requests
from llmrec.dialogue.act import suggestions
from llmrec.dialogue.nouns import Evidence, Suggestion
from llmrec.dialogue.reasons import FREELY, ITS_TITLE, chosen, question, refused
from llmrec.tools.toolbox import Toolbox

Unseen = Literal["none", "phrasings", "titles", "combinations"]
UNSEEN_KINDS: tuple[Unseen, ...] = ("phrasings", "titles", "combinations")
_AS_IN_A_REPLY = 0.5
"""Share of rows whose facts are those that a reply tells; the others hold any of them, in any
order."""
_MOST_FACTS = 3
_OFTEN = 0.12
"""A kind of fact in more of the rows than this share makes a row only beside one in fewer."""
_AT_FIRST = 20
"""Rows before which no kind is in too many."""
_BY_A_MODEL = 0.12
"""Share of requests answered as if a trained model retrieved, which gives reasons of its own."""
_TITLE_FIRST, _FREE = 0.2, 0.15
"""How often a sentence is to begin with the title, or as it likes."""
_OPENING = re.compile(r"\w+ \w+")


@dataclass(frozen=True)
class Row:
    """What is asked and what is to be said; `kinds` are the kinds of its facts in their order,
    `lines` the phrasings it was made from."""

    title: str
    facts: tuple[Evidence, ...]
    opening: str
    said: str
    kinds: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def messages(self) -> list[dict[str, str]]:
        return question(self.title, [fact.text for fact in self.facts], self.opening)


@dataclass(frozen=True)
class RowsConfig:
    rows: int = 8_000
    seed: int = 0


@dataclass
class Builder:
    """Makes rows over a toolbox. What is kept apart is the same for every seed."""

    box: Toolbox
    requests: Requests = field(init=False)

    def __post_init__(self) -> None:
        catalog = self.box.catalog
        self.requests = Requests(catalog, Stock(catalog.items, ()))

    def rows(self, config: RowsConfig, unseen: Unseen = "none") -> Iterator[Row]:
        """`unseen` "none" are the rows to learn from; the others have a phrasing, a title or a
        combination of facts that those never hold. Raises `BadInput` for evidence that no phrasing
        tells."""
        rng = random.Random(f"{config.seed} {unseen}")
        of_kind = Counter[str]()
        made = 0
        while made < config.rows:
            for suggestion in self._answered(rng):
                row = self._row(suggestion, unseen, rng)
                if row is None or made == config.rows:
                    continue
                if min(of_kind[kind] for kind in row.kinds) > _OFTEN * (made + _AT_FIRST):
                    continue
                of_kind.update(row.kinds)
                made += 1
                yield row

    def _answered(self, rng: random.Random) -> list[Suggestion]:
        """Titles of the list that answers a request, those that have reasons."""
        query = self.requests.draw(rng)
        found = self.box.run(query, "recommend").candidates
        if rng.random() < _BY_A_MODEL:
            found = _by_a_model(found)
        return [s for s in suggestions(self.box, found, query) if s.evidence]

    def _row(self, suggestion: Suggestion, unseen: Unseen, rng: random.Random) -> Row | None:
        """Nothing where it is of the other side of what is kept apart, or where the chat would not
        tell it."""
        facts = _facts(suggestion.evidence, rng)
        told = [read_fact(fact.text) for fact in facts]
        kinds = tuple(t.form.name for t in told)
        others = [] if unseen == "titles" else [f.refers_to for f in facts]
        named = [i for i in (suggestion.item_id, *others) if i in self.box.catalog]
        if any(map(is_apart, named)) != (unseen == "titles"):
            return None
        if _combination_apart(kinds) != (unseen == "combinations"):
            return None
        title = self.box.catalog[suggestion.item_id].label
        written = _written(title, told, rng, apart=unseen == "phrasings")
        if written is None:
            return None
        opening, said, lines = written
        if refused(said, suggestion.item_id, facts, self.box.catalog):
            return None
        return Row(title, facts, opening, said, kinds, lines)


def _by_a_model(found: Candidates) -> Candidates:
    """What item-to-item behaviour adds to a score, as if a model that is no sum had added it."""
    renamed = tuple(
        {name.replace("neighbour:", "model:"): share for name, share in sources.items()}
        for sources in found.sources
    )
    return replace(found, sources=renamed)


def _facts(evidence: Sequence[Evidence], rng: random.Random) -> tuple[Evidence, ...]:
    most = rng.randint(1, _MOST_FACTS)
    if rng.random() < _AS_IN_A_REPLY:
        return chosen(evidence, most)
    return tuple(rng.sample(evidence, min(most, len(evidence))))


def _combination_apart(kinds: Sequence[str]) -> bool:
    """Of kinds that stand together; each alone is learned from."""
    return len(kinds) > 1 and is_apart("+".join(sorted(kinds)))


def _written(
    title: str, told: Sequence[Told], rng: random.Random, *, apart: bool
) -> tuple[str, str, tuple[str, ...]] | None:
    """(how to begin, what is said, the phrasings); nothing where the phrasings are all of the other
    side of what is kept apart."""
    shares = (_TITLE_FIRST, _FREE, 1 - _TITLE_FIRST - _FREE)
    (opening,) = rng.choices((ITS_TITLE, FREELY, ""), shares)
    frame = _one([f.text for f in frames() if _suits(f, len(told), opening)], rng, apart=apart)
    if frame is None:
        return None
    text = one_reading(frame, rng)
    used = [frame]
    begun = _OPENING.match(text)
    for fact, place in zip(told, clauses(text), strict=True):
        line = _one([x for x in fact.form.lines if _fits(x, place, opening)], rng, apart=apart)
        if line is None:
            return None
        used.append(line)
        words = fact.clause(line, title if place == "names" else "it", rng)
        text = text.replace(f"[{place}]", _capital(words) if place == "It" else words, 1)
    if any(map(is_apart, used)) != apart:
        return None
    said = _capital(text.replace("[film]", title))
    return opening or (begun[0] if begun else FREELY), said, tuple(used)


def _one(lines: Sequence[str], rng: random.Random, *, apart: bool) -> str | None:
    """One of those that are kept apart, or of all others; of the others too where none is apart."""
    own = [line for line in lines if is_apart(line) == apart]
    found = own or (lines if apart else [])
    return rng.choice(found) if found else None


def _suits(frame: Frame, n_clauses: int, opening: str) -> bool:
    first = {ITS_TITLE: ("[film]", "[names]"), FREELY: ("[names]",)}.get(opening)
    begins = frame.text.startswith(first) if first else not frame.text.startswith("[")
    return begins and frame.size == n_clauses


def _fits(line: str, place: str, opening: str) -> bool:
    """Whether a clause can stand in a frame's place; "the description of it" is no way to talk."""
    if place != "names":
        return "of [it]" not in line
    return line.startswith("[it]") if opening == ITS_TITLE else "[it]" in line


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
