"""Running strategies over the people of a task, each question once, whatever interrupts."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from classic.errors import BadInput
from classic.train.loop import Say
from llmrec.lab.aggregate import Rounds, Scores
from llmrec.lab.answers import Answer, Answers
from llmrec.lab.asking import Asking
from llmrec.lab.channels import Request
from llmrec.lab.ground import Ground
from llmrec.lab.reading import Reading, unreadable
from llmrec.lab.scene import Asked
from llmrec.lab.strategy import Strategy
from llmrec.lab.task import Case, RankingTask
from llmrec.llm.protocol import ModelAway

_TELL_EVERY = 5.0
"""Seconds."""
_LONG = 64
"""No template takes more of a history without being told to."""


@dataclass(frozen=True)
class Put:
    """One prompt of a strategy for one person and what was read from its answer; `trimmed` when
    the history was cut to fit. A prompt that did not fit has no key."""

    case: int
    strategy: str
    asked: Asked
    key: str
    reading: Reading
    trimmed: bool
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Found:
    """What strategies gave: `scores` float64 [n_cases, n_candidates] by strategy, the candidates as
    in the task, NaN where no answer spoke of one."""

    scores: dict[str, np.ndarray]
    puts: list[Put]


@dataclass(eq=False)
class _Live:
    """A strategy at work for one person."""

    case: int
    strategy: Strategy
    rounds: Rounds
    asked: list[Asked] = field(default_factory=list)
    scores: Scores | None = None

    def advance(self, readings: list[Reading] | None) -> None:
        try:
            self.asked = next(self.rounds) if readings is None else self.rounds.send(readings)
        except StopIteration as end:
            self.asked, self.scores = [], end.value


@dataclass(frozen=True)
class Question:
    """`request` is `None` where even the shortest history does not fit."""

    request: Request | None
    trimmed: bool


def question(
    strategy: Strategy, ground: Ground, case: Case, asked: Asked, asking: Asking
) -> Question:
    """The prompt, with half of the history again and again until it fits the model."""
    whole = room = max(len(case.history), len(case.disliked), len(case.lines), 1)
    while room:
        request = asking.about(strategy.request(ground, case, asked, room), case, asked)
        if asking.fits(request):
            return Question(request, room < whole)
        room = min(room, _LONG) // 2
    return Question(None, True)


class Runner:
    """Everybody's questions of one round go out together."""

    def __init__(
        self,
        task: RankingTask,
        strategies: Sequence[Strategy],
        asking: Asking,
        answers: Answers,
        say: Say,
        people_at_once: int = 1,
        most_tokens: int = 0,
    ) -> None:
        self.ground, self.strategies = Ground(task), strategies
        self.asking, self.answers, self.say = asking.meeting(task), answers, say
        self.people_at_once, self.most_tokens = people_at_once, most_tokens
        self.puts: list[Put] = []
        self.asked_now = self.tokens_now = 0

    def run(self) -> Found:
        """Raises `BadInput` when the model goes away; what it answered is kept."""
        task = self.ground.task
        shape = (len(task.cases), task.n_candidates)
        found = {s.name: np.full(shape, np.nan) for s in self.strategies}
        began = told = time.perf_counter()
        for first in range(0, len(task.cases), self.people_at_once):
            block = range(first, min(first + self.people_at_once, len(task.cases)))
            for live in self._block(block, f"{first} of {len(task.cases)} people"):
                items = task.cases[live.case].candidates
                row = [(live.scores or {}).get(item, np.nan) for item in items]
                found[live.strategy.name][live.case] = row
            if time.perf_counter() - told > _TELL_EVERY:
                told = time.perf_counter()
                self.say(_progress(block.stop, len(task.cases), told - began, self.asked_now))
        return Found(found, self.puts)

    def _block(self, people: Sequence[int], where: str) -> list[_Live]:
        """A few people through every strategy, round by round."""
        cases = self.ground.task.cases
        lives = [
            _Live(n, s, s.rounds(self.ground, cases[n])) for n in people for s in self.strategies
        ]
        for live in lives:
            live.advance(None)
        while waiting := [live for live in lives if live.asked]:
            questions = [[self._question(live, asked) for asked in live.asked] for live in waiting]
            self._ask([q.request for row in questions for q in row if q.request], where)
            for live, row in zip(waiting, questions, strict=True):
                pairs = zip(live.asked, row, strict=True)
                live.advance([self._read(live, asked, one) for asked, one in pairs])
        return lives

    def _question(self, live: _Live, asked: Asked) -> Question:
        case = self.ground.task.cases[live.case]
        return question(live.strategy, self.ground, case, asked, self.asking)

    def _ask(self, requests: Sequence[Request], where: str) -> None:
        """What is not known yet, each once."""
        if self.most_tokens and self.tokens_now >= self.most_tokens:
            raise BadInput(
                f"this run has asked {self.tokens_now:,} tokens, after {where}; everything is "
                "kept: run it again to go on, with another --most-tokens"
            )
        new = {r.key(self.asking.name): r for r in requests}
        unknown = [request for key, request in new.items() if key not in self.answers]
        try:
            for request, answer in self.asking.answers(unknown):
                self.answers.add(answer, request)
                self.asked_now += 1
                self.tokens_now += answer.prompt_tokens
        except ModelAway as error:
            raise BadInput(
                f"{error}, after {where}; {len(self.answers)} answers are kept: "
                "run the same command again and it goes on from there"
            ) from None

    def _read(self, live: _Live, asked: Asked, put: Question) -> Reading:
        if put.request is None:
            answer, reading = Answer("", None), unreadable("too_long")
        else:
            answer = self.answers[put.request.key(self.asking.name)]
            case = self.ground.task.cases[live.case]
            reading = live.strategy.read(self.ground, case, asked, answer.raw)
        spent = (answer.prompt_tokens, answer.completion_tokens, answer.seconds)
        name = live.strategy.name
        self.puts.append(Put(live.case, name, asked, answer.key, reading, put.trimmed, *spent))
        return reading


def _progress(done: int, of: int, seconds: float, asked: int) -> str:
    left = seconds / done * (of - done)
    return f"{done} of {of} people, {asked} prompts answered, about {_spell(left)} left"


def _spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@dataclass(frozen=True)
class Priced:
    """What a strategy would ask of everybody in its first round: `request` is its first prompt for
    the first person; `tokens` are those of `prompts` prompts, `written` the most that the model may
    write in answers that are text."""

    strategy: Strategy
    request: Request
    prompts: int
    tokens: int
    written: int


def dry_run(task: RankingTask, strategies: Sequence[Strategy], asking: Asking) -> Iterator[Priced]:
    """Each strategy's price, as the first five people tell. Raises `BadInput` for one that fits
    nowhere."""
    ground, few, asking = Ground(task), task.cases[:5], asking.meeting(task)
    share = len(task.cases) / len(few)
    for strategy in strategies:
        asked = [r for case in few for r in _first_round(strategy, ground, case, asking)]
        if not asked:
            raise BadInput(f"{strategy.name} does not fit the model's context")
        tokens = sum(asking.tokens(r) for r in asked)
        written = sum(r.most_written for r in asked)
        told = (round(n * share) for n in (len(asked), tokens, written))
        yield Priced(strategy, asked[0], *told)


def _first_round(
    strategy: Strategy, ground: Ground, case: Case, asking: Asking
) -> Iterator[Request]:
    """What fits of it, after steps that each write as much as they may."""
    rounds = strategy.rounds(ground, case)
    asked = next(rounds)
    while True:
        for one in asked:
            put = question(strategy, ground, case, one, asking)
            if put.request:
                yield put.request
        if not asked[0].step:
            return
        asked = rounds.send([strategy.steps[one.step].longest for one in asked])
