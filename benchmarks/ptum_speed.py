"""People a second of our pre-training step and of a plain BERT-style loop on the same batches, and
how long a turn of mode `ptum` thinks.

    python -m benchmarks.ptum_speed --out results/ptum-speed [--steps 94] [--rounds 3]

Both foretell the masked behaviours of ml-1m among all items, by nets of the same width, depth and
heads (size M), from the same hidden places, with one optimizer, learning rate and two threads,
alternating, every round from scratch. The other side is `BertForMaskedLM` of transformers with a
token for each item, as its documentation trains it: labels of -100 where nothing is hidden. It runs
in whole precision and, a second arm, in half precision. Ours reads ids alone, as it does; one more
arm of ours reads the items' text beside. The losses are laid side by side on people that neither
learned from. A turn is the history of the chat encoded and the embedded films scored; with the
reasons every film of it is left out once.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.progress import say
from classic.data.interactions import History
from classic.query import Query
from finetune.ptum.data import Split, opened, sequences_of
from finetune.ptum.objectives import NOTHING, Against, Masked, ObjectiveConfig, masked_loss
from finetune.ptum.pretrain import PretrainConfig, batches, unpacked
from llmrec.behaviour.encoder import SIZES, BehaviourEncoder
from llmrec.behaviour.sequences import Sequences
from llmrec.data import open_data
from llmrec.evaluate.record import write_record

_CONFIG = PretrainConfig(encoder=SIZES["M"], objective=ObjectiveConfig(next=0.0))
_RATE, _DECAY, _APART = 1e-3, 0.01, 300
_LONGEST_HISTORY = 20
Loss = Callable[[nn.Module, Masked], Tensor]


@dataclass(frozen=True)
class Arm:
    """`build` makes the net from nothing."""

    build: Callable[[], nn.Module]
    loss: Loss
    half: bool


@dataclass(frozen=True)
class Timed:
    """People a second, and the loss of a hidden behaviour of people who were not learned from."""

    people_per_second: float
    loss_after: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", default="ml-1m")
    parser.add_argument("--steps", type=int, default=94, help="Of a round; 47 are everybody once.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=300)
    given = parser.parse_args()
    torch.set_num_threads(2)
    source = opened(given.data)
    learned = Split.of(source.interactions, "last-two").to_learn
    told = sequences_of(given.data, learned)
    able = np.random.default_rng(0).permutation(np.flatnonzero(told.lengths >= 2))
    people, apart = told.take(np.sort(able[_APART:])), told.take(able[:_APART])
    arms = arms_of(people, source.text)
    steps, asked = list(drawn(people, given.steps)), list(drawn(apart, 3, seed=1))
    timed: dict[str, list[Timed]] = {name: [] for name in arms}
    for turn in range(given.rounds):
        for name, arm in arms.items():
            timed[name].append(run(arm, steps, asked))
            say(f"round {turn + 1}, {name}: {timed[name][-1]}")
    metrics = {**compared(timed), "turn_ms": turns(given.turns)}
    print(json.dumps(metrics, indent=1))
    config = {"data": given.data, "steps": given.steps, "rounds": given.rounds, "of": str(_CONFIG)}
    write_record(given.out, config=config, metrics=metrics, seeds=[0])


def drawn(people: Sequences, n: int, seed: int = 0) -> Iterator[Masked]:
    """The first `n` batches of our pre-training, epoch after epoch."""
    epoch = 0
    while n > 0:
        generator = torch.Generator().manual_seed(seed * 1000 + epoch)
        for batch in batches(people, _CONFIG, generator):
            if n > 0:
                yield unpacked(batch)[0]
            n -= 1
        epoch += 1


def arms_of(people: Sequences, text: np.ndarray | None) -> dict[str, Arm]:
    against = Against(_CONFIG.objective, people)
    n = people.n_items

    def ours(net: nn.Module, batch: Masked) -> Tensor:
        assert isinstance(net, BehaviourEncoder)
        items = net.items()
        return masked_loss(net, net(batch.behaviours, items), items, batch.wanted, against)

    def theirs(net: nn.Module, batch: Masked) -> Tensor:
        items = batch.behaviours.items
        labels = batch.wanted.masked_fill(batch.wanted == NOTHING, -100)
        loss: Tensor = net(input_ids=items, attention_mask=(items != n).long(), labels=labels).loss
        return loss

    def plain() -> BehaviourEncoder:
        return BehaviourEncoder(n, _CONFIG.encoder)

    def bert() -> nn.Module:
        return plain_bert(n)

    return {
        "ours": Arm(plain, ours, half=True),
        "bert": Arm(bert, theirs, half=False),
        "bert, half precision": Arm(bert, theirs, half=True),
        "ours, whole precision": Arm(plain, ours, half=False),
        "ours, with text": Arm(lambda: BehaviourEncoder(n, _CONFIG.encoder, text), ours, half=True),
    }


def plain_bert(n_items: int) -> nn.Module:
    """A token for each item, one for the end, one for what is hidden, and nothing of actions."""
    from transformers import BertConfig, BertForMaskedLM

    own = _CONFIG.encoder
    model: nn.Module = BertForMaskedLM(
        BertConfig(
            vocab_size=n_items + 2,
            hidden_size=own.dimensions,
            num_hidden_layers=own.blocks,
            num_attention_heads=own.heads,
            intermediate_size=4 * own.dimensions,
            hidden_dropout_prob=own.dropout,
            attention_probs_dropout_prob=own.dropout,
            max_position_embeddings=own.length,
            pad_token_id=n_items,
        )
    )
    return model


def run(arm: Arm, steps: Sequence[Masked], asked: Sequence[Masked]) -> Timed:
    torch.manual_seed(0)
    net = arm.build().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    began, people = time.perf_counter(), 0
    for batch in steps:
        with torch.autocast("cpu", torch.bfloat16, enabled=arm.half):
            loss = arm.loss(net, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        people += len(batch.wanted)
    seconds = time.perf_counter() - began
    return Timed(people / seconds, missed(net.eval(), arm.loss, asked))


@torch.no_grad()
def missed(net: nn.Module, loss: Loss, asked: Sequence[Masked]) -> float:
    """The mean over hidden behaviours, in whole precision."""
    n = [int((batch.wanted != NOTHING).sum()) for batch in asked]
    return float(np.average([float(loss(net, batch)) for batch in asked], weights=n))


def compared(timed: dict[str, list[Timed]]) -> dict[str, Any]:
    speed = {name: [t.people_per_second for t in runs] for name, runs in timed.items()}
    fastest = max(("bert", "bert, half precision"), key=lambda n: statistics.median(speed[n]))

    def beside(name: str) -> list[float]:
        ratios = [a / b for a, b in zip(speed[name], speed[fastest], strict=True)]
        return [round(x, 2) for x in (statistics.median(ratios), min(ratios), max(ratios))]

    return {
        "people_per_second": {n: round(statistics.median(s), 1) for n, s in speed.items()},
        "loss_after": {
            n: round(statistics.fmean(t.loss_after for t in runs), 4) for n, runs in timed.items()
        },
        "beside": fastest,
        "ratio": {name: beside(name) for name in speed if name.startswith("ours")},
    }


def turns(n: int) -> dict[str, dict[str, float]]:
    """Of `n` people who named up to twenty films each: p50 and p95 in milliseconds."""
    box = open_data("films", "ptum").box
    model = box.people().model
    rng = np.random.default_rng(0)
    told: dict[str, list[float]] = {"encode and score": [], "with reasons": [], "whole list": []}
    for number in range(n + 5):
        many = int(rng.integers(1, _LONGEST_HISTORY + 1))
        liked = tuple(str(i) for i in rng.choice(model.item_ids, many, replace=False))
        history = History.of(*liked)
        asked: dict[str, Callable[[], object]] = {
            "encode and score": lambda h=history: model.fold_in(h),
            "with reasons": lambda h=history: (model.fold_in(h), model.contributions(h)),
            "whole list": lambda h=history: box.pipeline.recommend(Query(history=h, k=6)),
        }
        for name, work in asked.items():
            began = time.perf_counter()
            work()
            if number >= 5:  # what is made on first use is waited for once
                told[name].append((time.perf_counter() - began) * 1000)
    return {
        name: {f"p{q}": round(float(np.percentile(ms, q)), 1) for q in (50, 95)}
        for name, ms in told.items()
    }


if __name__ == "__main__":
    main()
