"""`Ptum`: the pre-trained encoder as a recommender of what is likely to be done next."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from classic.data.histories import Histories
from classic.data.interactions import History
from classic.errors import BadInput
from classic.retrieve.recommender import BatchRecommender
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.sequences import Sequences

_BLOCK = 512


@dataclass(eq=False)
class Ptum(BatchRecommender):
    """An item's score is the mean, over the K behaviours ahead, of how well it fits each, as a
    cosine over the temperature. What was disliked is read as such, not left out."""

    name: str
    item_ids: tuple[str, ...]
    net: BehaviourEncoder

    @classmethod
    def of(cls, net: BehaviourEncoder, item_ids: Sequence[str]) -> "Ptum":
        return cls("ptum", tuple(item_ids), net)

    def fold_in_rows(self, histories: Histories) -> np.ndarray:
        return self.scores(Sequences.of_histories(histories))

    def scores(self, people: Sequences) -> np.ndarray:
        """float64 [n, n_items]. Who did nothing is told the same as everybody who did nothing."""
        return self._over_ahead(people, lambda logits: logits)

    def chances_of(self, people: Sequence[History]) -> np.ndarray:
        """float64 [n, n_items], rows that sum to 1: how likely each item is next, by the softmax
        that pre-training was by, the mean over the K behaviours ahead."""
        told = Sequences.of_histories(self._batch(people))
        return self._over_ahead(told, lambda logits: logits.softmax(dim=-1))

    @torch.inference_mode()
    def _over_ahead(self, people: Sequences, said: Callable[[Tensor], Tensor]) -> np.ndarray:
        """float64 [n, n_items]: the mean over the K ahead of what is `said` of their logits."""
        items = self.net.items()
        found = np.empty((len(people), len(self.item_ids)))
        for rows in np.array_split(np.arange(len(people)), -(-len(people) // _BLOCK)):
            read = self.net(people.take(rows).latest(self.net.config.length), items)
            ahead = self.net.logits(self.net.ahead(read.person), items)  # [b, K, n_items]
            found[rows] = said(ahead).mean(dim=1).double().cpu().numpy()
        return found

    def profiles_of(self, people: Sequence[History]) -> np.ndarray:
        """`profiles` of what is told of people; items that the encoder does not know are left
        out."""
        return self.profiles(Sequences.of_histories(self._batch(people)))

    @torch.inference_mode()
    def profiles(self, people: Sequences) -> np.ndarray:
        """float32 [n, 2 d]: vectors of people, for whatever reads them next."""
        items = self.net.items()
        parts = np.array_split(np.arange(len(people)), max(1, -(-len(people) // _BLOCK)))
        length = self.net.config.length
        found = [self.net(people.take(rows).latest(length), items).profile for rows in parts]
        return torch.cat(found).cpu().numpy()


def save_ptum(model: Ptum, path: Path, about: dict[str, object]) -> None:
    """Weights as float16 in one `.npz`, and beside it a `.json` of what made them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {k: v.cpu().numpy().astype(np.float16) for k, v in model.net.state_dict().items()}
    partial = path.with_suffix(".partial.npz")
    config = json.dumps(asdict(model.net.config))
    np.savez_compressed(
        partial,
        allow_pickle=False,
        item_ids=np.array(model.item_ids),
        config=np.array(config),
        **weights,
    )
    partial.replace(path)
    told = json.dumps(about, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(told + "\n", "utf-8")


def item_ids_of(path: Path) -> tuple[str, ...]:
    """The items of a saved encoder, in its order. Raises `BadInput`."""
    return _kept(path)[0]


def load_ptum(path: Path, text: np.ndarray | None = None) -> Ptum:
    """`text` is that which it was trained with. Raises `BadInput` for a file that is no encoder, or
    one of other text."""
    item_ids, config, weights = _kept(path)
    net = BehaviourEncoder(len(item_ids), config, text)
    try:
        net.load_state_dict({k: torch.from_numpy(v.astype(np.float32)) for k, v in weights.items()})
    except RuntimeError as error:
        raise _no_encoder(path, error) from error
    return Ptum.of(net.eval(), item_ids)


def _kept(path: Path) -> tuple[tuple[str, ...], EncoderConfig, dict[str, np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            held = {name: kept[name] for name in kept.files}
        item_ids = tuple(map(str, held.pop("item_ids")))
        return item_ids, EncoderConfig(**json.loads(str(held.pop("config")))), held
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise _no_encoder(path, error) from error


def _no_encoder(path: Path, error: Exception) -> BadInput:
    why = (str(error).splitlines() or [""])[0][:120]
    return BadInput(f"{path} holds no behaviour encoder of this version ({why})")
