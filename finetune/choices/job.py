"""The jobs `likes`, `ratings`, `ranking` and `next`: adapters with which a model answers a strategy
of the prompt lab, trained on the very prompts that it is asked there. What is learned of `next` is
the whole title of what a person took next, of the others the one token of an option."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from classic.errors import BadInput
from classic.train.loop import Say
from finetune.choices.cases import NextTask, ToLearn, cases_of
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.behaviour import Accompanied, BehaviourConfig
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example, Tokens, example, prompt_tokens
from finetune.tuning.job import Lessons, make_adapter
from finetune.tuning.preference import PreferenceLoss, mistakes
from finetune.tuning.tune import TuneConfig, told
from llmrec.lab.channels import Request
from llmrec.lab.ground import Ground
from llmrec.lab.likes import LikeTask
from llmrec.lab.people import People, people_of
from llmrec.lab.ratings import RatingTask
from llmrec.lab.scene import Asked
from llmrec.lab.strategy import Strategy, load_strategy
from llmrec.lab.task import Case, RankingTask

_CHANNELS = {"likes": "yes_no", "ratings": "stars", "ranking": "letters", "next": "titles"}
TERMS = "the terms of {data}, whose ratings made it; MovieLens allows no commercial use"


@dataclass(frozen=True)
class ChoicesConfig:
    """`rows` cases are learned from, 0 for all; `apart` tell after every epoch which weights are
    best, 0 for none. The prompts are those of `strategy`, a name or a file. With `rejected` answers
    above 0, what is learned is to prefer the right answer to so many that the model, which
    `adapter.start` names, would rather have given, `beta` the strength of holding on to what it
    said before. The job `next` learns up to `titles` of what came next, one after the other: a
    prompt is read once for all of them."""

    data: str
    strategy: str
    model: str = "embedded"
    rows: int = 0
    apart: int = 0
    rejected: int = 0
    beta: float = 1.0
    titles: int = 1
    adapter: AdapterConfig | BehaviourConfig = field(default_factory=AdapterConfig)
    training: TuneConfig = field(default_factory=TuneConfig)


LIKES = ChoicesConfig("tallrec-movie", "likes_opinions")
RATINGS = ChoicesConfig("ml-100k", "stars")
RANKING = ChoicesConfig("llmrank-ml-1m", "zero_shot")
NEXT = ChoicesConfig("llmrank-ml-1m", "title_scores")


def tune_likes(
    config: ChoicesConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """Writes an adapter and gives what made it. Raises `BadInput`."""
    return _tuned("likes", config, out, command, tell, curve)


def tune_ratings(
    config: ChoicesConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """Writes an adapter and gives what made it. Raises `BadInput`."""
    return _tuned("ratings", config, out, command, tell, curve)


def tune_ranking(
    config: ChoicesConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """Writes an adapter and gives what made it. Raises `BadInput`."""
    return _tuned("ranking", config, out, command, tell, curve)


def tune_next(
    config: ChoicesConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """Writes an adapter and gives what made it. Raises `BadInput`."""
    if config.rejected:
        raise BadInput("next learns whole titles, not options to reject: set rejected to 0")
    if isinstance(config.adapter, BehaviourConfig):
        raise BadInput("behaviour is read where options are scored, not titles: choose kind: lora")
    return _tuned("next", config, out, command, tell, curve)


def _tuned(
    job: str, config: ChoicesConfig, out: Path, command: str, tell: Say, curve: Curve | None
) -> dict[str, Any]:
    strategy = strategy_for(job, config.strategy)
    if config.rejected and isinstance(config.adapter, BehaviourConfig):
        raise BadInput("preferences go on from an adapter, which behaviour cannot: set rejected: 0")
    cases = cases_of(job, config.data, config.rows, config.apart, config.training.seed)
    apart: dict[str, list[Example]] = {}

    def lessons(model: Any, tokenizer: Any) -> Lessons:
        people = _people(model, cases.task, cases.task.cases)
        examples = examples_of(tokenizer, strategy, cases.task, people, config.titles)
        for name, people in _asked_as(model, cases).items():
            apart[name] = examples_of(tokenizer, strategy, cases.apart, people)
        tell(f"{len(examples)} rows, about {_mean_length(examples):.0f} tokens each")
        about = {
            "terms": TERMS.format(data=config.data),
            "rows": len(examples),
            "strategy": strategy.prompt.hash,
        }
        asked_apart = apart["apart"] if config.apart else ()
        if not config.rejected:
            return Lessons(examples, asked_apart, about)
        options = options_of(tokenizer, strategy, cases.task)
        wrong = mistakes(model, examples, options, config.rejected)
        tell(f"{len(wrong)} of them were answered wrong")
        loss = partial(PreferenceLoss, beta=config.beta)
        return Lessons(wrong, asked_apart, about | {"mistakes": len(wrong)}, loss)

    def judged(model: Any, _: Any) -> dict[str, Any]:
        return {name: asdict(told(model, asked)) for name, asked in apart.items()}

    return make_adapter(config, out, command, lessons, judged, tell, curve)


def strategy_for(job: str, name: str) -> Strategy:
    """Raises `BadInput` for one that is not answered as the job is, or not at once."""
    if job not in _CHANNELS:
        raise BadInput(f"no job {job!r}; there are: {', '.join(_CHANNELS)}")
    strategy = load_strategy(name)
    if strategy.prompt.channel != _CHANNELS[job]:
        raise BadInput(
            f"strategy {name!r} is answered by {strategy.prompt.channel}: "
            f"the job {job} is learned by {_CHANNELS[job]}"
        )
    if strategy.steps:
        raise BadInput(f"strategy {name!r} has texts written first: only an answer is learned here")
    return strategy


def _people(model: Any, task: RankingTask, others: Sequence[Case]) -> People | None:
    """What people did, for a model that reads it."""
    if not isinstance(model, Accompanied):
        return None
    soft_prompt = model.soft_prompt
    return people_of(task, soft_prompt.encoder, soft_prompt.control, others)


def _asked_as(model: Any, cases: ToLearn) -> dict[str, People | None]:
    """How the cases apart are asked in the end: as what was learned, and where that is people's
    own vectors, with those of others as well. What is not lost so was not learned of the person."""
    others = cases.task.cases
    found = {"apart": _people(model, cases.apart, others)}
    if isinstance(model, Accompanied) and not model.soft_prompt.control:
        encoder = model.soft_prompt.encoder
        found["apart_as_others"] = people_of(cases.apart, encoder, "shuffled", others)
    return found


def examples_of(
    tokenizer: Any,
    strategy: Strategy,
    task: RankingTask,
    people: People | None = None,
    titles: int = 1,
) -> list[Example]:
    """Every case as it is asked first, its answer the one token that is scored, or the title of
    the truth with the end of an answer, behind it up to `titles` in all of what a `NextTask` tells
    of later, each with its end; with what its person did where `people` tells it. Raises
    `BadInput`."""
    ground = Ground(task)
    chats = [_request(ground, strategy, case).chat for case in task.cases]
    if strategy.channel.form == "titles":
        taken = [ground.labels(_taken(task, n)[:titles]) for n in range(len(chats))]
        found = [example(tokenizer, c, *own) for c, own in zip(chats, taken, strict=True)]
    else:
        options = options_of(tokenizer, strategy, task)
        right = [(options[_right(strategy, task, n)],) for n in range(len(chats))]
        prompts = [prompt_tokens(tokenizer, chat) for chat in chats]
        found = [Example(*pair) for pair in zip(prompts, right, strict=True)]
    if people is None:
        return found
    return [replace(e, history=people(c)) for e, c in zip(found, task.cases, strict=True)]


def _taken(task: RankingTask, n: int) -> tuple[str, ...]:
    """What the person of case `n` took, the truth first."""
    return (task.cases[n].truth, *(task.later[n] if isinstance(task, NextTask) else ()))


def _right(strategy: Strategy, task: RankingTask, n: int) -> int:
    """Which option answers case `n`; of half a star, the next whole one."""
    if isinstance(task, LikeTask):
        return int(not task.labels[n])
    if isinstance(task, RatingTask):
        return int(np.clip(np.floor(task.stars[n] + 0.5), 1, 5)) - 1
    case = task.cases[n]
    return strategy.shown(case).index(case.truth)


def options_of(tokenizer: Any, strategy: Strategy, task: RankingTask) -> Tokens:
    """The token that each option is scored by, the same for every case."""
    options = _request(Ground(task), strategy, task.cases[0]).options
    return tuple(tokenizer(o, add_special_tokens=False)["input_ids"][0] for o in options)


def _request(ground: Ground, strategy: Strategy, case: Case) -> Request:
    room = max(len(case.history), len(case.disliked), 1)
    return strategy.request(ground, case, Asked(strategy.shown(case)), room)


def _mean_length(examples: list[Example]) -> float:
    return sum(map(len, examples)) / max(len(examples), 1)
