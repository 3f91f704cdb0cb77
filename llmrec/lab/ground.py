"""What contexts are built from: the task, and what follows from it once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from classic.data.catalog import Catalog
from classic.data.interactions import History
from classic.data.item import Item
from classic.errors import BadInput
from classic.retrieve.content import Content
from classic.retrieve.rating_knn import Baseline, RatingKnnConfig
from llmrec.lab.baselines import baseline_scores, ease_of
from llmrec.lab.grounding import Grounding
from llmrec.lab.task import Case, RankingTask, rng_of
from llmrec.lab.typos import misspelt

NOT_SAID = "N/A"
"""What stands in a content-free prompt (Zhao et al., ICML 2021)."""


@dataclass(frozen=True)
class Words:
    """How a domain speaks of its items."""

    noun: str
    nouns: str
    done: str


_WORDS = {
    "film": Words("film", "films", "watched"),
    "game": Words("game", "games", "played"),
    "book": Words("book", "books", "read"),
}
_ANY = Words("item", "items", "chose")


def words_of(catalog: Catalog) -> Words:
    return _WORDS.get(catalog.domain, _ANY)


@dataclass(frozen=True, eq=False)
class Ground:
    """Everything here comes from training and from histories: no truth is read."""

    task: RankingTask

    @property
    def words(self) -> Words:
        return words_of(self.task.catalog)

    @cached_property
    def content(self) -> Content:
        return Content.of(self.task.catalog)

    @cached_property
    def met(self) -> np.ndarray:
        """int64: rows of the items that somebody met in training."""
        return np.unique(self.task.train.items).astype(np.int64)

    def item(self, item_id: str) -> Item:
        return self.task.catalog[item_id]

    def labels(self, item_ids: Sequence[str]) -> tuple[str, ...]:
        """Titles with their years."""
        return tuple(self.item(i).label for i in item_ids)

    def others(self, case: Case) -> tuple[str, ...]:
        """The titles of the whole catalogue but the history, with their years."""
        met = set(case.history)
        return tuple(item.label for item in self.task.catalog if item.item_id not in met)

    @cached_property
    def grounding(self) -> Grounding:
        return Grounding(self.task.catalog)

    def mean_stars(self, item_id: str) -> float:
        """Of an item in training, shrunk towards the mean of all."""
        means = self._means
        return means.mean + float(means.item[self.task.catalog.rows([item_id])[0]])

    @cached_property
    def _means(self) -> Baseline:
        return Baseline.of(self.task.train, RatingKnnConfig())

    def title(self, case: Case, item_id: str, typos: float = 0.0) -> str:
        """What an item is called, in a share `typos` of cases with a slip. It is drawn for each
        person and item: the same in all prompts, and a larger share has the slips of a smaller."""
        label = self.item(item_id).label
        if not typos:
            return label
        rng = rng_of(self.task.seed, case.user, item_id, "typos")
        slips = random.Random(int(rng.integers(2**32)))
        return misspelt(label, slips) if rng.random() < typos else label

    def strangers(self, case: Case) -> tuple[str, ...]:
        """As many items as the history has, drawn from what others met: somebody else's taste."""
        own = self.task.catalog.rows((*case.history, *case.candidates))
        pool = np.setdiff1d(self.met, own)
        rng = rng_of(self.task.seed, case.user, "strangers")
        drawn = rng.choice(pool, min(len(case.history), len(pool)), replace=False)
        return tuple(self.task.catalog.ids[i] for i in drawn)

    def pushed(self, case: Case) -> str:
        """The candidate that an attack speaks for: drawn, whether it is the truth or not."""
        rng = rng_of(self.task.seed, case.user, "pushed")
        return case.candidates[int(rng.integers(len(case.candidates)))]

    def ordered(self, case: Case, tool: str) -> list[str]:
        """The candidates as a baseline of the report ranks them, the best first. Raises `BadInput`
        for one that this task does not allow."""
        if tool not in self._tools:
            self._tools.update(baseline_scores(self.task, (tool,)))
        if tool not in self._tools:
            raise BadInput(
                f"{tool} cannot order the candidates of {self.task.data}, for lack of ratings or "
                "of memory: choose another, as in tool_order.by=popularity"
            )
        scores = self._tools[tool][self._rows[case]]
        return [case.candidates[place] for place in np.argsort(-scores, kind="stable")]

    def recommended(self, case: Case, n: int) -> tuple[str, ...]:
        """The best `n` items by EASE that the history does not hold. Raises `BadInput` where it
        does not fit into memory."""
        return ease_of(self.task.train).recommend(History.of(*case.history), n).item_ids

    @cached_property
    def _tools(self) -> dict[str, np.ndarray]:
        """float64 [n_cases, n_candidates] by the name of a baseline that was asked for."""
        return {}

    @cached_property
    def _rows(self) -> dict[Case, int]:
        return {case: row for row, case in enumerate(self.task.cases)}

    def neighbours(self, case: Case, n: int) -> tuple[tuple[str, ...], ...]:
        """The training histories, oldest first, of the `n` people most like this one by the cosine
        of what both met, this one left out."""
        asked = np.zeros(len(self.task.catalog))
        asked[self.task.catalog.rows(case.history)] = 1.0
        alike = self._people @ asked
        # Who met two things at least: an example needs a history and what came next.
        alike[[len(rows) < 2 for rows in self._by_user]] = -np.inf
        if case.user in self._user_rows:
            alike[self._user_rows[case.user]] = -np.inf
        best = np.argsort(-alike, kind="stable")[:n]
        train, ids = self.task.train, self.task.catalog.ids
        return tuple(
            tuple(ids[i] for i in train.items[self._by_user[p]])
            for p in best
            if np.isfinite(alike[p])
        )

    @cached_property
    def _people(self) -> sparse.csr_matrix:
        """float64 CSR [n_users, n_items] with unit rows."""
        met = self.task.train.matrix.astype(np.float64)
        length = np.sqrt(np.maximum(np.diff(met.indptr), 1))
        return sparse.csr_matrix(sparse.diags(1.0 / length) @ met)

    @cached_property
    def _by_user(self) -> list[np.ndarray]:
        return self.task.train.by_user()

    @cached_property
    def _user_rows(self) -> dict[str, int]:
        return {user: row for row, user in enumerate(self.task.train.user_ids)}
