"""An open model asked as the prompt lab asks it."""

from pathlib import Path

import numpy as np

from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.runner import Runner
from llmrec.lab.strategy import Strategy
from llmrec.lab.task import RankingTask
from llmrec.llm.transformers_model import TransformersModel

_AT_ONCE = 16
"""People whose prompts go through the model together."""


def asked(
    model: TransformersModel, task: RankingTask, strategy: Strategy, kept: Path
) -> np.ndarray:
    """float64 [n_cases, n_candidates]: the scores of a strategy; answers are kept in a file, and
    what is there is not asked again."""
    answers = Answers(kept)
    try:
        return (
            Runner(task, [strategy], Asking(model), answers, say, _AT_ONCE)
            .run()
            .scores[strategy.name]
        )
    finally:
        answers.close()


def say(line: str) -> None:
    print(line, flush=True)
