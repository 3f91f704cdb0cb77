"""The tools `remember` and `forget`: what is learned of a person, and what is dropped again."""

from collections.abc import Sequence

from llmrec.dialogue.nouns import Preference
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.understanding.schema import Frozen

_ONE_AT_A_TIME = ("year_min", "year_max", "runtime_max", "audience_max")


class RememberArguments(Frozen):
    """New preferences, and those that hold already."""

    new: tuple[Preference, ...]
    known: tuple[Preference, ...] = ()


class ForgetArguments(Frozen):
    """The kind and value of what is to be dropped; neither: everything said in this session."""

    known: tuple[Preference, ...]
    kind: str | None = None
    value: str | None = None


def contradicts(new: Preference, old: Preference) -> bool:
    """Whether a later wish takes the place of an earlier one: the latest word counts."""
    if new.kind != old.kind or new.preference_id == old.preference_id:
        return False
    if new.kind in _ONE_AT_A_TIME:
        return new.scope == old.scope
    return new.value == old.value


def opposes(new: Preference, old: Preference) -> bool:
    """Whether the person has changed their mind, which a reply should say."""
    if not contradicts(new, old):
        return False
    return old.value != new.value if new.kind in _ONE_AT_A_TIME else old.polarity != new.polarity


def _remember(arguments: RememberArguments, box: Toolbox) -> ToolResult:
    learned = _latest(arguments.new)
    retired = tuple(
        old.preference_id
        for old in arguments.known
        if any(contradicts(new, old) for new in learned)
    )
    note = f"{len(learned)} remembered, {len(retired)} replaced."
    return ToolResult(note=note, learned=learned, retired=retired, n_in=len(arguments.known))


def _latest(preferences: Sequence[Preference]) -> tuple[Preference, ...]:
    """Of wishes that contradict each other within one turn, the last."""
    return tuple(
        p
        for n, p in enumerate(preferences)
        if not any(contradicts(later, p) for later in preferences[n + 1 :])
    )


def _forget(arguments: ForgetArguments, box: Toolbox) -> ToolResult:
    dropped = tuple(
        p.preference_id
        for p in arguments.known
        if (arguments.kind is None and p.scope == "now")
        or (p.kind == arguments.kind and arguments.value in (None, p.value))
    )
    return ToolResult(note=f"{len(dropped)} forgotten.", retired=dropped, n_in=len(arguments.known))


REMEMBER = Tool("remember", "Keep wishes and opinions.", RememberArguments, _remember)
FORGET = Tool("forget", "Drop wishes and opinions.", ForgetArguments, _forget)
