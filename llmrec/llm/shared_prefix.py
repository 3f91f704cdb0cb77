"""Next-token logits of many prompts, what they share computed once.

Prompts that begin alike are a group: their common beginning runs once and its keys and values are
kept; the rests run in batches on top of it. Only the logits after each last token are made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

Tokens = tuple[int, ...]
_ROWS = 16
_TOKENS_AT_ONCE = 4096
_A_CALL = 24
"""What a forward pass costs beyond its tokens, in tokens."""


@dataclass(frozen=True)
class Group:
    """Places of prompts that share their first `shared` tokens."""

    shared: int
    members: tuple[int, ...]


def groups(prompts: Sequence[Tokens]) -> list[Group]:
    """Every prompt in one group: the cuts of their sorted order that leave the least to compute,
    by dynamic programming. At least one token of each prompt is never shared."""
    order = sorted(range(len(prompts)), key=lambda n: prompts[n])
    sorted_ = [prompts[n] for n in order]
    best = [(0, 0, 0)]
    """Of the first so many: the least work, where their last group begins, what it shares."""
    for end in range(1, len(order) + 1):
        last = _endings(sorted_[:end])
        best.append(min((best[a][0] + work, a, shared) for work, a, shared in last))
    found, end = [], len(order)
    while end:
        _, first, shared = best[end]
        found.append(Group(shared, tuple(order[first:end])))
        end = first
    return found[::-1]


def _endings(prompts: Sequence[Tokens]) -> Iterator[tuple[int, int, int]]:
    """(work, first, shared) of each group that the last of the sorted prompts may end."""
    last = prompts[-1]
    shared, rests = len(last) - 1, 0
    for first in range(len(prompts) - 1, -1, -1):
        shared = min(shared, len(prompts[first]) - 1, _common(prompts[first], last))
        rests += len(prompts[first])
        n = len(prompts) - first
        saved = (n - 1) * shared - _A_CALL if n > 1 else 0
        yield rests + _A_CALL * -(-n // _ROWS) - max(saved, 0), first, shared if saved > 0 else 0
        if not shared:
            return


def _common(a: Tokens, b: Tokens) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def next_logits(model: Any, prompts: Sequence[Tokens]) -> Any:
    """float32 tensor [n, n_words]: the logits after each prompt. Prompts must not be empty."""
    import torch

    unique = list(dict.fromkeys(prompts))
    rows: list[Any] = [None] * len(unique)
    with torch.inference_mode():
        for group in groups(unique):
            for place, logits in _of_group(model, group, unique):
                rows[place] = logits
    found = dict(zip(unique, rows, strict=True))
    return torch.stack([found[prompt] for prompt in prompts])


def _of_group(model: Any, group: Group, prompts: Sequence[Tokens]) -> Iterator[tuple[int, Any]]:
    import torch

    kept = None
    if group.shared:
        beginning = torch.tensor([prompts[group.members[0]][: group.shared]], device=model.device)
        kept = model(beginning, use_cache=True, logits_to_keep=1).past_key_values
    for batch in _batches(group, prompts):
        rests = [prompts[m][group.shared :] for m in batch]
        logits = _after(model, rests, kept, group.shared)
        yield from zip(batch, logits.float(), strict=True)


def _batches(group: Group, prompts: Sequence[Tokens]) -> Iterator[list[int]]:
    """Members of like length together, so that little is filled up."""
    batch: list[int] = []
    for place in sorted(group.members, key=lambda m: -len(prompts[m])):
        longest = len(prompts[batch[0]]) - group.shared if batch else 0
        full = len(batch) >= _ROWS or (len(batch) + 1) * longest > _TOKENS_AT_ONCE
        if batch and (full or len(prompts[place]) - group.shared < 0.8 * longest):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _after(model: Any, rests: Sequence[Tokens], kept: Any, shared: int) -> Any:
    """Tensor [b, n_words]: the logits after each rest, filled up on the left, between what is kept
    and the rest, where nothing attends to."""
    import torch

    width = max(map(len, rests))
    empty = torch.tensor([width - len(rest) for rest in rests])
    tokens = torch.tensor([[0] * (width - len(rest)) + list(rest) for rest in rests])
    places = torch.arange(width)[None, :] - empty[:, None]
    real = torch.cat([torch.ones(len(rests), shared, dtype=torch.long), (places >= 0).long()], 1)
    answer = model(
        tokens.to(model.device),
        attention_mask=real.to(model.device),
        position_ids=(shared + places.clamp(min=0)).to(model.device),
        past_key_values=_repeated(kept, len(rests), model),
        use_cache=kept is not None,
        logits_to_keep=1,
    )
    return answer.logits[:, -1]


def _repeated(kept: Any, n: int, model: Any) -> Any:
    """The kept keys and values for `n` rows, not copied yet."""
    if kept is None:
        return None
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=model.config)
    for mine, theirs in zip(cache.layers, kept.layers, strict=True):
        mine.lazy_initialization(theirs.keys, theirs.values)
        mine.keys = theirs.keys.expand(n, -1, -1, -1)
        mine.values = theirs.values.expand(n, -1, -1, -1)
    return cache
