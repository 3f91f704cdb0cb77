"""The tools of the behaviour encoder: `next_items`, `user_profile`, `similar_users`."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from pydantic import Field

from classic.candidates import Candidates
from classic.data.interactions import History
from classic.filters import allowed
from classic.query import Query
from llmrec.behaviour.taste import Lean
from llmrec.dialogue.evidence import evidence_for
from llmrec.dialogue.nouns import Evidence
from llmrec.text import listed
from llmrec.tools.limits import spell
from llmrec.tools.person import PersonArguments
from llmrec.tools.result import ToolResult
from llmrec.tools.toolbox import Tool, Toolbox
from llmrec.tools.where import Where

_SHOWN = 4
"""Items that people alike have in common, at most."""
_KNOWS_NOTHING = "The pre-trained encoder knows nothing of what was told of this person."


class NextItemsArguments(PersonArguments):
    where: Where = Where()
    k: int = Field(default=6, ge=1, le=50)


class UserProfileArguments(PersonArguments):
    leanings: int = Field(default=3, ge=1, le=8)


class SimilarUsersArguments(PersonArguments):
    n: int = Field(default=20, ge=2, le=200, description="how many people")


def _next_items(arguments: NextItemsArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog)
    model, history = box.people().model, arguments.history()
    limits = replace(arguments.where.constraints(), exclude=arguments.where.exclude)
    inside = allowed(box.catalog, limits)
    here = np.array([i in box.catalog and inside[box.catalog.row(i)] for i in model.item_ids])
    found = model.recommend(history, arguments.k, mask=here)
    rows = model.known(History.of(*found.item_ids))[0]
    parts = model.contributions(history)[:, rows]
    sources = tuple(_sources(history, found.scores[n], parts[:, n]) for n in range(len(found)))
    told = Candidates(found.item_ids, found.scores, sources)
    query = Query(history=history, constraints=limits)
    facts = tuple(
        fact
        for item_id, own in zip(told.item_ids, told.sources, strict=True)
        for fact in evidence_for(box.catalog, item_id, own, query)
    )
    emptied = () if found.item_ids else tuple(spell(limits, name) for name in limits.active)
    note = f"{int(here.sum())} of {len(box.catalog)} items fit, the {len(found)} likeliest next:"
    return ToolResult(
        note=note if found.item_ids else "Nothing fits these limits.",
        candidates=told,
        items=told.item_ids,
        facts=facts,
        n_in=len(box.catalog),
        emptied_by=emptied,
    )


def _sources(history: History, score: float, parts: np.ndarray) -> dict[str, float]:
    """What the score loses without each item of the history, and the rest."""
    own = {f"model:{i}": float(part) for i, part in zip(history.item_ids, parts, strict=True)}
    return {**own, "model:": float(score - parts.sum())}


def _user_profile(arguments: UserProfileArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog)
    history = arguments.history()
    found = box.people().taste.of(history, arguments.leanings)
    told = found.told(box.catalog)
    note = (
        f"By what the pre-trained encoder expects next, this taste {told}."
        if told
        else _KNOWS_NOTHING
    )
    named = tuple(dict.fromkeys(i for lean in found.more for i, _ in lean.because))
    return ToolResult(
        note=note, items=named, facts=tuple(_facts(found.more, box)), n_in=len(history)
    )


def _facts(leans: tuple[Lean, ...], box: Toolbox) -> Iterator[Evidence]:
    """What each leaning is put down to."""
    for n, lean in enumerate(leans, start=1):
        for item_id, lost in lean.because:
            yield Evidence(
                id=f"taste#{n}:{item_id}",
                kind="model",
                text=f"it makes {lean.words(box.catalog)} likelier next",
                item_id=item_id,
                refers_to=item_id,
                share=lost,
            )


def _similar_users(arguments: SimilarUsersArguments, box: Toolbox) -> ToolResult:
    arguments.check(box.catalog)
    crowd, history = box.people().crowd, arguments.history()
    if not len(crowd.model.known(history)[0]):
        return ToolResult(note=_KNOWS_NOTHING)
    near = crowd.nearest(history, arguments.n)
    shared = [s for s in crowd.in_common(near, history, _SHOWN) if s.item_id in box.catalog]
    told = [
        f"{s.near} liked {box.catalog[s.item_id].label} ({100 * s.usual:.0f} % of all)"
        for s in shared
    ]
    kinds = box.people().taste.kinds
    theirs, usual = (
        kinds.shares(np.asarray(likes.sum(axis=0)))[0] for likes in (crowd.likes[near], crowd.likes)
    )
    leans = kinds.leanings(theirs, usual, 2).told(box.catalog)
    note = f"Of the {len(near)} people most alike among {len(crowd)}, {listed(told)}."
    note = note if told else f"The {len(near)} people most alike share no like."
    return ToolResult(
        note=f"{note} What they liked {leans}." if leans else note,
        items=tuple(s.item_id for s in shared),
        n_in=len(crowd),
    )


NEXT_ITEMS = Tool(
    "next_items",
    "What a person is likely to take next, by the pre-trained behaviour encoder.",
    NextItemsArguments,
    _next_items,
)
USER_PROFILE = Tool(
    "user_profile",
    "A person's taste in words, by the pre-trained behaviour encoder.",
    UserProfileArguments,
    _user_profile,
)
SIMILAR_USERS = Tool(
    "similar_users",
    "What the people most like a person liked in common.",
    SimilarUsersArguments,
    _similar_users,
)
