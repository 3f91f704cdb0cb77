"""What there is: every strategy, and what a new one can be made of."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from llmrec.lab.aggregate import AGGREGATORS
from llmrec.lab.channels import CHANNELS
from llmrec.lab.context import ALWAYS, BUILDERS
from llmrec.lab.steps import Step
from llmrec.lab.strategy import load_strategy, strategy_names


def listing() -> Iterator[str]:
    """Lines for the terminal."""
    yield "strategies (prompts/strategies/NAME.md)"
    names = strategy_names()
    wide = max(map(len, names))
    for name in names:
        strategy = load_strategy(name)
        how = f"{strategy.prompt.channel}, {strategy.aggregator}"
        yield f"  {name:<{wide}} {how:<24} {strategy.prompt.source}"
        if strategy.steps:
            yield f"  {'':<{wide}} writes first: {strategy.writes}"
    yield "context builders: NAME {settings} -> variables of the template"
    for name, builder in BUILDERS.items():
        given = ", ".join(builder.gives)
        yield f"  {name:<14} {_settings(builder.settings)} -> {given}: {builder.about}"
    yield f"  always there: {', '.join(ALWAYS)}"
    yield f"steps: NAME {_settings(Step())} -> NAME in later prompts: what the model writes first"
    yield "  asked by sections of its own, `# NAME: user`; tokens is the most that it may write"
    yield "  each: a list, a text of every item shown by itself, which the builder candidate names"
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
