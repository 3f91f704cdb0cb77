"""DeepCTR-Torch's side of `rank_steps`, in the environment of deepctr-torch 0.3.0."""

import numpy as np
import torch
from deepctr_torch.inputs import SparseFeat, VarLenSparseFeat
from deepctr_torch.models import DIEN, DIN, MMOE
from deepctr_torch.models import DeepFM as DeepFm
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.rank_side import GENRE, ITEM, Rows, Steps, adam, compete

_PLAIN = {"l2_reg_embedding": 0.0, "init_std": 0.01}
_LENGTH = "length"
_TOWER = (80, 40)
"""By ReLU: with Dice, which its tower can be asked for, it does not run."""


def net_of(told: dict) -> nn.Module:
    sizes, k = told["sizes"], told["dimensions"]
    ones = [SparseFeat(f"one {n}", size, k) for n, size in enumerate(sizes)]
    met = [ones[ITEM], ones[GENRE]]
    done, other = (
        [
            VarLenSparseFeat(
                SparseFeat(f"{what}{own.name}", own.vocabulary_size, k, embedding_name=own.name),
                told["length"],
                length_name=_LENGTH,
            )
            for own in met
        ]
        for what in ("hist_", "neg_hist_")
    )
    names = [own.name for own in met]
    if told["model"] == "deepfm":
        return DeepFm(ones, ones, dnn_hidden_units=(128, 64), l2_reg_linear=0.0, **_PLAIN)
    if told["model"] == "din":
        return DIN([*ones, *done], names, dnn_hidden_units=_TOWER, att_hidden_size=(36,), **_PLAIN)
    if told["model"] == "dien":
        return DIEN(
            [*ones, *done, *other],
            names,
            gru_type="AUGRU",
            use_negsampling=True,
            alpha=1.0,  # of a mean over what was done and what was not; ours is of their sum
            dnn_hidden_units=_TOWER,
            att_hidden_units=(36,),
            **_PLAIN,
        )
    return MMOE(
        ones,
        num_experts=4,
        expert_dnn_hidden_units=(64,),
        gate_dnn_hidden_units=(),
        tower_dnn_hidden_units=(32,),
        l2_reg_linear=0.0,
        task_names=("like", "loved"),
        **_PLAIN,
    )


def columns_of(rows: Rows) -> dict[str, np.ndarray]:
    found = {f"one {n}": column for n, column in enumerate(rows.ones.T)}
    if rows.reads_behaviour:
        found |= {f"hist_one {c}": rows.done[:, :, p] for p, c in enumerate((ITEM, GENRE))}
        found[_LENGTH] = (rows.done[:, :, 0] > 0).sum(axis=1)
    if rows.told["model"] == "dien":
        others = rows.others()
        found |= {f"neg_hist_one {c}": others[:, :, p] for p, c in enumerate((ITEM, GENRE))}
    return found


class DeepCtr:
    def __init__(self, rows: Rows) -> None:
        self.told, self.columns = rows.told, columns_of(rows)
        self.net = net_of(rows.told)
        self.labels = rows.labels if rows.told["model"] == "mmoe" else rows.labels[:, :1]
        ordered = [self.columns[name] for name in self.net.feature_index]
        wide = [own[:, None] if own.ndim == 1 else own for own in ordered]
        self.whole = np.concatenate(wide, axis=1)
        self.net.compile(adam(rows.told, self.net))

    def train(self, steps: Steps) -> None:
        n_tasks, sums = self.labels.shape[1], [0.0]

        def noting(said: Tensor, labels: Tensor, reduction: str) -> Tensor:
            loss = functional.binary_cross_entropy(said, labels, reduction=reduction)
            sums.append(float(loss.detach()) / len(labels))
            if len(sums) == 1 + n_tasks:
                steps.note(sum(sums) + float(self.net.aux_loss), len(labels))
                sums[1:] = []
            return loss

        self.net.loss_func = [noting] * n_tasks if n_tasks > 1 else noting
        batch_size = self.told["batch_size"]
        self.net.fit(dict(self.columns), self.labels, batch_size, epochs=1, verbose=0)

    def score(self, rows: np.ndarray) -> Tensor:
        return self.net(torch.from_numpy(self.whole[rows]).float())


if __name__ == "__main__":
    compete(DeepCtr)
