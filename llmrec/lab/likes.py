"""Like prediction: will this person like this one title? With the rows that papers leave out.

Pooled AUC mixes two questions: who likes much, and which titles are liked. A person's share of
likes answers the first and knows no title, so it stands beside every model; AUC within people
(uAUC) asks the second alone. Intervals are over people, whose rows belong together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from classic.evaluate.labelled import Answers, intervals, paired_intervals
from classic.metrics import auc
from classic.train.line import log_odds
from llmrec.lab.single import Judged, answers_of
from llmrec.lab.task import RankingTask

_PRIOR = 5.0
"""Rows of the mean that every title and person is given beside its own."""


@dataclass(frozen=True, eq=False)
class LikeTask(RankingTask):
    """Each case asks about its one candidate; its `history` is what was liked. `labels` is bool
    [n_cases]. `train` holds titles with five stars or one."""

    labels: np.ndarray = ()  # type: ignore[assignment]

    @property
    def label(self) -> str:
        return "likes"

    def select(self, rows: Sequence[int] | np.ndarray) -> Self:
        chosen = super().select(rows)
        return replace(chosen, labels=self.labels[np.asarray(rows)])


def like_baselines(task: LikeTask) -> dict[str, np.ndarray]:
    """float64 [n_cases] logits of each: the share of likes in what the prompt shows of the person;
    the share of likes of the title in training; and both."""
    assert task.train.ratings is not None
    mean = float((task.train.ratings > 3).mean())
    liked = np.array([len(case.history) for case in task.cases], dtype=np.float64)
    seen = liked + [len(case.disliked) for case in task.cases]
    own = log_odds((liked + mean) / (seen + 1.0))
    n_liked = np.bincount(task.train.items, task.train.ratings > 3, len(task.catalog))
    n = np.bincount(task.train.items, minlength=len(task.catalog))
    of_items = log_odds((n_liked + _PRIOR * mean) / (n + _PRIOR))
    of_title = of_items[task.rows()[:, 0]]
    return {"user-mean": own, "item-mean": of_title, "user+item": own + of_title}


def like_rows(
    task: LikeTask, baselines: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]
) -> list[Judged]:
    """Every row, the baselines first, with differences to `user-mean`; `found` holds float64
    [n_cases, 1] by strategy. A row without an answer counts as undecided."""
    logits = answers_of(baselines, found)
    told = {name: _answers(task, z) for name, z in logits.items()}
    base = told["user-mean"]
    return [
        Judged(
            name,
            name in found,
            {**answers.metrics(), "auc_of_people": auc_of_people(answers)},
            intervals(answers),
            {} if name == "user-mean" else paired_intervals(answers, base),
            float(np.isnan(logits[name]).mean()),
        )
        for name, answers in told.items()
    ]


def auc_of_people(answers: Answers) -> float:
    """AUC when each person's mean logit stands for all of theirs: what of a pooled AUC says only
    whose rows they are."""
    sums = np.bincount(answers.users, answers.logits)
    means = sums / np.maximum(np.bincount(answers.users), 1)
    return auc(means[answers.users], answers.labels)


def _answers(task: LikeTask, logits: np.ndarray) -> Answers:
    return Answers(np.nan_to_num(logits, nan=0.0), task.labels, task.people)
