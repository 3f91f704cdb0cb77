"""`llmrec evaluate prompts`: strategies and baselines on the same people, records and a report."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from classic.errors import BadInput
from classic.train.loop import Say
from llmrec.evaluate.record import write_record
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.baselines import BASELINES, baseline_scores
from llmrec.lab.conversation import ConversationTask, conversation_baselines, open_conversation
from llmrec.lab.explanations import ExplanationTask, open_explanations
from llmrec.lab.keep import keep_pages
from llmrec.lab.keep_explanations import keep_explanations
from llmrec.lab.keep_likes import keep_likes
from llmrec.lab.keep_ratings import keep_ratings
from llmrec.lab.likes import LikeTask
from llmrec.lab.measure import ranks_of
from llmrec.lab.page_plots import html
from llmrec.lab.page_text import markdown
from llmrec.lab.ratings import RatingTask, open_ratings
from llmrec.lab.report import Report, Row, report_of
from llmrec.lab.runner import Found, Put, Runner, dry_run
from llmrec.lab.sasrec import SASREC, sasrec_scores
from llmrec.lab.seeded import open_task
from llmrec.lab.strategy import Strategy, folder_of, load_strategy, strategy_names
from llmrec.lab.tallrec import open_likes
from llmrec.lab.task import RankingTask, write_task
from llmrec.llm.choose import open_model, open_tuned
from llmrec.llm.llamacpp import embedded_gguf
from llmrec.llm.protocol import LanguageModel, ModelError

_TASKS: Mapping[str, Callable[[str, int], RankingTask]] = {
    "ranking": open_task,
    "likes": open_likes,
    "ratings": open_ratings,
    "conversation": open_conversation,
    "explanations": open_explanations,
}
_FAST = ("letters", "yes_no", "stars", "explanation")
"""Channels whose strategies are run when none are named."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `at_once` questions are in flight; `room` is how many tokens a prompt may
    have; after `most_tokens` of prompts the run stops, 0 for never. `adapter` is a folder that
    `llmrec finetune` made for the model. `baselines` are all but `sasrec` when none are named."""

    out: Path
    data: str = "ml-latest-small"
    task: str = "ranking"
    strategies: Sequence[str] = ()
    model: str | None = None
    users: int | None = 100
    seed: int = 0
    at_once: int = 8
    room: int = 4096
    most_tokens: int = 0
    adapter: Path | None = None
    baselines: Sequence[str] = ()


def chosen(names: Sequence[str], task: str = "ranking") -> list[Strategy]:
    """The strategies named; of none, those of this task that a model answers alone and at once, by
    one token or by an explanation. Raises `BadInput`, also for one of another task, or that is
    named twice."""
    found = [load_strategy(name) for name in names or strategy_names()]
    if not names:
        found = [s for s in found if s.prompt.channel in _FAST and s.alone]
        found = [s for s in found if s.prompt.task == task]
    if other := [s for s in found if s.prompt.task != task]:
        raise BadInput(f"strategy {other[0].name!r} is for --task {other[0].prompt.task}")
    if twice := [s.name for n, s in enumerate(found) if s.name in [o.name for o in found[:n]]]:
        raise BadInput(f"strategy {twice[0]!r} is named twice")
    return found


def chosen_baselines(names: Sequence[str], task: str) -> list[str]:
    """The baselines named; of none, those that are there at once. Raises `BadInput`."""
    if names and task != "ranking":
        raise BadInput(f"--baselines is for --task ranking: those of --task {task} are always told")
    if unknown := [name for name in names if name not in (*BASELINES, SASREC)]:
        known = ", ".join((*BASELINES, SASREC))
        raise BadInput(f"no baseline {unknown[0]!r}; there are: {known}")
    return list(dict.fromkeys(names)) or list(BASELINES)


def asking_of(wanted: Wanted) -> Asking:
    """The model that answers. The embedded one runs in transformers here: it computes what
    prompts share once, which measures several times as fast as asking one by one. Raises
    `BadInput` with the mend."""
    try:
        adapter, spec = wanted.adapter, wanted.model
        model = open_tuned(adapter, spec) if adapter else _model(spec)
    except ModelError as error:
        raise BadInput(str(error)) from None
    remote = bool(os.environ.get("LLMREC_LLM_URL"))
    return Asking(model, wanted.at_once if remote else 1, wanted.room)


def _model(spec: str | None) -> LanguageModel:
    path = embedded_gguf()
    if spec or path is None or os.environ.get("LLMREC_LLM_URL"):
        return open_model(spec)
    from llmrec.llm.transformers_model import TransformersModel

    return TransformersModel(str(path))


def task_of(wanted: Wanted) -> RankingTask:
    """Raises `BadInput` for a task or data that there is not."""
    if wanted.task not in _TASKS:
        raise BadInput(f"no task {wanted.task!r}; there are: {', '.join(_TASKS)}")
    return _TASKS[wanted.task](wanted.data, wanted.seed).take(wanted.users)


def bill(wanted: Wanted) -> Iterator[str]:
    """A filled prompt of each strategy, and what a run would ask in all. Asks nothing."""
    task, total, written = task_of(wanted), 0, 0
    for priced in dry_run(task, chosen(wanted.strategies, wanted.task), asking_of(wanted)):
        strategy = priced.strategy
        total, written = total + priced.tokens, written + priced.written
        yield f"=== {strategy.name} ({strategy.prompt.channel}, {strategy.aggregator})"
        if strategy.steps:
            yield f"=== first: {strategy.writes}; this asks for {next(iter(strategy.steps))}"
        yield from (f"[{role}]\n{text}" for role, text in priced.request.messages)
        more = ", and more by what is answered" if strategy.aggregator == "sorting" else ""
        told = f"{priced.prompts:,} prompts, {priced.tokens:,} tokens{_to_write(priced.written)}"
        yield f"--- about {told}{more}\n"
    told = f"about {total:,} prompt tokens{_to_write(written)}"
    yield f"{len(task.cases)} people, {told} if nothing is shared"


def _to_write(tokens: int) -> str:
    return f" and at most {tokens:,} to write" if tokens else ""


def evaluate(wanted: Wanted, say: Say) -> list[str]:
    """Runs what is not answered yet, writes everything into `wanted.out`, and gives a line for each
    row, the best first. Raises `BadInput`."""
    strategies = chosen(wanted.strategies, wanted.task)
    compared = chosen_baselines(wanted.baselines, wanted.task)
    task = task_of(wanted)
    asking = asking_of(wanted)
    asking.check([form for s in strategies for form in _forms(s)])
    say(f"{task.data}: {len(task.cases)} people, {task.about}; {asking.name}")
    found = answered(wanted, task, strategies, asking, say)
    _keep_answers(wanted.out, task, found)
    if isinstance(task, LikeTask):
        return keep_likes(wanted.out, task, strategies, found, asking.name)
    if isinstance(task, RatingTask):
        return keep_ratings(wanted.out, task, strategies, found, asking.name)
    if isinstance(task, ExplanationTask):
        return keep_explanations(wanted.out, task, strategies, found, asking.name)
    say("baselines")
    write_task(task, wanted.out / "task.jsonl")
    baselines = _baselines(wanted.out, task, compared, say)
    report = report_of(task, strategies, found, baselines, asking.name)
    _keep(wanted, task, {**baselines, **found.scores}, report)
    return [_line(row, report) for row in report.best_first]


def answered(
    wanted: Wanted, task: RankingTask, strategies: Sequence[Strategy], asking: Asking, say: Say
) -> Found:
    answers = Answers(wanted.out / "answers.jsonl")
    people_at_once = wanted.at_once if asking.at_once > 1 else 1
    try:
        runner = Runner(task, strategies, asking, answers, say, people_at_once, wanted.most_tokens)
        return runner.run()
    finally:
        answers.close()


def _baselines(
    out: Path, task: RankingTask, names: Sequence[str], say: Say
) -> dict[str, np.ndarray]:
    at_once = tuple(name for name in names if name != SASREC)
    found = baseline_scores(task, at_once) if at_once else {}
    if SASREC in names:
        found[SASREC] = sasrec_scores(task, out / "models", say)
    if isinstance(task, ConversationTask):
        found |= conversation_baselines(task)
    return found


def _line(row: Row, report: Report) -> str:
    mean, (low, high) = row.measured.means[report.metric], row.measured.intervals[report.metric]
    told = f"{100 * mean:6.2f} [{100 * low:.2f}, {100 * high:.2f}]"
    return f"{row.name:<24} {report.metric} {told}  {row.verdict()}"


def _forms(strategy: Strategy) -> list[str]:
    used = ("options" if step.tools else "text" for step in strategy.steps.values())
    return [strategy.channel.form, *used]


def _keep_answers(out: Path, task: RankingTask, found: Found) -> None:
    pl.scan_ndjson(out / "answers.jsonl").sink_parquet(out / "answers.parquet")
    rows = [_put_row(put, task) for put in found.puts]
    # All rows tell the types: those of steps have no scores.
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(out / "prompts.parquet")


def _keep(
    wanted: Wanted, task: RankingTask, scores: Mapping[str, np.ndarray], report: Report
) -> None:
    for row in report.rows:
        _record(wanted, task, row, scores[row.name], report)
    title = f"Prompting strategies on {report.data}"
    keep_pages(wanted.out, title, markdown(report), html(report))


def _put_row(put: Put, task: RankingTask) -> dict[str, object]:
    """`key` is that of `answers.parquet`, where the prompt and the raw answer are."""
    return {
        "user": task.cases[put.case].user,
        "strategy": put.strategy,
        "key": put.key,
        "step": put.asked.step,
        "text": put.reading.text,
        "items": list(put.asked.items),
        "content_free": put.asked.free,
        "scores": [put.reading.scores.get(i) for i in put.asked.items],
        "errors": json.dumps(dict(put.reading.errors)),
        "trimmed": put.trimmed,
        "prompt_tokens": put.prompt_tokens,
        "completion_tokens": put.completion_tokens,
        "seconds": put.seconds,
    }


def _record(
    wanted: Wanted, task: RankingTask, row: Row, scores: np.ndarray, report: Report
) -> None:
    own = row.measured
    ranks = ranks_of(scores, task.places())
    cases = [
        {"user": case.user, "rank": None if np.isinf(rank) else int(rank), "scores": list(given)}
        | {metric: float(values[n]) for metric, values in own.cases.items()}
        for n, (case, rank, given) in enumerate(zip(task.cases, ranks, scores, strict=True))
    ]
    write_record(
        wanted.out / folder_of(row.name),
        config={
            "data": task.data,
            "protocol": task.about,
            "people": report.people,
            "row": row.name,
            "model": report.model if row.strategy else None,
            "strategy": row.about,
        },
        metrics={
            "means": {m: round(v, 5) for m, v in own.means.items()},
            "intervals": {m: [round(b, 5) for b in v] for m, v in own.intervals.items()},
            "chance": {f"ndcg@{k}/{report.label}": round(v, 5) for k, v in report.chance.items()},
            "above_chance": row.above_chance,
            "gains": row.gains,
            "popularity_lift": row.lift,
            "diversity": row.diversity,
            "exposure": [asdict(share) for share in row.exposure],
            "by_history": row.by_history,
            "by_place": row.by_place,
            "first_choices": row.first_choices,
            "agreement": row.agreement,
            "like": row.like,
            "closeness": row.closeness,
            "attack": row.attack,
            "errors": row.errors,
            "calls": asdict(row.calls) if row.calls else None,
            "a_person": {
                "prompts": row.prompts,
                "tokens": row.tokens,
                "written": row.written,
                "seconds": row.seconds,
            },
        },
        per_case=cases,
        data=(*task.files, wanted.out / "task.jsonl"),
        seeds=[wanted.seed],
    )
