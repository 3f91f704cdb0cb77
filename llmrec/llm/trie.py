"""Texts that a model is allowed to write, as a trie of their tokens: how likely it writes each, and
which it writes likeliest.

The log-probability of a text is the plain sum over its tokens, over the whole vocabulary. What the
trie leaves no choice about counts like everything else: nothing is normalised over what is allowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmrec.llm.shared_prefix import Tokens, begun, repeated

_ROWS = 16


@dataclass(frozen=True)
class Trie:
    """`children` of each node by token, node 0 the beginning of all; `ends` are the places of the
    texts that end at a node, several where texts are alike."""

    children: tuple[Mapping[int, int], ...]
    ends: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, texts: Sequence[Tokens]) -> "Trie":
        """Texts must not be empty."""
        children: list[dict[int, int]] = [{}]
        ends: dict[int, tuple[int, ...]] = {}
        for place, text in enumerate(texts):
            node = 0
            for token in text:
                if token not in children[node]:
                    children[node][token] = len(children)
                    children.append({})
                node = children[node][token]
            ends[node] = (*ends.get(node, ()), place)
        return cls(tuple(children), ends)


@dataclass(frozen=True)
class Written:
    """The place of a text and its log-probability."""

    place: int
    log_probability: float


@dataclass(frozen=True)
class _Path:
    """A way from the beginning to `node`, `ended` where it stops there; `row` of the batch was
    gone on from with `token`."""

    node: int
    log_probability: float
    ended: bool = False
    row: int = 0
    token: int = 0


def write_within(model: Any, prompt: Tokens, trie: Trie, beams: int) -> list[Written]:
    """The texts of a trie that `beams` paths find behind a prompt, the likeliest first; as many
    paths as there are texts find all. Texts that are alike come together, in their order.

    Constrained beam search without length normalisation (Bao et al., EMNLP 2024): a path's sum
    only falls, so one that has ended stays as long as it is among the best.
    """
    import torch

    best = [_Path(0, 0.0)]
    with torch.inference_mode():
        model, kept, logits = _begun(model, prompt)
        while open_ := [path for path in best if not path.ended]:
            chances = torch.log_softmax(logits.float(), dim=-1)
            grown = [new for row, path in enumerate(open_) for new in _on(trie, path, row, chances)]
            ended = [path for path in best if path.ended]
            best = sorted((*ended, *grown), key=lambda path: -path.log_probability)[:beams]
            if going := [path for path in best if not path.ended]:
                kept.reorder_cache(torch.tensor([p.row for p in going], device=model.device))
                next_ = torch.tensor([[p.token] for p in going], device=model.device)
                kept, logits = _read(model, next_, kept)
    return [Written(n, path.log_probability) for path in best for n in trie.ends[path.node]]


def _begun(model: Any, prompt: Tokens) -> tuple[Any, Any, Any]:
    """(the model that goes on, what is kept, logits [1, n_words]) after a prompt."""
    import torch

    start = begun(model)
    kept = repeated(start.kept, 1, start.model)
    tokens = torch.tensor([prompt], device=start.model.device)
    return start.model, *_read(start.model, tokens, kept)


def _read(model: Any, tokens: Any, kept: Any) -> tuple[Any, Any]:
    """(what is kept, logits [n, n_words] after the last token)."""
    answer = model(tokens, past_key_values=kept, use_cache=True, logits_to_keep=1)
    return answer.past_key_values, answer.logits[:, -1]


def _on(trie: Trie, path: _Path, row: int, chances: Any) -> Iterator[_Path]:
    """Where a path can go by one token: to an end, on, or both."""
    ways = trie.children[path.node]
    told = chances[row, list(ways)].tolist()
    for (token, node), chance in zip(ways.items(), told, strict=True):
        so_far = path.log_probability + chance
        if node in trie.ends:
            yield _Path(node, so_far, True, row, token)
        if trie.children[node]:
            yield _Path(node, so_far, False, row, token)


def log_probabilities(model: Any, prompt: Tokens, texts: Sequence[Tokens]) -> list[float]:
    """Of each text behind a prompt, which is read once. Texts must not be empty."""
    import torch

    unique = sorted(set(texts), key=len)
    found: dict[Tokens, float] = {}
    with torch.inference_mode():
        model, kept, logits = _begun(model, prompt)
        first = torch.log_softmax(logits[0].float(), dim=0)
        for start in range(0, len(unique), _ROWS):
            batch = unique[start : start + _ROWS]
            rest = _after_the_first(model, batch, kept)
            told = first[[text[0] for text in batch]].tolist()
            found |= {t: a + b for t, a, b in zip(batch, told, rest, strict=True)}
    return [found[text] for text in texts]


def _after_the_first(model: Any, texts: Sequence[Tokens], kept: Any) -> list[float]:
    """The log-probability of what follows each text's first token. Rows are filled up behind their
    end, where nothing that counts looks."""
    import torch

    width = max(map(len, texts)) - 1
    if not width:
        return [0.0] * len(texts)
    filled = [[*text, *[0] * (width + 1 - len(text))] for text in texts]
    tokens = torch.tensor(filled, device=model.device)
    lengths = torch.tensor([len(text) - 1 for text in texts], device=model.device)
    read = model(tokens[:, :-1], past_key_values=repeated(kept, len(texts), model), use_cache=True)
    chances = torch.log_softmax(read.logits.float(), dim=-1)  # [n, width, n_words]
    told = chances.gather(2, tokens[:, 1:, None]).squeeze(2)
    real = torch.arange(width, device=model.device)[None] < lengths[:, None]
    return (told * real).sum(dim=1).tolist()
