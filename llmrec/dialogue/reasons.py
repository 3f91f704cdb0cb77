"""Why a title is on the list, in the words of a small model that was tuned for it.

Code chooses the facts and how the words begin; the model puts the facts in one or two sentences.
"""

from collections.abc import Sequence

from llmrec.dialogue.nouns import Evidence
from llmrec.llm.prompt_files import load_prompt

_MOST_WORDS = 34
"""Words of facts that go into one explanation, so that nobody waits long for it."""
_PROMPT = "explain_title"
FREELY, ITS_TITLE = "freely", "its title"
"""Ways to begin: in any way, and with the title; all others are words."""


def openings() -> tuple[str, ...]:
    """The ways in which words may begin, whatever the facts are."""
    return tuple(load_prompt(_PROMPT).more["openings"])  # type: ignore[arg-type]


def chosen(evidence: Sequence[Evidence], most: int) -> tuple[Evidence, ...]:
    """At most so many facts to tell, the leading one first; that much of a title is liked comes
    last."""
    ranked = sorted(evidence, key=lambda fact: fact.kind == "popularity")
    picked = ranked[:1]
    for fact in ranked[1:]:
        words = sum(len(f.text.split()) for f in (*picked, fact))
        if len(picked) < most and words <= _MOST_WORDS:
            picked.append(fact)
    return tuple(picked)


def question(title: str, facts: Sequence[str], opening: str) -> list[dict[str, str]]:
    """What the model is asked: `title` with its year, `facts` as evidence tells them."""
    begin = title if opening == ITS_TITLE else opening
    return load_prompt(_PROMPT).messages(title=title, facts=list(facts), opening=begin)
