"""What the model is asked to tell: the facts of the first suggestions, and nothing else."""

from collections.abc import Iterator

from llmrec.dialogue.draft import Draft, Parts
from llmrec.dialogue.spell import wish_phrase
from llmrec.llm.prompt_files import load_prompt

_TELL = 2
_MOST_TOKENS = 90


def narration(draft: Draft, parts: Parts) -> Iterator[str]:
    """The model's words in pieces, at most two or three sentences. Raises `ModelError`."""
    assert parts.model is not None
    catalog = parts.box.catalog
    told = [
        {"label": catalog[s.item_id].label, "facts": [e.text for e in s.evidence[:2]]}
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
