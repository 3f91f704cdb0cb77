"""The jobs `retriever` and `reranker`: a bi-encoder by in-batch softmax with logQ correction, and a
cross-encoder by softmax over one item taken and some that were not."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from classic.errors import BadInput
from classic.train.loop import Say, TrainConfig, rng_of, train
from classic.train.losses import InBatchSoftmax
from finetune.encoders.pairs import Moments, tokens
from finetune.tuning.job import progress_folder
from llmrec.encoders.bi_encoder import open_encoder
from llmrec.evaluate.record import commit_now
from llmrec.lab.seeded import open_task
from llmrec.llm.adapters import ABOUT

_LENGTH = 128
"""Tokens of a text at most."""


@dataclass(frozen=True)
class EncoderConfig:
    """`data` is one of the prompt lab's: what it trains on holds nobody's truth. `negatives` stand
    against each item taken, of the re-ranker alone; `temperature` is the retriever's."""

    data: str = "llmrank-ml-1m"
    batch_size: int = 64
    negatives: int = 7
    temperature: float = 0.05
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            epochs=8, optimizer="adam", learning_rate=5e-5, warm_up_steps=50, half_precision=True
        )
    )


class _Vectors(nn.Module):
    """A `SentenceTransformer` whose `forward` takes tokens and gives unit vectors [n, d]."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        told = self.encoder({"input_ids": ids, "attention_mask": attention})
        return functional.normalize(told["sentence_embedding"], dim=1)


def tune_retriever(config: EncoderConfig, out: Path, command: str, tell: Say) -> dict[str, Any]:
    """Writes a sentence encoder to `out` and gives what made it. What is cut off goes on after the
    last whole epoch. Raises `BadInput`."""
    task = open_task(config.data)
    moments = Moments(task.train, task.catalog)
    encoder = open_encoder(None)
    net = _Vectors(encoder)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        for batch in moments.epoch(generator, config.batch_size):
            wanted = torch.tensor([moment.item for _, moment in batch])
            rows, places = torch.unique(wanted, return_inverse=True)
            people = tokens(encoder.tokenizer, [m.person for _, m in batch], length=_LENGTH)
            texts = [moments.texts[row] for row in rows.tolist()]
            items = tokens(encoder.tokenizer, texts, length=_LENGTH)
            yield *people, *items, rows, places

    def loss(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        people, items = model(*batch[:2]), model(*batch[2:4])
        log_q = moments.log_q.to(people.device)[batch[4]]
        return InBatchSoftmax(config.temperature, log_q)(people, items, batch[5])

    return _trained(net, batches, loss, encoder, config, out, command, tell)


def tune_reranker(config: EncoderConfig, out: Path, command: str, tell: Say) -> dict[str, Any]:
    """Writes a cross-encoder to `out` and gives what made it. Raises `BadInput`."""
    from sentence_transformers import CrossEncoder

    if config.negatives < 1:
        raise BadInput("setting negatives: a re-ranker learns from 1 at least")
    task = open_task(config.data)
    moments = Moments(task.train, task.catalog)
    torch.manual_seed(config.training.seed)
    source = open_encoder(None)[0].auto_model.name_or_path
    pairs = CrossEncoder(str(source), num_labels=1, device="cpu", local_files_only=True)

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        rng = rng_of(generator)
        size = max(1, config.batch_size // (1 + config.negatives))
        for batch in moments.epoch(generator, size):
            people, items = [], []
            for person, moment in batch:
                rows = [moment.item, *moments.others(person, config.negatives, rng)]
                people += [moment.person] * len(rows)
                items += [moments.texts[row] for row in rows]
            yield tokens(pairs.tokenizer, people, items, length=2 * _LENGTH)

    def loss(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        ids, attention = batch
        logits = model(input_ids=ids, attention_mask=attention).logits.float()
        choices = logits.view(-1, 1 + config.negatives)
        first = torch.zeros(len(choices), dtype=torch.long, device=choices.device)
        return functional.cross_entropy(choices, first)

    return _trained(pairs.model, batches, loss, pairs, config, out, command, tell)


def _trained(
    net: nn.Module,
    batches: Callable[[torch.Generator], Iterator[tuple[Tensor, ...]]],
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor],
    kept: Any,
    config: EncoderConfig,
    out: Path,
    command: str,
    tell: Say,
) -> dict[str, Any]:
    progress = progress_folder(out, config, type(kept).__name__)
    epochs = train(net, batches, loss, replace(config.training, folder=progress), say=tell)
    kept.save_pretrained(str(out))
    about = {
        "command": command,
        "commit": commit_now(),
        "terms": f"the terms of {config.data}; MovieLens allows no commercial use",
        "epochs": epochs,
        "config": asdict(replace(config, training=replace(config.training, folder=None))),
    }
    (out / ABOUT).write_text(json.dumps(about, indent=1, default=str) + "\n", "utf-8")
    shutil.rmtree(progress, ignore_errors=True)
    return about
