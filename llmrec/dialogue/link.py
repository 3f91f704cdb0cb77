"""Node `link`: catalogue titles in the text, and titles that are not in it."""

from langgraph.runtime import Runtime

from llmrec.dialogue.draft import Draft, Parts


def link(draft: Draft, runtime: Runtime[Parts]) -> Draft:
    state = draft["state"]
    known = [s.item_id for s in state.shown]
    known += [p.value for p in draft["preferences"] if p.kind == "item"]
    if state.pending:
        known += [i for i in state.pending.offers if i in runtime.context.box.catalog]
    return {"mentions": runtime.context.linker.link(draft["text"], known=known)}
