"""“Undo that”: what was said or clicked last is taken back by words, as by the button."""

import re

from llmrec.dialogue.nouns import DialogueState, Turn

_UNDO = re.compile(
    r"(?:(?:oops|whoops|no|wait|sorry|hm+|ok|okay|please|can you|could you)[,.!]? )*"
    r"(?:(?:undo|revert)(?: (?:that|it|this|my last \w+|the last \w+|(?:the|that) change))?|"
    r"take (?:that|it|the last \w+|my last \w+) back|(?:scratch|strike) that|"
    r"go back(?: (?:a|one) (?:step|turn))?|(?:a|one) step back|back (?:a|one) step)"
    r"(?:,? (?:please|pls|again))?\W*"
)


def asks_to_undo(text: str) -> bool:
    """Whether a turn asks for nothing else."""
    return _UNDO.fullmatch(text.lower().replace("’", "'").strip()) is not None


def undone(text: str, taken: Turn | None, state: DialogueState) -> Turn:
    """The turn that says so; `state` is what holds without what was `taken`."""
    reply = f"Taken back: “{taken.text}”." if taken else "There is nothing to take back."
    if taken and state.pending:
        reply += f" {state.pending.text}"
    elif taken and state.shown:
        reply += " This is the list as it stood before."
    items = state.shown if taken else ()
    return Turn(text=text, reply=reply, mode="rules", intent="chat", items=items, state=state)
