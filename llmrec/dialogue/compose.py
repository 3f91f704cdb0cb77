"""The reply in plain sentences, without a language model: true by construction.

Two or three sentences: what was understood, why these, one next step.
"""

from collections.abc import Iterator, Sequence

from classic.data.catalog import Catalog
from llmrec.dialogue.draft import Draft
from llmrec.dialogue.nouns import Evidence, Preference, Suggestion, ToolCall
from llmrec.dialogue.reasons import Because
from llmrec.dialogue.small_talk import small_talk
from llmrec.dialogue.spell import spell, wish_phrase
from llmrec.text import listed
from llmrec.tools.result import ToolResult

_NEXT = (
    "Tell me which you have seen, or steer: newer, lighter, shorter.",
    "Like or dismiss any of them and the list moves with you.",
    "Ask “why 1?” for the reasons, or say what to change.",
)
LISTED = 2
"""Titles of a list whose reasons are told."""
TOLD, WHY = 2, 3
"""Facts told of a title in a list, and of one that was asked about, at most."""
_OFF_TOPIC = "I only know {}s: tell me one you like, or what you are in the mood for."


def _no_words(item_id: str, evidence: Sequence[Evidence], most: int) -> str:
    return ""


def compose(draft: Draft, catalog: Catalog, because: Because = _no_words) -> Iterator[str]:
    """The sentences of the reply, in order; where `because` has words for why a title is here,
    those."""
    notes = draft.get("notes", [])
    yield from notes
    question = draft["plan"].question
    intent = draft["understanding"].intent
    if question:
        yield from (*_noted(draft, catalog), question.text)
    elif intent == "off_topic":
        yield _OFF_TOPIC.format(catalog.domain)
    elif intent == "chat":
        yield small_talk(draft, catalog)
        yield from _answers(draft, catalog, because)
    elif draft.get("items"):
        yield from _about_list(draft, catalog, because)
    else:
        said = [*_noted(draft, catalog), *_answers(draft, catalog, because)]
        yield from said or ([] if notes else ["I have nothing to add to that."])


def _answers(draft: Draft, catalog: Catalog, because: Because) -> Iterator[str]:
    """What the tools found, each told in its own way."""
    for call, result in draft.get("done", ()):
        yield from _answer(call, result, catalog, because)


def _answer(
    call: ToolCall, result: ToolResult, catalog: Catalog, because: Because
) -> Iterator[str]:
    """What a tool found, as sentences."""
    told = because(result.items[0], result.facts, WHY) if call.tool == "explain" else ""
    yield from [told] if told else _ANSWER[call.tool](result, catalog)


def _about_list(draft: Draft, catalog: Catalog, because: Because) -> Iterator[str]:
    """What was understood, why the first two, one next step."""
    understood = _understood(draft, catalog)
    yield from _noted(draft, catalog, told=understood)
    if understood:
        yield understood
    items = draft["items"]
    first, *others = items[:LISTED]
    yield because(first.item_id, first.evidence, TOLD) or _because(first, first=True)
    for second in others:
        if second.evidence:
            told = because(second.item_id, second.evidence, TOLD)
            yield told or _because(second, first=False)
    yield _NEXT[len(draft["state"].sets) % len(_NEXT)]


def _noted(draft: Draft, catalog: Catalog, told: str = "") -> Iterator[str]:
    """Opinions and standing wishes that were learned; the wishes of the moment need no receipt,
    nor does a liking that is `told` anyway."""
    kept = [p for p in draft.get("learned", ()) if p.kind == "item" or p.scope == "always"]
    kept = [p for p in kept if not (p.polarity > 0 and _named(p, catalog) in told)]
    if kept:
        yield f"Noted: {'; '.join(spell(p, catalog) for p in kept)}."


def _named(preference: Preference, catalog: Catalog) -> str:
    return catalog[preference.value].label if preference.value in catalog else preference.value


def _understood(draft: Draft, catalog: Catalog) -> str:
    state = draft["state"]
    lifted = [words for _, result in draft.get("done", ()) for words in result.relaxed]
    now = tuple(
        p
        for p in _wishes_now(draft["preferences"])
        if not any(p.value in words for words in lifted)
    )
    if state.anchors:
        phrase = wish_phrase(now, catalog.domain)
        like = listed([catalog[i].label for i in state.anchors])
        return f"Close to {like}{', ' + phrase if phrase else ''}:"
    phrase = wish_phrase(now, catalog.domain)
    liked = [p.value for p in draft["preferences"] if p.kind == "item" and p.polarity > 0]
    by = listed([catalog[i].label for i in liked[-3:] if i in catalog])
    if state.wish and not any(p.kind == "keyword" for p in now):
        phrase = f"“{state.wish}”{', ' + phrase if phrase else ''}"
    if phrase and by:
        return f"You asked for {phrase}; I also went by your liking of {by}."
    if phrase:
        return f"You asked for {phrase}."
    return f"I went by your liking of {by}." if by else ""


def _wishes_now(preferences: tuple[Preference, ...]) -> tuple[Preference, ...]:
    soft = {"genre", "person", "mood", "keyword"}
    return tuple(
        p
        for p in preferences
        if p.kind != "item" and (p.scope == "now" or p.polarity < 0 or p.kind not in soft)
    )


def _because(suggestion: Suggestion, *, first: bool) -> str:
    label = f"{suggestion.title} ({suggestion.year})" if suggestion.year else suggestion.title
    if not suggestion.evidence:
        return f"{label} comes first." if first else ""
    reason = suggestion.evidence[0].text
    return f"{label} comes first: {reason}." if first else f"Then {label}: {reason}."


def fact_sentence(fact: Evidence, catalog: Catalog) -> str:
    """`it was directed by X` of Heat becomes `Heat (1995) was directed by X.`"""
    label = catalog[fact.item_id].label
    if fact.text.startswith("it "):
        return f"{label} {fact.text.removeprefix('it ')}."
    if fact.text.startswith("its "):
        return f"{label}: {fact.text}."
    text = fact.text if fact.text.endswith(".") else fact.text + "."
    return f"{label}: {text}"


def _lookup(result: ToolResult, catalog: Catalog) -> list[str]:
    if not result.facts:
        return [result.note]
    if len(result.facts) <= 2:
        return [fact_sentence(f, catalog) for f in result.facts]
    by_field = {f.id.rsplit(":", 1)[-1]: f for f in result.facts}
    told = [by_field[n] for n in ("directors", "cast", "text") if n in by_field]
    return [fact_sentence(f, catalog) for f in told or result.facts]


def _credits(result: ToolResult, catalog: Catalog) -> list[str]:
    """ "Of the films here, Ingmar Bergman directed A, B and C.": one sentence a role."""
    if not result.facts:
        return [result.note]
    person = result.facts[0].refers_to.partition("=")[2]
    sentences = []
    for role, verb in (("directors", "directed"), ("cast", "is in")):
        labels = [catalog[f.item_id].label for f in result.facts if f.id.endswith(f":{role}")]
        if labels:
            sentences.append(f"Of the {catalog.domain}s here, {person} {verb} {listed(labels)}.")
    return sentences


def _compare(result: ToolResult, catalog: Catalog) -> list[str]:
    sentences = []
    for item_id in result.items:
        mine = {f.id.rsplit(":", 1)[-1]: f.text for f in result.facts if f.item_id == item_id}
        told = [
            mine[n].removeprefix("it ") for n in ("directors", "runtime", "audience") if n in mine
        ]
        sentences.append(f"{catalog[item_id].label} {listed(told)}.")
        if "moods" in mine:
            sentences.append(f"I{mine['moods'][1:]}.")
    return sentences


def _explain(result: ToolResult, catalog: Catalog) -> list[str]:
    label = catalog[result.items[0]].label
    if not result.facts:
        return [f"Nothing in what I know of you speaks for {label}."]
    reasons = [fact.text for fact in result.facts]
    return [f"{label}: {reasons[0]}.", *(f"Also, {reason}." for reason in reasons[1:3])]


def _as_it_says(result: ToolResult, catalog: Catalog) -> list[str]:
    return [result.note]


def _empty_list(result: ToolResult, catalog: Catalog) -> list[str]:
    nothing = "I found nothing that fits; loosen a wish or name one you like."
    return [] if result.emptied_by else [nothing]


_ANSWER = {
    "lookup": _lookup,
    "compare": _compare,
    "credits": _credits,
    "explain": _explain,
    "rate": _as_it_says,
    "user_profile": _as_it_says,
    "similar_users": _as_it_says,
    "recommend": _empty_list,
    "similar": _empty_list,
    "search": _empty_list,
}
