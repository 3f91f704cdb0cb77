"""What there is: every strategy, and what a new one can be made of."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from llmrec.lab.agent import TOOLS
from llmrec.lab.aggregate import AGGREGATORS
from llmrec.lab.channels import CHANNELS
from llmrec.lab.context import ALWAYS, BUILDERS
from llmrec.lab.steps import Step
from llmrec.lab.strategy import load_strategy, strategy_names

_WORKFLOWS = (
    "roles of the model: a recommender answers by itself, a bridge is given what other",
    "  recommenders say, an agent chooses which of them to call",
    "workflows: any strategy by a model as it is, or by one that was tuned",
    "  in-context learning  the model as it is: own_past and similar_users show examples",
    "  prompt tuning        --adapter of llmrec finetune with kind: prompt, prefix or behaviour",
    "  instruction tuning   --adapter of llmrec finetune JOB with kind: lora, dora, qlora or full",
)


def listing() -> Iterator[str]:
    """Lines for the terminal."""
    yield "strategies (prompts/strategies/NAME.md), and what the model is in each"
    names = strategy_names()
    wide = max(map(len, names))
    for name in names:
        strategy = load_strategy(name)
        how = f"{strategy.prompt.channel}, {strategy.aggregator}"
        yield f"  {name:<{wide}} {strategy.role:<12} {how:<24} {strategy.prompt.source}"
        if strategy.steps:
            yield f"  {'':<{wide}} first: {strategy.writes}"
    yield from _WORKFLOWS
    yield "context builders: NAME {settings} -> variables of the template"
    for name, builder in BUILDERS.items():
        given = ", ".join(builder.gives)
        yield f"  {name:<14} {_settings(builder.settings)} -> {given}: {builder.about}"
    yield f"  always there: {', '.join(ALWAYS)}"
    yield f"steps: NAME {_settings(Step())} -> NAME in later prompts: what the model does first"
    yield "  asked by sections of its own, `# NAME: user`; tokens is the most that it may write"
    yield "  each: a list, a text of every item shown by itself, which the builder candidate names"
    yield "  tools: no text, but at most so many calls of these, chosen by the letters of `tools`"
    for name, tool in TOOLS.items():
        yield f"  {name:<14} {tool.about}"
    yield "output channels"
    for name, channel in CHANNELS.items():
        wants = f" (wants the builder {channel.part})" if channel.part else ""
        yield f"  {name:<14} {channel.about}{wants}"
    yield "aggregators"
    for name, fold in AGGREGATORS.items():
        fits = ", ".join(fold.channels)
        yield f"  {name:<14} {_settings(fold.settings)} {fold.about} (with {fits})"


def _settings(defaults: Any) -> str:
    told = ", ".join(f"{name}: {value}" for name, value in asdict(defaults).items())
    return f"{{{told}}}"
