"""What each person of a task did, for a model that reads people through an encoder."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from classic.data.interactions import History
from classic.errors import BadInput
from llmrec.behaviour.pretrained import Pretrained
from llmrec.lab.likes import LikeTask
from llmrec.lab.ratings import RatingTask
from llmrec.lab.task import Case, RankingTask, rng_of
from llmrec.llm.soft_prompt import Control

People = Callable[[Case], History]
"""In the ids of the encoder."""
_LEAST_KNOWN = 0.5
"""Of what people did, the share that an encoder has to know."""
_WHOSE = {"films": "ml-latest-small", "tallrec-movie": "ml-100k"}
"""By the name of a catalogue, the data set whose people it is about, where the names differ."""


def people_of(
    task: RankingTask, encoder: Pretrained, control: Control = "", others: Sequence[Case] = ()
) -> People:
    """Everything before what is asked, oldest first: what was taken or liked as a like, before it
    what was disliked, whatever of it the prompt shows. `shuffled` gives each case what somebody
    else did, of `others` or of the task. Raises `BadInput` where the encoder has seen the answers
    or knows too little of what people did, and where there is nobody else."""
    _refuse_seen(task, encoder)
    ids = encoder.ids_in(task.catalog)
    _refuse_strangers(task, encoder, ids)
    if not control:
        return lambda case: _history(case, ids)
    turned = dict(_others(task, others or task.cases))
    return lambda case: _history(turned[case], ids)


def _history(case: Case, ids: Mapping[str, str]) -> History:
    did = [*((i, -1.0) for i in case.disliked), *((i, 1.0) for i in case.history)]
    known = [(ids[i], weight) for i, weight in did if i in ids]
    return History(tuple(i for i, _ in known), tuple(weight for _, weight in known))


def _others(task: RankingTask, pool: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Each case with one of somebody else. Raises `BadInput`."""
    order = rng_of(task.seed, task.data, "others").permutation(len(pool))
    for n, case in enumerate(task.cases):
        tried = (pool[order[(n + m) % len(pool)]] for m in range(len(pool)))
        other = next((o for o in tried if _somebody_else(o, case)), None)
        if other is None:
            raise BadInput(f"{task.data}: there is nobody beside {case.user} to tell of instead")
        yield case, other


def _somebody_else(other: Case, case: Case) -> bool:
    """Cases of one person at several moments begin with the same item."""
    return other.user != case.user and _first(other) != _first(case)


def _first(case: Case) -> tuple[str, ...]:
    return (*case.disliked, *case.history)[:1]


def _refuse_seen(task: RankingTask, encoder: Pretrained) -> None:
    """Of the people that are asked, an encoder may have seen all but their last two: those are
    what a ranking hides, but not what a like or a rating asks about."""
    asked, seen = (_WHOSE.get(name, name) for name in (task.catalog.name, encoder.data))
    if asked != seen:
        return
    if isinstance(task, LikeTask | RatingTask):
        raise BadInput(
            f"the encoder of {encoder.data} has seen what the people of {task.data} are asked: "
            "take one that was pre-trained on other people, as ml-1m"
        )
    if encoder.about["protocol"] != "last-two":
        raise BadInput(
            f"the encoder of {encoder.data} has seen what the people of {task.data} are asked: "
            "pre-train it with `protocol: last-two` (finetune/configs/ptum-1m-last-two.yaml)"
        )


def _refuse_strangers(task: RankingTask, encoder: Pretrained, ids: Mapping[str, str]) -> None:
    did = [item for case in task.cases for item in (*case.disliked, *case.history)]
    known = sum(item in ids for item in did) / max(len(did), 1)
    if known < _LEAST_KNOWN:
        raise BadInput(
            f"the encoder of {encoder.data} knows {known:.0%} of what the people of {task.data} "
            "did, by title and year: take one that was pre-trained on items like theirs "
            "(llmrec pretrain ptum --data NAME)"
        )
