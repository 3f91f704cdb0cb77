"""Next-token logits of many prompts, what they share computed once.

Prompts form a tree of common beginnings. Where enough of them go on together, what they go on with
runs once and its keys and values are kept; the ends run in batches on top of what is kept. Only the
logits after each last token are made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

Tokens = tuple[int, ...]
_ROWS = 16
_TOKENS_AT_ONCE = 4096
_A_CALL = 24
"""What a forward pass costs beyond its tokens, in tokens: sharing has to save more than that."""


@dataclass(frozen=True)
class Branch:
    """Prompts alike up to token `end`, of which `start` and before is kept further up: the places
    of those that `leave` here, each on its own, and the branches of those that go on together."""

    start: int
    end: int
    leave: tuple[int, ...]
    branches: tuple["Branch", ...]

    @property
    def members(self) -> tuple[int, ...]:
        return (*self.leave, *(m for branch in self.branches for m in branch.members))


def tree(prompts: Sequence[Tokens]) -> Branch:
    """The tree of prompts that differ. At least one token of each is never shared."""
    order = sorted(range(len(prompts)), key=lambda n: prompts[n])
    return _branch(prompts, order, 0, 0)


def _branch(prompts: Sequence[Tokens], order: Sequence[int], start: int, end: int) -> Branch:
    leave: list[int] = []
    branches: list[Branch] = []
    for part in _parts(prompts, order, end):
        _settle(prompts, part, end, leave, branches)
    return Branch(start, end, tuple(leave), tuple(branches))


def _settle(
    prompts: Sequence[Tokens],
    part: Sequence[int],
    kept: int,
    leave: list[int],
    branches: list[Branch],
) -> None:
    """Sorted prompts that go on with one token: a branch, where that saves more than it costs; else
    the parts in which they go on."""
    if len(part) == 1:
        leave.append(part[0])
        return
    # Sorted, so that what the first and the last share is shared by all between.
    common = min(_common(prompts[part[0]], prompts[part[-1]]), len(prompts[part[0]]) - 1)
    if (len(part) - 1) * (common - kept) > _A_CALL:
        branches.append(_branch(prompts, part, kept, common))
        return
    for smaller in _parts(prompts, part, common):
        _settle(prompts, smaller, kept, leave, branches)


def _parts(prompts: Sequence[Tokens], order: Sequence[int], at: int) -> list[list[int]]:
    """The sorted prompts by their token `at`; one that has none after it stands alone."""

    def token(n: int) -> tuple[bool, int]:
        return len(prompts[n]) > at + 1, prompts[n][at]

    return [list(members) for _, members in groupby(order, token)]


def _common(a: Tokens, b: Tokens) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


@dataclass(frozen=True)
class Next:
    """`logits`, float32 tensor [n_words], after a prompt; `computed`, the tokens it took, of what
    is shared its part."""

    logits: Any
    computed: float


def next_logits(model: Any, prompts: Sequence[Tokens], before: Any = None) -> list[Next]:
    """Of each prompt, in order. Prompts must not be empty. `before` are keys and values, of one
    row, of what stands before all of them; else it is what the model learned to stand there."""
    import torch

    unique = list(dict.fromkeys(prompts))
    if not unique:
        return []
    with torch.inference_mode():
        start = begun(model) if before is None else Begun(model, before, before.get_seq_length())
        ran = _run(start, tree(unique), unique, start.kept, 0.0)
        found = {unique[n]: one for n, one in ran}
    return [found[prompt] for prompt in prompts]


@dataclass(frozen=True)
class Begun:
    """A model and the keys and values that stand before every prompt: of prompt or prefix tuning
    `length` learned ones that are no words, else none."""

    model: Any
    kept: Any = None
    length: int = 0


def begun(model: Any) -> Begun:
    """A tuned model would put what it learned before whatever it reads, also where a prompt goes
    on; here it stands once, before the model that was tuned."""
    learned = getattr(model, "active_peft_config", None)
    if learned is None or not learned.is_prompt_learning:
        return Begun(model)
    base, kept = model.get_base_model(), model.get_prompt(batch_size=1)
    if hasattr(kept, "shape"):  # embeddings, float32 [1, length, d]
        kept = base(inputs_embeds=kept, use_cache=True, logits_to_keep=1).past_key_values
    return Begun(base, kept, learned.num_virtual_tokens)


def _run(
    start: Begun, branch: Branch, prompts: Sequence[Tokens], kept: Any, spent: float
) -> Iterator[tuple[int, Next]]:
    """Everything of a branch; `spent` is what each of its prompts has taken so far."""
    import torch

    model = start.model
    if branch.end > branch.start:
        first = prompts[branch.members[0]]
        beginning = torch.tensor([first[branch.start : branch.end]], device=model.device)
        above = repeated(kept, 1, model)
        kept = model(
            beginning, past_key_values=above, use_cache=True, logits_to_keep=1
        ).past_key_values
        spent += (branch.end - branch.start) / len(branch.members)
    for batch in _batches(branch, prompts):
        rests = [prompts[m][branch.end :] for m in batch]
        logits = _after(model, rests, kept, start.length + branch.end).float()
        for place, rest, row in zip(batch, rests, logits, strict=True):
            yield place, Next(row, spent + len(rest))
    for smaller in branch.branches:
        yield from _run(start, smaller, prompts, kept, spent)


def _batches(branch: Branch, prompts: Sequence[Tokens]) -> Iterator[list[int]]:
    """Those that leave, of like length together, so that little is filled up."""
    batch: list[int] = []
    for place in sorted(branch.leave, key=lambda m: -len(prompts[m])):
        longest = len(prompts[batch[0]]) - branch.end if batch else 0
        full = len(batch) >= _ROWS or (len(batch) + 1) * longest > _TOKENS_AT_ONCE
        if batch and (full or len(prompts[place]) - branch.end < 0.8 * longest):
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
        past_key_values=repeated(kept, len(rests), model),
        use_cache=kept is not None,
        logits_to_keep=1,
    )
    return answer.logits[:, -1]


def repeated(kept: Any, n: int, model: Any) -> Any:
    """The kept keys and values for `n` rows, not copied yet; what is kept stays as it is."""
    if kept is None:
        return None
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=model.config)
    for mine, theirs in zip(cache.layers, kept.layers, strict=True):
        mine.lazy_initialization(theirs.keys, theirs.values)
        mine.keys = theirs.keys.expand(n, -1, -1, -1)
        mine.values = theirs.values.expand(n, -1, -1, -1)
    return cache
