"""`GivenNegatives`: one held-out item per user, ranked among negatives that are given with it.

The protocol of He et al. (WWW 2017) on MovieLens 1M, whose files name 99 negatives for each user;
metrics carry it in their names (`ndcg@10/99neg`) and never share a table with full rankings.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from classic.data.benchmarks import whole_numbers
from classic.data.histories import histories_of
from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.recommender import Recommender

NCF_FILES = ("ml-1m.train.implicit.tsv", "ml-1m.test.rating", "ml-1m.test.negative")


@dataclass(frozen=True, eq=False)
class GivenNegatives:
    """`held_out` is int64 [n_users], `negatives` int64 [n_users, n_negatives], both rows of
    `train.item_ids`."""

    train: Interactions
    held_out: np.ndarray
    negatives: np.ndarray

    @property
    def label(self) -> str:
        return f"{self.negatives.shape[1]}neg"

    def ranks(self, model: Recommender) -> np.ndarray:
        """int64 [n_users]: the rank of the held-out item, 1 the best. A negative goes before it
        only when it scores higher, and a list that names the held-out item itself (156 of the
        published ones do) does not hold it against it. What is no number goes behind everything."""
        users = np.arange(self.train.n_users)
        scores = model.of_users(users, histories_of(self.train))
        wanted = scores[users, self.held_out][:, None]
        beaten = scores[users[:, None], self.negatives] <= wanted
        return 1 + (~beaten).sum(axis=1)

    def metrics(self, model: Recommender, k: int = 10) -> dict[str, np.ndarray]:
        """Per user, float64 [n_users], by name."""
        ranks = self.ranks(model)
        inside = ranks <= k
        return {
            f"hr@{k}/{self.label}": inside.astype(np.float64),
            f"ndcg@{k}/{self.label}": np.where(inside, 1.0 / np.log2(1.0 + ranks), 0.0),
        }

    def validation(self, seed: int = 0) -> "GivenNegatives":
        """The same protocol inside the training part, to choose hyper-parameters on: one training
        item of each user is held out, with as many items drawn that the user never met. The item
        is drawn, because the published training pairs carry no times."""
        rng = np.random.default_rng(seed)
        own = self.train.by_user()
        drawn = np.array([rng.choice(rows) for rows in own])
        kept = np.ones(len(self.train), dtype=bool)
        kept[drawn] = False
        met = self.train.matrix.toarray() > 0
        met[np.arange(len(own)), self.held_out] = True
        negatives = np.stack([_unmet(row, self.negatives.shape[1], rng) for row in met])
        train = self.train.select(kept)
        return replace(self, train=train, held_out=self.train.items[drawn], negatives=negatives)


def _unmet(met: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(np.flatnonzero(~met), n, replace=False)


def read_ncf(folder: Path) -> GivenNegatives:
    """The published files of the NCF split of ml-1m. Raises `BadInput` naming what is wrong."""
    train_file, test_file, negative_file = (folder / name for name in NCF_FILES)
    train = whole_numbers(train_file)
    held_out = whole_numbers(test_file)[:, 1]
    lines = negative_file.read_text("utf-8").splitlines()
    negatives = np.array([line.split("\t")[1:] for line in lines if line], dtype=np.int64)
    n_users = len(held_out)
    if len(negatives) != n_users or train[:, 0].max() >= n_users:
        raise BadInput(f"{folder}: {len(negatives)} lists of negatives for {n_users} users")
    n_items = 1 + max(int(train[:, 1].max()), int(held_out.max()), int(negatives.max()))
    interactions = Interactions(
        train[:, 0].astype(np.int32),
        train[:, 1].astype(np.int32),
        tuple(map(str, range(n_users))),
        tuple(map(str, range(n_items))),
    )
    return GivenNegatives(interactions, held_out, negatives)
