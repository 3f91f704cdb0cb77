"""The tools of the dialogue by name."""

from llmrec.tools.behaviour import NEXT_ITEMS, SIMILAR_USERS, USER_PROFILE
from llmrec.tools.explain import EXPLAIN
from llmrec.tools.facts import COMPARE, CREDITS, LOOKUP
from llmrec.tools.memory import FORGET, REMEMBER
from llmrec.tools.rate import RATE
from llmrec.tools.recommend import RECOMMEND, SEARCH, SIMILAR
from llmrec.tools.toolbox import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        RECOMMEND,
        SIMILAR,
        SEARCH,
        LOOKUP,
        COMPARE,
        CREDITS,
        EXPLAIN,
        RATE,
        NEXT_ITEMS,
        USER_PROFILE,
        SIMILAR_USERS,
        REMEMBER,
        FORGET,
    )
}
