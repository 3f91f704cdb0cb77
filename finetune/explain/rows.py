"""Rows to learn explaining from: requests are answered by the chat's own tools, facts chosen from
the evidence of what they return, and told by phrasings put together."""

import hashlib
import json
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
from finetune.explain.phrases import Frame, Told, frames, read_fact
from finetune.explain.requests import Requests
from llmrec.dialogue.act import suggestions
from llmrec.dialogue.nouns import Evidence, Suggestion
from llmrec.dialogue.reasons import FREELY, ITS_TITLE, chosen, question
from llmrec.dialogue.verify import verify
from llmrec.tools.toolbox import Toolbox

Unseen = Literal["none", "phrasings", "titles", "combinations"]
UNSEEN_KINDS: tuple[Unseen, ...] = ("phrasings", "titles", "combinations")
_AS_IN_A_REPLY = 0.5
"""Share of rows whose facts are those that a reply tells; the others hold any of them, in any
order."""
_MOST_FACTS = 3
_COMMON = 0.04
"""No combination of kinds of facts makes up more of the rows."""
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
        most = max(5, round(_COMMON * config.rows))
        of_kinds = Counter[tuple[str, ...]]()
        made = 0
        while made < config.rows:
            for suggestion in self._answered(rng):
                row = self._row(suggestion, unseen, rng)
                if row is None or of_kinds[row.kinds] >= most or made == config.rows:
                    continue
                of_kinds[row.kinds] += 1
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
        """Nothing where it is of the other side of what is kept apart, or where the verifier would
        not let it pass."""
        facts = _facts(suggestion.evidence, rng)
        told = [read_fact(fact.text) for fact in facts]
        kinds = tuple(t.form.name for t in told)
        if _titles_apart(suggestion.item_id, facts, unseen) != (unseen == "titles"):
            return None
        if _combination_apart(kinds) != (unseen == "combinations"):
            return None
        title = self.box.catalog[suggestion.item_id].label
        written = _written(title, told, rng, apart=unseen == "phrasings")
        if written is None:
            return None
        opening, said, lines = written
        item = [suggestion.item_id]
        stands = not verify(said, catalog=self.box.catalog, items=item, evidence=facts).cut
        return Row(title, facts, opening, said, kinds, lines) if stands else None


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


def _titles_apart(item_id: str, facts: Sequence[Evidence], unseen: Unseen) -> bool:
    """Whether a title is never learned from; rows to learn from do not name such ones either."""
    named = [item_id] if unseen == "titles" else [item_id, *(f.refers_to for f in facts)]
    return any(map(is_apart, named))


def _combination_apart(kinds: Sequence[str]) -> bool:
    """Of kinds that stand together; each alone is learned from."""
    return len(kinds) > 1 and is_apart("+".join(sorted(kinds)))


def _written(
    title: str, told: Sequence[Told], rng: random.Random, *, apart: bool
) -> tuple[str, str, tuple[str, ...]] | None:
    """(how to begin, what is said, the phrasings); nothing where the phrasings are all of the other
    side of what is kept apart."""
    opening = rng.choices((ITS_TITLE, FREELY, ""), (_TITLE_FIRST, _FREE, 1 - _TITLE_FIRST - _FREE))
    frame = _one([f.text for f in frames() if _suits(f, len(told), opening[0])], rng, apart=apart)
    if frame is None:
        return None
    places = Frame(frame).clauses
    lines = [
        _one([x for x in t.form.lines if _fits(x, place, opening[0])], rng, apart=apart)
        for t, place in zip(told, places, strict=True)
    ]
    used = tuple(line for line in (frame, *lines) if line is not None)
    if len(used) <= len(told) or any(map(is_apart, used)) != apart:
        return None
    text = one_reading(frame, rng)
    begun = _OPENING.match(text)
    for clause, place, line in zip(told, places, used[1:], strict=True):
        words = clause.clause(line, title if place == "names" else "it", rng)
        text = text.replace(f"[{place}]", _capital(words) if place == "It" else words, 1)
    return opening[0] or begun[0], _capital(text.replace("[film]", title)), used  # type: ignore[index]


def _one(lines: Sequence[str], rng: random.Random, *, apart: bool) -> str | None:
    """One of those that are kept apart, or of all others; of the others too where none is apart."""
    own = [line for line in lines if is_apart(line) == apart]
    found = own or (lines if apart else [])
    return rng.choice(found) if found else None


def _suits(frame: Frame, clauses: int, opening: str) -> bool:
    first = {ITS_TITLE: ("[film]", "[names]"), FREELY: ("[names]",)}.get(opening)
    begins = frame.text.startswith(first) if first else not frame.text.startswith("[")
    return begins and len(frame.clauses) == clauses


def _fits(line: str, place: str, opening: str) -> bool:
    """Whether a clause can stand in a frame's place; "the description of it" is no way to talk."""
    if place != "names":
        return "of [it]" not in line
    return line.startswith("[it]") if opening == ITS_TITLE else "[it]" in line


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def digest(rows: Sequence[Row]) -> str:
    """What a set of rows is, for the record of a training."""
    told = json.dumps([(row.messages, row.said) for row in rows], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
