"""SASRec on the people and candidates of a task: what a net is worth there that is trained on
sequences and reads no title. It takes minutes to train, so nobody gets it who does not ask."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from classic.train.loop import Say
from llmrec.lab.baselines import folded_in
from llmrec.lab.task import RankingTask

SASREC = "sasrec"


def sasrec_scores(task: RankingTask, folder: Path, say: Say) -> np.ndarray:
    """float64 [n_cases, n_candidates]. Trained on `task.train` alone, with everything there a like
    as for EASE and the task's seed; kept in `folder` for the next time. Raises `BadInput` for
    training data without two steps of anybody."""
    # All nets and what they need take seconds to import.
    from classic.configure import with_seed
    from classic.models import MODELS
    from classic.source import Source
    from classic.trained import kept_or_trained

    config = with_seed(MODELS[SASREC].config, task.seed)
    events = replace(task.train, ratings=None)
    told = (events.users.tobytes(), events.items.tobytes(), str(config).encode())
    own = folder / f"{SASREC}-{sha256(b'|'.join(told)).hexdigest()[:12]}"
    return folded_in(task, kept_or_trained(own, SASREC, Source(events, task.catalog), config, say))
