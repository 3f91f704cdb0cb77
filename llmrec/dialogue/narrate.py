"""What the model is asked to tell: the facts of the first suggestions, and nothing else.

A fluent model tells them in its own words; a small one only picks, by option letter, which fact of
each suggestion to lead with, and code says it.
"""

from collections.abc import Iterator

from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.nouns import Evidence, Suggestion
from llmrec.dialogue.spell import wish_phrase
from llmrec.llm.prompt_files import load_prompt

_TELL = 2
_MOST_TOKENS = 90
_LETTERS = "ABCDEFGH"


def narration(draft: Draft, parts: Parts) -> Iterator[str]:
    """The model's words in pieces, at most two or three sentences. Raises `ModelError`."""
    assert parts.model is not None
    catalog = parts.box.catalog
    told = [
        {"label": catalog[s.item_id].label, "facts": [e.text for e in _may_tell(s, draft, parts)]}
        for s in draft["items"][:_TELL]
    ]
    prompt = load_prompt("explain_list")
    messages = prompt.messages(
        request=draft["text"], wish=wish_phrase(draft["preferences"]), items=told
    )
    for piece in parts.model.generate_text(
        messages, max_tokens=_MOST_TOKENS, stop=("\n\n",), usage=parts.usage
    ):
        if parts.stop.is_set():
            return
        yield piece


def _may_tell(
    suggestion: Suggestion, draft: Draft, parts: Parts, most: int = 2
) -> tuple[Evidence, ...]:
    """The facts that this model may read: what rests on imported ratings stays on the machine."""
    assert parts.model is not None
    private = {p.value for p in draft["preferences"] if p.private}
    here = private if parts.model.info.remote else set()
    return tuple(e for e in suggestion.evidence if e.refers_to not in here)[:most]


def lead_facts(draft: Draft, parts: Parts) -> tuple[Suggestion, ...]:
    """The suggestions with the model's pick of each leading fact first. Raises `ModelError`."""
    assert parts.model is not None
    items = list(draft["items"])
    for place, suggestion in enumerate(items[:_TELL]):
        facts = _may_tell(suggestion, draft, parts, most=len(_LETTERS))
        if len(facts) > 1:
            letters = _LETTERS[: len(facts)]
            title = parts.box.catalog[suggestion.item_id].label
            asked = load_prompt("lead_fact").messages(
                request=draft["text"],
                title=title,
                facts=[f"{n}: {fact.text}" for n, fact in zip(letters, facts, strict=True)],
            )
            scores = parts.model.score_options(asked, letters, usage=parts.usage)
            lead = facts[scores.index(max(scores))]
            rest = tuple(f for f in suggestion.evidence if f is not lead)
            items[place] = suggestion.model_copy(update={"evidence": (lead, *rest)})
    return tuple(items)
