"""Decoding under a grammar; what the grammar forces is read in one piece and never decoded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmrec.llm.shared_prefix import begun, repeated

_COMPACT: Any = {"item_separator": ",", "key_separator": ":", "whitespace_flexible": False}


@dataclass(frozen=True)
class Decoded:
    """`confidence` is the probability, by the model itself, of the least certain token that the
    grammar left open."""

    tokens: list[int]
    confidence: float


def grammar_of(schema: Mapping[str, object]) -> Any:
    """Of a JSON schema, written without blanks; `None` without llguidance."""
    try:
        from llguidance import LLMatcher
    except ImportError:
        return None
    return LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=_COMPACT)


def decoded(
    model: Any, tokenizer: Any, prompt: Sequence[int], grammar: Any, max_tokens: int
) -> Decoded:
    """The likeliest token that the grammar allows, one after the other. What does not end within
    `max_tokens` is cut."""
    import llguidance.hf
    import llguidance.numpy as masks
    import torch
    from llguidance import LLMatcher

    matcher = LLMatcher(llguidance.hf.from_tokenizer(tokenizer), grammar)
    answer: list[int] = []
    start = begun(model)
    model, kept = start.model, repeated(start.kept, 1, start.model)
    unread, confidence = list(prompt), 1.0
    while len(answer) < max_tokens and not matcher.is_stopped():
        if forced := matcher.compute_ff_tokens():
            matcher.consume_tokens(forced)
            answer, unread = [*answer, *forced], [*unread, *forced]
            continue
        if matcher.is_accepting():
            break
        read = model(
            torch.tensor([unread], device=model.device),
            past_key_values=kept,
            use_cache=True,
            logits_to_keep=1,
        )
        kept, logits = read.past_key_values, read.logits[:, -1].float()
        chances = torch.softmax(logits, dim=1).cpu().numpy()  # [1, n_words]
        mask = masks.allocate_token_bitmask(1, chances.shape[1])
        masks.fill_next_token_bitmask(matcher, mask)
        allowed = chances.copy()
        masks.apply_token_bitmask_inplace(allowed, mask)
        token = int(allowed.argmax())
        confidence = min(confidence, float(chances[0, token]))
        matcher.consume_token(token)
        answer, unread = [*answer, token], [token]
    return Decoded(answer, confidence)
