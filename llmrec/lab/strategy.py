"""`Strategy`: a prompt file that says what it is given, how it is answered, and what becomes of the
answers. To add one, write one file; the lists it chooses from are in `context`, `channels` and
`aggregate`. Where the model is to write something before it answers, the file has steps.

    ---
    task: ranking
    version: 1
    source: where it comes from
    channel: letters
    aggregator: permutations        # single when left out; settings as {permutations: {n: 3}}
    context:                        # builders with their settings
      history: {last: 20}
      candidates: {}
    steps: ...                      # see `steps`; none when left out
    ---
    # user
    {{ history | join(", ") }} ...
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from classic.configure import configured
from classic.errors import BadInput
from llmrec.lab.agent import TOOLS, chosen, offered, results
from llmrec.lab.aggregate import Lot, Rounds, aggregator_named
from llmrec.lab.channels import Channel, Request, channel_named
from llmrec.lab.context import ALWAYS, BUILDERS, variables_of
from llmrec.lab.ground import Ground
from llmrec.lab.reading import Reading, Shown, read_text, unreadable
from llmrec.lab.scene import LETTERS, Asked, Scene
from llmrec.lab.steps import Step, after_writing, changed_step, steps_of
from llmrec.lab.task import Case, rng_of
from llmrec.llm.prompt_files import Prompt, parse_prompt

PARAPHRASE = "paraphrased"
"""The strategy that puts another's prompt in other words."""
_FOLDER = "strategies"
_KNOWN = ("aggregator", "context", "steps")


@dataclass(frozen=True)
class Strategy:
    """`context` and `aggregation` are settings by name; `steps` are written first, in their order;
    `truth_at` shows the truth in that place, 0 the first, to measure what places do."""

    name: str
    prompt: Prompt
    context: Mapping[str, Any]
    aggregator: str
    aggregation: Any
    steps: Mapping[str, Step] = field(default_factory=dict)
    truth_at: int | None = None

    @property
    def channel(self) -> Channel:
        return channel_named(self.prompt.channel)

    @property
    def pushes(self) -> bool:
        """Whether it is an attack: text that speaks for one candidate."""
        return bool(getattr(self.context.get("candidates"), "push", ""))

    @property
    def rewords(self) -> bool:
        """Whether it says what another says, in other words or with typos: a good answer to one is
        a good answer to both."""
        slips = any(getattr(settings, "typos", 0.0) for settings in self.context.values())
        return slips or self.prompt.name == PARAPHRASE

    @property
    def alone(self) -> bool:
        """Whether the model answers at once and by what it knows: it writes nothing, and no other
        recommender helps it."""
        return not self.steps and self.role == "recommender"

    @property
    def writes(self) -> str:
        """What is written first, in words."""
        return ", ".join(step.told(name) for name, step in self.steps.items())

    @property
    def role(self) -> str:
        """What the model is in the survey's terms: an `agent` chooses which other recommenders to
        call, a `bridge` is given what they say, a `recommender` has none."""
        if any(step.tools for step in self.steps.values()):
            return "agent"
        return "bridge" if any(BUILDERS[b].fits for b in self.context) else "recommender"

    def rounds(self, ground: Ground, case: Case) -> Rounds:
        """What is asked for one person, round by round, steps before what they are for."""
        lot = Lot(self.shown(case), rng_of(ground.task.seed, case.user, "orders"))
        fold = aggregator_named(self.aggregator, self.prompt.channel)
        return after_writing(fold.run(lot, self.channel, self.aggregation), self.steps)

    def shown(self, case: Case) -> tuple[str, ...]:
        """The candidates in the order of the first prompt."""
        if self.truth_at is None:
            return case.candidates
        others = [i for i in case.candidates if i != case.truth]
        return (*others[: self.truth_at], case.truth, *others[self.truth_at :])

    def request(self, ground: Ground, case: Case, asked: Asked, room: int) -> Request:
        """The question, with at most `room` of the history. Raises `BadInput`."""
        if len(asked.items) > len(LETTERS):
            raise BadInput(f"{len(asked.items)} candidates are more than there are letters")
        scene = Scene(ground, case, asked, room)
        given = {**variables_of(scene, self.context), **self._written(scene)}
        step = self.steps.get(asked.step)
        tools = offered(step, scene) if step and step.tools else []
        prompt = self.prompt.first[asked.step] if step else self.prompt
        messages = prompt.messages(**given, tools=tools)
        told = tuple((m["role"], m["content"]) for m in messages)
        if tools:
            return Request(told, "options", tuple(tool["letter"] for tool in tools))
        if step:
            return Request(told, "text", max_tokens=step.tokens)
        titles = ground.others(case) if self.channel.anything else ground.labels(asked.items)
        return self.channel.request(told, titles)

    def _written(self, scene: Scene) -> dict[str, Any]:
        """What stands already, by name: texts, and of tools what they found."""
        return {
            name: results(told, scene) if self.steps[name].tools else told
            for name, told in scene.asked.written
        }

    def read(self, ground: Ground, case: Case, asked: Asked, raw: Any) -> Reading:
        """What came, `None` for nothing, as a step's text or choice of a tool, or against what the
        prompt showed."""
        step = self.steps.get(asked.step)
        if step and step.tools:
            return chosen(step, Scene(ground, case, asked, len(case.history)), raw)
        if raw is None:
            return unreadable()
        if step:
            return read_text(raw, step.tokens)
        return self.channel.read(raw, self.shows(ground, case, asked))

    def shows(self, ground: Ground, case: Case, asked: Asked) -> Shown:
        """What an answer is read against."""
        names, past = ground.labels(asked.items), ground.labels(case.history)
        typos = getattr(self.context.get("candidates"), "typos", 0.0)
        titles = tuple(ground.title(case, i, typos) for i in asked.items)
        return Shown(asked.items, titles, past, ground.grounding, names)


def folder_of(row: str) -> str:
    """A row's name as a folder's: `zero_shot:history.last=5` is `zero_shot--history.last=5`."""
    return re.sub(r"[^\w.=-]+", "-", row.replace(":", "--"))


def strategy_names() -> tuple[str, ...]:
    """Every strategy that comes with the program."""
    folder = files("prompts") / _FOLDER
    return tuple(sorted(p.name.removesuffix(".md") for p in folder.iterdir() if _is_prompt(p.name)))


def _is_prompt(name: str) -> bool:
    return name.endswith(".md")


def load_strategy(spec: str) -> Strategy:
    """A strategy by its name or by a path to its file; `NAME:history.last=5:truth_at=0` changes
    settings. Raises `BadInput` that names what is wrong."""
    name, *changes = spec.split(":")
    strategy = parse_strategy(Path(name).stem if _is_prompt(name) else name, _text(name))
    for change in changes:
        strategy = _changed(strategy, change)
    return replace(strategy, name=":".join((strategy.name, *changes)))


def _text(name: str) -> str:
    path = Path(name) if _is_prompt(name) else files("prompts") / _FOLDER / f"{name}.md"
    if not path.is_file():
        known = ", ".join(strategy_names())
        raise BadInput(f"no strategy {name!r}; there are: {known}; or give a path to a .md file")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is no UTF-8 text: save it as UTF-8") from None


def parse_strategy(name: str, text: str) -> Strategy:
    """Raises `BadInput`."""
    prompt = parse_prompt(name, text)
    where = f"strategy {name!r}"
    if unknown := [key for key in prompt.more if key not in _KNOWN]:
        raise BadInput(f"{where}: no field {unknown[0]!r}; there are: {', '.join(_KNOWN)}")
    channel = channel_named(prompt.channel)
    wanted = _settings(prompt.more.get("context") or {}, f"{where}: context")
    if strange := [builder for builder in wanted if builder not in BUILDERS]:
        known = ", ".join(BUILDERS)
        raise BadInput(f"{where}: no context builder {strange[0]!r}; there are: {known}")
    if channel.part and channel.part not in wanted:
        raise BadInput(f"{where}: channel {prompt.channel!r} asks about `{channel.part}`: name it")
    context = {b: configured(BUILDERS[b].settings, s, f"{b}.") for b, s in wanted.items()}
    told = _settings(prompt.more.get("steps") or {}, f"{where}: steps")
    steps = steps_of(prompt, told, channel)
    given = [*ALWAYS, *(v for b in context for v in BUILDERS[b].gives)]
    for name_of_step, step in steps.items():
        if unknown := [tool for tool in step.tools if tool not in TOOLS]:
            raise BadInput(f"{where}: no tool {unknown[0]!r}; there are: {', '.join(TOOLS)}")
        own = ("tools", name_of_step) if step.tools else ()
        _refuse_unknown_variables(prompt.first[name_of_step], [*given, *own])
        given.append(name_of_step)
    _refuse_unknown_variables(prompt, given)
    fold = prompt.more.get("aggregator", "single")
    [(folder, settings)] = _settings(fold if isinstance(fold, dict) else {fold: {}}, where).items()
    default = aggregator_named(folder, prompt.channel).settings
    aggregation = configured(default, settings, f"{folder}.")
    return Strategy(name, prompt, context, folder, aggregation, steps)


def _settings(told: object, where: str) -> dict[str, Mapping[str, Any]]:
    if not isinstance(told, dict) or not all(isinstance(v or {}, dict) for v in told.values()):
        raise BadInput(f"{where} wants names with settings, as in `history: {{last: 20}}`")
    return {str(name): value or {} for name, value in told.items()}


def _refuse_unknown_variables(prompt: Prompt, given: Sequence[str]) -> None:
    if unknown := sorted(prompt.variables() - set(given)):
        raise BadInput(
            f"strategy {prompt.name!r} wants {unknown[0]!r}, which nothing gives it; "
            f"it is given: {', '.join(given)}"
        )


def _changed(strategy: Strategy, change: str) -> Strategy:
    """With one setting changed: `history.last=5`, `bootstrap.n=5` or `truth_at=0`."""
    path, _, value = change.partition("=")
    part, _, setting = path.partition(".")
    number: object = int(value) if value.lstrip("-").isdigit() else value
    if path == "truth_at" and isinstance(number, int) and number >= 0:
        return replace(strategy, truth_at=number)
    if part in strategy.context and setting:
        changed = configured(strategy.context[part], {setting: number}, f"{part}.")
        return replace(strategy, context={**strategy.context, part: changed})
    if part in strategy.steps and setting:
        step = changed_step(part, strategy.steps[part], {setting: number}, strategy.channel)
        return replace(strategy, steps={**strategy.steps, part: step})
    if part == strategy.aggregator and setting:
        aggregation = configured(strategy.aggregation, {setting: number}, f"{part}.")
        return replace(strategy, aggregation=aggregation)
    parts = ", ".join((*strategy.context, *strategy.steps, strategy.aggregator))
    raise BadInput(
        f"{strategy.name}: cannot change {change!r}; write PART.SETTING=VALUE with a part of: "
        f"{parts}; or truth_at=0"
    )
