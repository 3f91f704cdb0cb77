"""The closed list of tools of an agent: what it may call by name, and what each gives back.

A strategy file gives a step `tools` in place of `tokens`. The model then writes nothing: it chooses
one of them by its letter, again and again, until it has enough or has made as many `calls` as it
may. What the tools found stands under the step's name in the prompts after it, as a list of calls
with `name`, `about`, `failed` and `found`, items with `letter` and `title`; an item that is no
candidate has no letter. Where the section of the step itself does not show that list but names
alone, the plan is made before anything is known, as in InteRecAgent (Huang et al. 2023); where it
does, each call follows from what the one before it found, as in ReAct (Yao et al., ICLR 2023).

    steps:
      plan: {tools: [ease, item-knn, same-genres], calls: 2}
    ---
    # plan: user
    {% for t in tools %}
    {{ t.letter }}: {{ t.about }}
    {% endfor %}
    Which first?

The tools are shown in an order drawn for each person: a model that likes the first letter best
chooses all of them equally often.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classic.errors import BadInput
from llmrec.lab.ground import NOT_SAID, Ground
from llmrec.lab.reading import Reading
from llmrec.lab.scene import LETTERS, Asked, Scene
from llmrec.lab.steps import Step
from llmrec.lab.task import Case, rng_of
from llmrec.llm.answers import MISSING

FAILED = "failed_call"
"""A call that came to nothing: no tool was chosen, or the one that was cannot serve this task."""
_FOUND_IN_ALL = 10


@dataclass(frozen=True)
class Tool:
    """`run` gives item ids, the best first, and raises `BadInput` for a task without what it
    needs; it reads training and history, never the truth."""

    about: str
    run: Callable[[Ground, Case], Sequence[str]]


def _ordered(by: str) -> Callable[[Ground, Case], Sequence[str]]:
    return lambda ground, case: ground.ordered(case, by)


def _found(ground: Ground, case: Case) -> Sequence[str]:
    return ground.recommended(case, _FOUND_IN_ALL)


def _of_commonest(values: Callable[[Ground, str], Sequence[object]]) -> Callable[..., Sequence]:
    """The candidates that have what most of the history has."""

    def run(ground: Ground, case: Case) -> Sequence[str]:
        counts = Counter(value for i in case.history for value in values(ground, i))
        if not counts:
            raise BadInput(f"nothing of the kind is known of the history of {case.user}")
        [(commonest, _)] = counts.most_common(1)
        return [i for i in case.candidates if commonest in values(ground, i)]

    return run


def _genres(ground: Ground, item_id: str) -> Sequence[object]:
    return ground.item(item_id).genres


def _decade(ground: Ground, item_id: str) -> Sequence[object]:
    year = ground.item(item_id).year
    return (year // 10 * 10,) if year else ()


TOOLS: Mapping[str, Tool] = {
    "ease": Tool("rank by what people with this history chose together", _ordered("ease")),
    "item-knn": Tool("rank by whose public is the same", _ordered("item-knn")),
    "popularity": Tool("rank by how many people chose each", _ordered("popularity")),
    "item-mean": Tool("rank by the mean stars of each", _ordered("item-mean")),
    "content": Tool("rank by how like the history they are", _ordered("content")),
    "bm25": Tool("rank by words shared with titles of the history", _ordered("bm25")),
    "random": Tool("rank by drawing lots", _ordered("random")),
    "same-genres": Tool(
        "keep those of the genre that the history has most", _of_commonest(_genres)
    ),
    "same-decade": Tool(
        "keep those of the decade that the history has most", _of_commonest(_decade)
    ),
    "retrieve": Tool("look for the best among all there are, listed here or not", _found),
}
"""`random` is a control: what is ranked by it is copied and nothing else."""


def offered(step: Step, scene: Scene) -> list[dict[str, str]]:
    """The tools that are not called yet, and to have enough, each with the letter that it keeps."""
    order = rng_of(scene.ground.task.seed, scene.case.user, "tools").permutation(len(step.tools))
    called = _called(scene.asked)
    names = [step.tools[place] for place in order]
    told = [(letter, name) for letter, name in zip(LETTERS, names, strict=False)]
    left = [
        {"letter": letter, "name": name, "about": TOOLS[name].about}
        for letter, name in told
        if name not in called
    ]
    return [*left, {"letter": LETTERS[len(names)], "name": "", "about": "nothing more"}]


def _called(asked: Asked) -> tuple[str, ...]:
    """What this plan has in it already."""
    told = dict(asked.written).get(asked.step, ())
    return told if isinstance(told, tuple) else ()


def chosen(step: Step, scene: Scene, raw: Any) -> Reading:
    """The tool whose letter is the likeliest, by its name; no text where there is enough."""
    tools = offered(step, scene)
    scores = list(raw) if raw is not None else []
    if not scores or max(scores) <= MISSING:
        return Reading(errors={FAILED: 1})
    name = tools[scores.index(max(scores))]["name"]
    failed = bool(name) and not scene.asked.free and _run(name, scene) is None
    return Reading(text=name, errors={FAILED: 1} if failed else {})


def _run(name: str, scene: Scene) -> Sequence[str] | None:
    """`None` where it failed."""
    try:
        return TOOLS[name].run(scene.ground, scene.case)
    except BadInput:
        return None


def results(names: Sequence[str], scene: Scene) -> list[dict[str, Any]]:
    """What a prompt shows of the calls: of its own candidates all, of others the titles."""
    return [_result(name, scene) for name in names]


def _result(name: str, scene: Scene) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "about": TOOLS[name].about, "failed": False}
    if scene.asked.free:
        return {**told, "found": [{"letter": NOT_SAID, "title": NOT_SAID}]}
    ids = _run(name, scene)
    if ids is None:
        return {**told, "failed": True, "found": []}
    letters = dict(zip(scene.asked.items, LETTERS, strict=False))
    shown = [i for i in ids if i in letters or i not in scene.case.candidates]
    found = [{"letter": letters.get(i, ""), "title": scene.title(i)} for i in shown]
    return {**told, "found": found}
