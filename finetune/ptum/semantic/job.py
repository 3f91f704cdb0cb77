"""Semantic ids from end to end: the codes, the decoder, and what it is worth in full ranking."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.evaluate.full_ranking import leave_last_out
from classic.metrics import interval
from classic.retrieve.sequence import windows
from classic.train.loop import Say, TrainConfig, silent, train
from finetune.ptum.data import opened
from finetune.ptum.progress import go_on, run_of
from finetune.ptum.semantic.decoder import Decoder, DecoderConfig, SemanticRecommender, loss_of
from finetune.ptum.semantic.ids import semantic_ids
from llmrec.behaviour.pretrained import open_pretrained
from llmrec.evaluate.record import write_record

_WATCHED = 500
_K = 10


@dataclass(frozen=True)
class SemanticConfig:
    """`levels` digits of `codes` each, and one that tells alike items apart."""

    levels: int = 4
    codes: int = 256
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    batch_size: int = 128
    training: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            200, weight_decay=0.01, averaging=0.995, look_every=2, patience=10, minutes=60
        )
    )


def vectors_for(data: str, encoder: str) -> tuple[Interactions, np.ndarray, str]:
    """(who did what, float [n_items, w], hash of the data): vectors of the items' text, or those of
    a behaviour encoder that has not seen what is asked. Raises `BadInput`."""
    given = opened(data)
    if not encoder:
        if given.text is None:
            raise BadInput(
                "semantic ids of text need the text encoder: llmrec doctor, or --encoder"
            )
        return given.interactions, given.text, given.sha256
    own = open_pretrained(encoder)
    if own.about["protocol"] != "last-two" or own.about.get("data_sha256") != given.sha256:
        raise BadInput(
            f"{encoder} has seen what {data} is asked, or knows other items: pre-train it with "
            "`protocol: last-two` (finetune/configs/ptum-1m-last-two.yaml)"
        )
    with torch.inference_mode():
        return given.interactions, own.model.net.items().numpy(), given.sha256


def decoder_of(
    interactions: Interactions, vectors: np.ndarray, config: SemanticConfig, say: Say = silent
) -> tuple[SemanticRecommender, int]:
    """The recommender and the epochs that made it; nobody's last two are seen, the last but one
    says when to stop. Raises `BadInput` where nobody did three things."""
    ids = semantic_ids(vectors, config.levels, config.codes, config.training.seed)
    say(f"  {len(vectors):,} ids, {100 * ids.shared:.1f} % told apart by their last digit alone")
    watched = leave_last_out(interactions, before=1)
    torch.manual_seed(config.training.seed)
    net = Decoder(ids, config.decoder)
    histories = watched.given
    few = np.random.default_rng(config.training.seed).permutation(watched.asked)[:_WATCHED]
    asked = replace(watched, given=watched.given.take(few), held_out=watched.held_out[few])

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        length = config.decoder.length
        for given, following in windows(histories, length, config.batch_size, generator):
            yield (torch.cat([given[:, :1], following], dim=1),)

    def watch(of: nn.Module) -> float:
        assert isinstance(of, Decoder)
        told = SemanticRecommender("semantic-ids", interactions.item_ids, of, ids)
        return float(np.mean(asked.metrics(told, _K)[f"ndcg@{_K}/full"]))

    def loss(of: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        assert isinstance(of, Decoder)
        return loss_of(of, batch[0])

    epochs = train(net, batches, loss, config.training, watch, say)
    return SemanticRecommender("semantic-ids", interactions.item_ids, net, ids), epochs


def measured(
    data: str, encoder: str, out: Path, config: SemanticConfig, say: Say = silent
) -> list[str]:
    """Trains, goes on where it was cut off, and asks everybody for their last item among all.
    Raises `BadInput`."""
    began = time.perf_counter()
    interactions, vectors, sha256 = vectors_for(data, encoder)
    progress = out / f"progress-{config.training.seed}"
    go_on(progress, run_of(config, f"last-two {encoder}", sha256))
    config = replace(config, training=replace(config.training, folder=progress))
    model, epochs = decoder_of(interactions, vectors, config, say)
    trained = time.perf_counter() - began
    test = leave_last_out(interactions)
    found = test.metrics(model, _K)
    told = {name: found[f"{name}@{_K}/full"] for name in ("recall", "ndcg")}
    rows = {
        f"{name}@{_K}/full": [round(float(v.mean()), 4), *(round(x, 4) for x in interval(v))]
        for name, v in told.items()
    }
    write_record(
        out,
        config={"data": data, "vectors": encoder or "text", "of": str(config)},
        metrics={
            **rows,
            "people": len(test.asked),
            "epochs": epochs,
            "parameters": sum(p.numel() for p in model.net.parameters()),
            "told apart by the last digit": round(model.ids.shared, 4),
            "training seconds": round(trained, 1),
        },
        per_case=[
            {"user": interactions.user_ids[user]} | {name: float(v[n]) for name, v in told.items()}
            for n, user in enumerate(test.asked)
        ],
        seeds=[config.training.seed],
    )
    shutil.rmtree(progress, ignore_errors=True)
    return [f"{name} {mean} [{low}, {high}]" for name, (mean, low, high) in rows.items()]
