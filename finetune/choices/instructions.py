"""The job `instructions`: one adapter for many tasks, each told in many ways (instruction tuning;
Wei et al., FLAN, ICLR 2022), and judged by ways that it was never told in."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from classic.errors import BadInput
from classic.train.loop import Say
from finetune.choices.cases import ToLearn, cases_of
from finetune.choices.job import TERMS, examples_of, strategy_for
from finetune.tuning.adapters import AdapterConfig
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example
from finetune.tuning.job import Lessons, make_adapter
from finetune.tuning.tune import TuneConfig, told


@dataclass(frozen=True)
class Part:
    """A task: `rows` of `data` shared out among `strategies`; by those of `unseen` it is asked
    afterwards. `job` is `likes`, `ratings`, `ranking` or `next`."""

    job: str
    data: str
    strategies: tuple[str, ...]
    unseen: tuple[str, ...] = ()
    rows: int = 2000


@dataclass(frozen=True)
class InstructionsConfig:
    """`apart` cases of each part, of people who train nothing, are asked afterwards by every
    strategy."""

    parts: tuple[Part, ...] = (
        Part(
            "ranking",
            "llmrank-ml-1m",
            ("zero_shot", "role", "recency", "own_past"),
            ("background", "rephrase", "summary"),
        ),
        Part("likes", "tallrec-movie", ("likes_opinions",), ("likes_liked_only",)),
    )
    apart: int = 100
    model: str = "embedded"
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    training: TuneConfig = field(default_factory=TuneConfig)


def tune_instructions(
    config: InstructionsConfig, out: Path, command: str, tell: Say, curve: Curve | None = None
) -> dict[str, Any]:
    """Writes an adapter and gives what made it. Raises `BadInput`, also for a strategy that is both
    learned from and kept apart."""
    _check(config.parts)
    seed = config.training.seed
    cases = [cases_of(p.job, p.data, p.rows, config.apart, seed) for p in config.parts]

    def lessons(_: Any, tokenizer: Any) -> Lessons:
        examples = [
            example
            for part, own in zip(config.parts, cases, strict=True)
            for example in _shared_out(tokenizer, part, own)
        ]
        tell(f"{len(examples)} rows of {len(config.parts)} tasks")
        terms = TERMS.format(data=" and ".join(p.data for p in config.parts))
        return Lessons(examples, about={"terms": terms, "rows": len(examples)})

    def judged(model: Any, tokenizer: Any) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {"seen": {}, "unseen": {}}
        for part, own in zip(config.parts, cases, strict=True):
            for kind, names in (("seen", part.strategies), ("unseen", part.unseen)):
                for name in names:
                    asked = examples_of(tokenizer, strategy_for(part.job, name), own.apart)
                    of = asdict(told(model, asked))
                    found[kind][name] = {"loss": of["loss"], "right": of["right"]}
        return {"by_strategy": found}

    return make_adapter(config, out, command, lessons, judged, tell, curve)


def _shared_out(tokenizer: Any, part: Part, cases: ToLearn) -> Iterator[Example]:
    """Each case by one strategy, all of them equally often."""
    n = len(part.strategies)
    for place, name in enumerate(part.strategies):
        rows = range(place, len(cases.task.cases), n)
        if rows:
            yield from examples_of(tokenizer, strategy_for(part.job, name), cases.task.select(rows))


def _check(parts: Sequence[Part]) -> None:
    if not parts:
        raise BadInput("instructions want parts: a job, its data and its strategies each")
    for part in parts:
        if not part.strategies:
            raise BadInput(f"the part {part.job} of {part.data} names no strategies")
        if both := sorted(set(part.strategies) & set(part.unseen)):
            raise BadInput(f"strategy {both[0]!r} cannot be both learned from and unseen")
        for name in (*part.strategies, *part.unseen):
            strategy_for(part.job, name)
