"""`verify`: the sentences of a reply that stand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from classic.data.catalog import Catalog
from llmrec.dialogue.nouns import Evidence
from llmrec.dialogue.verify.facts import Facts
from llmrec.dialogue.verify.genres import unsupported_genres
from llmrec.dialogue.verify.names import names_of
from llmrec.dialogue.verify.numbers import unsupported_numbers
from llmrec.dialogue.verify.relations import (
    unsupported_kinds,
    unsupported_relations,
    unsupported_roles,
)
from llmrec.dialogue.verify.sentence import Sentence, read
from llmrec.dialogue.verify.strangers import unsupported_names
from llmrec.text import SENTENCE_END, without_markup


@dataclass(frozen=True)
class Cut:
    """A sentence that went, and what in it was not supported."""

    sentence: str
    why: str


@dataclass(frozen=True)
class Verified:
    """What is left of a reply."""

    text: str
    cut: tuple[Cut, ...] = ()


def verify(
    reply: str,
    *,
    catalog: Catalog,
    items: Sequence[str],
    evidence: Sequence[Evidence],
    said: Sequence[str] = (),
) -> Verified:
    """The sentences of a reply that facts support. `items` are the ids that the tools returned,
    `said` the person's own words. Never raises."""
    facts = Facts(catalog, tuple(items), tuple(evidence), tuple(said))
    kept, cut = [], []
    subject: tuple[str, ...] = ()
    for text in filter(None, map(str.strip, SENTENCE_END.split(without_markup(reply)))):
        sentence = read(text, facts, names_of(catalog), subject)
        why = next(_unsupported(sentence, facts), None)
        if why:
            cut.append(Cut(text, why))
        else:
            kept.append(text)
            subject = sentence.named or subject
    return Verified(" ".join(kept), tuple(cut))


def verifier(catalog: Catalog) -> Callable[..., Verified]:
    """`verify` over one catalogue: (reply, items, evidence, said)."""

    def check(
        reply: str, items: Sequence[str], evidence: Sequence[Evidence], said: Sequence[str]
    ) -> Verified:
        return verify(reply, catalog=catalog, items=items, evidence=evidence, said=said)

    return check


def _unsupported(sentence: Sentence, facts: Facts) -> Iterator[str]:
    yield from (f"title {t}" for t in sentence.strangers)
    yield from unsupported_names(sentence, facts)
    yield from unsupported_numbers(sentence, facts)
    yield from unsupported_genres(sentence, facts)
    yield from unsupported_relations(sentence, facts)
    yield from unsupported_roles(sentence, facts)
    yield from unsupported_kinds(sentence, facts)
