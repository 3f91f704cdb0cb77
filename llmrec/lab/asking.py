"""Putting questions to a model: many at once where that is faster, and again when it was away."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classic.data.interactions import History
from classic.errors import BadInput
from llmrec.lab.answers import Answer
from llmrec.lab.channels import Request
from llmrec.lab.scene import Asked
from llmrec.lab.task import Case, RankingTask
from llmrec.llm.protocol import (
    BehaviourScorer,
    LanguageModel,
    ModelAway,
    ModelError,
    PrefixScorer,
    Scored,
    TitleWriter,
    Usage,
)

if TYPE_CHECKING:
    from llmrec.lab.people import People

_CHARACTERS_PER_TOKEN = 3.0
_WAITS = (1.0, 4.0, 15.0)
"""Seconds before a server that was away is asked again."""


@dataclass(frozen=True, eq=False)
class Asking:
    """`at_once` questions are in flight at most; `room` is how many tokens a prompt may have.
    `people` is what each person did, for a model that reads it."""

    model: LanguageModel
    at_once: int = 1
    room: int = 4096
    wait: Callable[[float], None] = time.sleep
    people: "People | None" = None

    @property
    def name(self) -> str:
        return self.model.info.name

    def meeting(self, task: RankingTask) -> "Asking":
        """The same about the people of a task, where the model reads what they did. Raises
        `BadInput` where its encoder must not or cannot."""
        if not isinstance(self.model, BehaviourScorer):
            return self
        from llmrec.lab.people import people_of

        soft_prompt = self.model.soft_prompt
        return replace(self, people=people_of(task, soft_prompt.encoder, soft_prompt.control))

    def about(self, request: Request, case: Case, asked: Asked) -> Request:
        """The question with what its person did; with nothing where it is to be about nobody."""
        if self.people is None:
            return request
        return replace(request, history=History() if asked.free else self.people(case))

    def check(self, forms: Sequence[str]) -> None:
        """Raises `BadInput` for a channel that the model does not have."""
        if lacking := sorted(set(forms) - set(self.model.info.can)):
            raise BadInput(f"{self.name} cannot answer by {lacking[0]}: leave those strategies out")

    def tokens(self, request: Request) -> int:
        """Of a prompt, and of titles that are read behind it one by one."""
        scored = request.options if request.form == "titles" and not request.beams else ()
        return self._prompt(request) + sum(map(_estimated, scored))

    def _prompt(self, request: Request) -> int:
        """Counted where the model can, else estimated."""
        if isinstance(self.model, PrefixScorer):
            return self.model.count(request.chat)
        return _estimated("".join(text for _, text in request.messages)) + 8

    def fits(self, request: Request) -> bool:
        limit = self.room
        if isinstance(self.model, PrefixScorer):
            limit = min(limit, self.model.context)
        return self._prompt(request) + request.max_tokens <= limit

    def answers(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Answer]]:
        """As they come. Raises `ModelAway` when the model stays away; what came before it has been
        given."""
        scored = [r for r in requests if r.form == "options"]
        if isinstance(self.model, PrefixScorer) and scored:
            yield from self._together(scored, self.model)
            requests = [r for r in requests if r.form != "options"]
        if self.at_once == 1:
            yield from ((request, self._one(request)) for request in requests)
            return
        with ThreadPoolExecutor(self.at_once) as pool:
            waiting = {pool.submit(self._one, request): request for request in requests}
            away: ModelAway | None = None
            for done in as_completed(list(waiting)):
                try:
                    answer = done.result()
                except ModelAway as error:
                    away = error
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
                yield waiting.pop(done), answer
        if away:
            # What was under way when it went may still have come.
            for late, request in waiting.items():
                if not late.cancelled() and late.exception() is None:
                    yield request, late.result()
            raise away

    def _together(
        self, requests: Sequence[Request], model: PrefixScorer
    ) -> Iterator[tuple[Request, Answer]]:
        """The time is shared out by the tokens that each took."""
        began = time.perf_counter()
        scored = self._scored(requests, model)
        seconds = time.perf_counter() - began
        a_token = seconds / sum(one.computed_tokens for one in scored)
        for request, one in zip(requests, scored, strict=True):
            spent = (one.prompt_tokens, 1, one.computed_tokens * a_token)
            yield request, Answer(request.key(self.name), one.scores, "", *spent)

    def _scored(self, requests: Sequence[Request], model: PrefixScorer) -> list[Scored]:
        asked = [(r.chat, r.options) for r in requests]
        if self.people is None or not isinstance(model, BehaviourScorer):
            return model.score_many(asked)
        return model.score_people(asked, [r.history or History() for r in requests])

    def _one(self, request: Request) -> Answer:
        """The answer to one question; a model that could not give one is an answer too."""
        began, usage = time.perf_counter(), Usage()
        raw, error = None, ""
        for pause in (*_WAITS, None):
            try:
                raw = self._ask(request, usage)
                break
            except ModelAway:
                if pause is None:
                    raise
                self.wait(pause)
            except ModelError as fault:
                error = str(fault)
                break
        seconds, key = time.perf_counter() - began, request.key(self.name)
        return Answer(key, raw, error, usage.prompt_tokens, usage.completion_tokens, seconds)

    def _ask(self, request: Request, usage: Usage) -> Any:
        if request.form == "options":
            return self.model.score_options(request.chat, request.options, usage=usage)
        if request.form == "titles":
            return self._titles(request, usage)
        most = request.max_tokens
        if request.form == "json":
            answer = self.model.generate_json(
                request.chat, request.schema, max_tokens=most, usage=usage
            )
            return answer.value
        return "".join(self.model.generate_text(request.chat, max_tokens=most, usage=usage))

    def _titles(self, request: Request, usage: Usage) -> list[list[Any]]:
        """(title, log-probability, tokens) of each."""
        assert isinstance(self.model, TitleWriter), "models that cannot have been refused"
        chat, titles = request.chat, request.options
        if request.beams:
            told = self.model.write_titles(chat, titles, request.beams, usage=usage)
        else:
            told = self.model.score_titles(chat, titles, usage=usage)
        return [[one.text, one.log_probability, one.tokens] for one in told]


def _estimated(text: str) -> int:
    return int(len(text) / _CHARACTERS_PER_TOKEN)
