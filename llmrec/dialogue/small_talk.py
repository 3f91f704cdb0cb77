"""What is said to turns that ask for nothing from the catalogue."""

import re
from collections.abc import Callable, Sequence

from classic.data.catalog import Catalog
from llmrec.dialogue.draft import Draft
from llmrec.dialogue.nouns import Preference
from llmrec.dialogue.spell import spell

_MOST_TOLD = 8
"""Preferences in one sentence; the drawer shows all."""


def small_talk(draft: Draft, catalog: Catalog) -> str:
    """The first answer whose cue the text has; a greeting without one, or, where there is a list,
    what can be done with it."""
    text = draft["text"].lower().replace("’", "'")
    for cue, answer in _ANSWERS:
        if cue.search(text):
            return answer(draft, catalog)
    return _list_in_view(draft) if draft["state"].shown else _greeting(draft, catalog)


def _greeting(_: Draft, __: Catalog) -> str:
    return (
        "Hello! Tell me one you love, a mood, or what you never want to see, "
        "and I'll suggest something and say why."
    )


def _list_in_view(_: Draft) -> str:
    return (
        "I'm here. Ask “why 1?”, say what to change about the list, or tell me which you have seen."
    )


def _about_you(draft: Draft, catalog: Catalog) -> str:
    known: Sequence[Preference] = draft["preferences"]
    if not known:
        return (
            "Nothing yet. Tell me one you love or what you never want to see, and I'll remember it "
            "until you say “forget it”."
        )
    told = "; ".join(spell(p, catalog) for p in known[-_MOST_TOLD:])
    more = f" and {len(known) - _MOST_TOLD} more things" if len(known) > _MOST_TOLD else ""
    return f"What you told me: {told}{more}. Say “forget …” to take something back."


def _about_me(_: Draft, catalog: Catalog) -> str:
    domain = catalog.domain
    return (
        f"I suggest {domain}s from a catalogue on this machine and show the reasons. "
        "Tell me what you like, rule things out, ask “why”, or say newer, lighter, shorter."
    )


def _my_opinion(_: Draft, catalog: Catalog) -> str:
    return (
        f"I have seen none of them: I go by what the catalogue says of a {catalog.domain} and by "
        "what people liked beside it. Ask “why”, and I tell you what speaks for it."
    )


def _kept_where(_: Draft, __: Catalog) -> str:
    return (
        "What you tell me is kept where this program runs, under your name; the page shows it, "
        "exports it and erases it."
    )


def _thanked(_: Draft, __: Catalog) -> str:
    return "You're welcome. Come back and tell me how it was: it helps me next time."


def _farewell(_: Draft, catalog: Catalog) -> str:
    return f"Enjoy the {catalog.domain}!"


def _scolded(draft: Draft, _: Catalog) -> str:
    if draft["state"].shown:
        return "Sorry. Tell me what was wrong with the list, or say “others”, and I'll try again."
    return "Sorry. Tell me one you love or what you never want to see, and I'll do better."


def _asked_how(_: Draft, __: Catalog) -> str:
    return "Fine, thank you, and ready to look for something. What are you in the mood for?"


_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Draft, Catalog], str]], ...] = (
    (
        re.compile(
            r"\b(?:know|remember(?:ed)?|learn(?:ed|t)?|think) (?:\w+ ){0,2}(?:about|of) "
            r"(?:me|my)\b|\bmy (?:taste|profile|preferences|likes|dislikes)\b|"
            r"\bdo i (?:\w+ )?(?:like|love|enjoy|prefer|go for|watch)\b"
        ),
        _about_you,
    ),
    (
        re.compile(
            r"\b(?:my|our|the) (?:data|chats?|history)\b|\bprivacy\b|\bprivate\b|"
            r"\b(?:store|keep|share|sell|send)(?:s|ing)? (?:\w+ )?(?:what|this|my|anything)\b"
        ),
        _kept_where,
    ),
    (
        re.compile(
            r"\b(?:who|what) are you\b|\bwhat can you\b|\bwhat do you do\b|"
            r"\bhow do(?:es)? (?:you|this) work\b|"
            r"\bare you (?:an? )?(?:bot|ai|robot|human|real|person)\b"
        ),
        _about_me,
    ),
    (
        re.compile(
            r"\b(?:(?:did|do|would) you (?:like|love|enjoy|watch)|have you (?:seen|watched)|"
            r"your (?:favou?rite|opinion)|do you think)\b"
        ),
        _my_opinion,
    ),
    (re.compile(r"\bhow(?:'s| are| is) (?:you|it going|things)\b"), _asked_how),
    (
        re.compile(
            r"\b(?:useless|stupid|dumb|rubbish|terrible|awful|you suck|not (?:great|good|helpful)|"
            r"don't (?:listen|understand)|worst)\b"
        ),
        _scolded,
    ),
    (re.compile(r"\b(?:bye|good ?night|see (?:you|ya)|cya|gotta go|that's all)\b"), _farewell),
    (
        re.compile(
            r"\b(?:thank\w*|thx|ty|cheers|great|perfect|awesome|brilliant|lovely|nice one)\b"
        ),
        _thanked,
    ),
    (re.compile(r"^\W*(?:hi|hey|hello|yo|hiya|good (?:morning|evening|afternoon))\b"), _greeting),
)
