"""A sentence of a reply: which items it names, which it speaks of, what else it says."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from classic.data.item import Item
from llmrec.dialogue.verify.facts import Facts, fields, plain, written
from llmrec.dialogue.verify.names import Named, Names, Words, forms_of
from llmrec.linking.common_words import COMMON
from llmrec.linking.normal import fold, tokens

_PRONOUN = re.compile(r"\W*(?:it|its|this|that|the (?:film|movie|story))\b", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|its)\b", re.IGNORECASE)
_YEAR = re.compile(r"[ (,]*\b(1[89]\d\d|20\d\d)\b")
_VERB = re.compile(
    r"(?:'s)?\s+(?:is|was|has|had|would|could|might|will|came|comes|belongs|lasts|runs|takes|stars|"
    r"shares|stays|fits|and [A-Z]|by [A-Z]|\(\d{4}\))|,\s+(?:with|which|from|by)\b"
)
_OWNS = re.compile(r"['’]s?\s+(?:\w+\s+)?(?:film|movie|comedy|drama|thriller|story|one|classic)\b")
"""Behind a name: the film is spoken of by who made it."""
_THE = re.compile(r"\b(?:the|that|this|other|another|same)\s+$", re.IGNORECASE)
_FILM = re.compile(r"\s+(?:film|movie|comedy|drama|thriller|one|classic)\b")
_ONLY_A_FILM = re.compile(r"\s+\(\d{4}\)|,\s+(?:another|one of|which is (?:a|one))\b")
_NEVER_TITLE = {"it", "this", "that", "one", "both", "here", "all", "they", "who", "what"}
_QUOTES = '“"*_‘'


@dataclass(frozen=True)
class Sentence:
    """`places` is where it names which item, `subject` what an "it" at its head stands for,
    `about` the items that it speaks of, `strangers` titles that may not be named, `people` where it
    has which full name, `owners` those of them that stand for a film ("the Bill Murray film"),
    `rest` its text with titles and people blanked."""

    text: str
    places: tuple[tuple[int, str], ...]
    subject: tuple[str, ...]
    about: tuple[Item, ...]
    strangers: tuple[str, ...]
    people: tuple[tuple[int, Words], ...]
    owners: tuple[Words, ...]
    rest: str

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item_id for _, item_id in self.places))


def read(text: str, facts: Facts, names: Names, subject: tuple[str, ...]) -> Sentence:
    """`subject` are the items that the sentence before named, for an "it" that starts this one."""
    places: list[tuple[int, str]] = []
    strangers: list[str] = []
    people: list[tuple[int, Words]] = []
    owners: list[Words] = []
    rest = text
    for found in names.find(text):
        if found.person and not found.ids:
            people.append((found.start, found.forms))
            owners += [found.forms] if _stands_for_a_film(text, found) else []
        elif ids := [i for i in found.ids if i in facts.speakable]:
            if not _as_title(text, found) and fold(text[found.start : found.end]) in COMMON:
                continue
            places.append((found.start, _which(ids, text, found, facts)))
        elif not _as_title(text, found):
            continue
        elif not any(stands(text, found, facts) for stands in _standing(text, found)):
            strangers.append(text[found.start : found.end])
        blank = "~" * (found.end - found.start)
        rest = rest[: found.start] + blank + rest[found.end :]
    named = [item_id for _, item_id in places]
    elsewhere = (subject or facts.items) if _speaks_of_another(rest, places, facts) else ()
    subject = subject if _PRONOUN.match(text) else ()
    makers = {forms for _, forms in people} if not set(named) & set(facts.items) else set(owners)
    named += [i for i in facts.items if _people_of(facts.catalog[i]) & makers]
    spoken = dict.fromkeys((*(named or subject or facts.items), *elsewhere))
    return Sentence(
        text=text,
        places=tuple(places),
        subject=subject,
        about=tuple(facts.catalog[i] for i in spoken if i in facts.catalog),
        strangers=tuple(strangers),
        people=tuple(people),
        owners=tuple(owners),
        rest=rest,
    )


def _stands_for_a_film(text: str, found: Named) -> bool:
    before, after = text[: found.start], text[found.end :]
    return bool(_OWNS.match(after) or (_THE.search(before) and _FILM.match(after)))


def _speaks_of_another(rest: str, places: list[tuple[int, str]], facts: Facts) -> bool:
    """Whether an "it" means what an earlier sentence named, not a film of this one: it stands
    before all of them, or they are only there to compare with."""
    it = _IT.search(rest)
    if not it or not places:
        return False
    return it.start() < places[0][0] or not {i for _, i in places} & set(facts.items)


def _people_of(item: Item) -> set[Words]:
    return {forms_of(p) for p in item.people}


def _head_of_a_title(text: str, found: Named, facts: Facts) -> bool:
    """Whether a title that may be named begins so: Austin Powers, of its second film."""
    head = " ".join(found.forms)
    titles = (" ".join(forms_of(item.title)) for item in facts.background)
    return any(title.startswith(f"{head} ") for title in titles)


def _part_of_a_fact(text: str, found: Named, facts: Facts) -> bool:
    """Whether the words stand in a longer name that a fact has: Hannibal in Hannibal Lecter."""
    after = re.match(r"\s+([A-Z][\w'’-]+)", text[found.end :])
    before = re.search(r"([A-Z][\w'’-]+)\s+$", text[: found.start])
    name = " ".join(found.forms)
    longer = [f"{name} {fold(after[1])}"] if after else []
    longer += [f"{fold(before[1])} {name}"] if before else []
    known = "\n".join(fields(facts.catalog[i]) for i in facts.speakable)
    return any(phrase.removesuffix("s") in known for phrase in longer)


def _in_a_fact(text: str, found: Named, facts: Facts) -> bool:
    """Whether the words stand in a fact with the same capitals: Chicago as a place."""
    said = plain(text[found.start : found.end])
    return any(
        re.search(
            rf"(?<=[a-z,] ){re.escape(said)}\b|^{re.escape(said)}$", written(item), re.MULTILINE
        )
        for item in facts.background
    )


def _which(ids: list[str], text: str, found: Named, facts: Facts) -> str:
    """Of several items of one title, the one whose year follows, or stands in the sentence, or
    the one on the list."""
    year = _YEAR.match(text[found.end :])
    exact = [i for i in ids if year and facts.catalog[i].year == int(year[1])]
    dated = [i for i in ids if str(facts.catalog[i].year) in text]
    listed = [i for i in ids if i in facts.items]
    return (exact or dated or listed or ids)[0]


def _said(text: str, found: Named, facts: Facts) -> bool:
    """Whether the person has named it."""
    said = " ".join(fold(t.raw) for t in tokens(" ".join(facts.said)))
    return bool(re.search(rf"\b{re.escape(' '.join(found.forms))}\b", said))


def _as_title(text: str, found: Named) -> bool:
    """Ordinary words in lower case are no title. Capitals, quotation marks or a year make one; at
    the head of a sentence, where every word has a capital, so does a verb of which it is the
    subject."""
    if _YEAR.match(text[found.end :]) or text[max(found.start - 1, 0) : found.start] in tuple(
        _QUOTES
    ):
        return True
    words = text[found.start : found.end]
    ordinary = all(f in COMMON or f.isdigit() for f in found.forms)
    if not words[:1].isupper() and not words[:1].isdigit():
        return False
    if not ordinary:
        return True
    if not text[: found.start].strip(" “\"'*("):
        subject = found.forms[0] not in _NEVER_TITLE and bool(_VERB.match(text[found.end :]))
        return subject or (len(found.forms) > 1 and words.istitle())
    return not words.isdigit()


def _standing(text: str, found: Named) -> tuple[Callable[[str, Named, Facts], bool], ...]:
    """What lets a title stand that no tool returned. "Chicago (2002)" can be no place."""
    if _ONLY_A_FILM.match(text[found.end :]):
        return (_said, _head_of_a_title)
    return (_said, _head_of_a_title, _part_of_a_fact, _in_a_fact)
