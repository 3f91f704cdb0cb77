"""The intent of a turn from cues, in order of how sure each cue is."""

import re

from llmrec.understanding.schema import Intent, Slots

_OFF_TOPIC = re.compile(
    r"\b(?:weather|homework|python|javascript|code|recipe|capital of|stock|bitcoin|president|"
    r"cook\w*|printer|poem|essay|joke about|solve|equation|calculate|\d+\s*[+*/x]\s*\d+|"
    r"ignore (?:all |your |the |my )?(?:previous |prior |above )?(?:instructions|rules|prompt)|"
    r"system prompt|jailbreak|football score|news|politics|election results|lyrics|horoscope|"
    r"medical|doctor'?s advice|symptoms?|pizza|laptop|phone|alarm|timer|tax(?:es)?|airport|"
    r"rain(?:ing)? (?:today|tomorrow)|boil|spell|\d+ ?% of|song to|essays?|database|"
    r"admin access|restaurant|flight to|book me|my password|write (?:me )?(?:a|an|"
    r"some))\b"
)
_COMMANDS = re.compile(
    r"\b(?:ignore (?:all |your |the |my )?(?:previous |prior |above )?(?:instructions|rules|"
    r"prompt)|"
    r"system prompt|jailbreak|translate|fix my|"
    r"\d+ (?:times|plus|minus|divided by) \d+|what(?:'?s| is) the (?:weather|time|capital)|"
    r"write (?:me )?(?:a|an|some) "
    r"(?:poem|essay|story|code|script|song|letter|email))\b"
)
_GREETING = re.compile(
    r"^\W*(?:hi|hiya|hello|hey|yo|good (?:morning|evening|afternoon)|howdy|sup|thanks?|"
    r"thank you|thx|"
    r"ty|cheers|bye|goodbye|good night|see (?:you|ya)|ok(?:ay)?|cool|great|perfect|awesome|"
    r"lol|haha|"
    r"nice|how are you|how'?s it going|what'?s up|who are you|what are you|what can you do|help|"
    r"you(?:'re| are) (?:great|awesome|the best|funny|nice|cool|amazing|smart)|"
    r"are you (?:a )?(?:bot|human|real|ai)|how do(?:es)? (?:you|this) work)\b"
)
_ABOUT_ONESELF = re.compile(
    r"(?:\W*\b(?:so|hi|hey|ok|and|well|right|tell me)\b\W*)*"
    r"(?:(?:what|how much|anything|everything)(?: (?:do|did|have|else))* you (?:\w+ )?"
    r"(?:know|remember(?:ed)?|learn(?:ed|t)?|have|noted|saved|stored|think)(?: so far)? "
    r"(?:of|about|on) (?:me|my (?:taste|likes|preferences)(?: in \w+)?)"
    r"(?: (?:so far|now|already|by now|then|personally))?|"
    r"(?:what|which) (?:kinds?|sorts?|types?|genres?)(?: of)? (?:\w+ )?do i (?:\w+ )?"
    r"(?:like|love|enjoy|prefer|go for|watch)(?: (?:most|best|the most))?|"
    r"(?:how would you )?(?:what(?:'s| is)|describe) my taste(?: (?:in|for) \w+)?(?: like)?)\W*|"
    r"(?:show|tell) (?:me )?(?:what'?s |what is )?(?:in )?my (?:taste|profile|preferences)\W*"
)
_FORGET = re.compile(
    r"\b(?:(?<!dont )(?<!don't )(?<!not )forget|delete (?:my|all)|undo that|no longer|"
    r"don'?t remember|erase|scratch|never ?mind)\b"
)
_TAKES_BACK = re.compile(
    r"\b(?:forg[eo]t\w*|undo\w*|delet\w*|eras\w*|wip\w*|clear\w*|reset\w*|remov\w*|drop\w*|scratch|"
    r"cancel\w*|unblock\w*|lift\w*|again|back|any ?more|no longer|now|over|start\w*|allow\w*|"
    r"can|may|fine|ok|okay|off|out|chang\w+|ignor\w*|strike|lose|stop\w*|discard|take|mind|welcome|purge|"
    r"revoke|withdraw)\b"
)
_REMEMBER = re.compile(
    r"\b(?:remember|(?:never|stop) (?:show|suggest|recommend|giv)\w*|always|in general|"
    r"(?:generally|usually),? i\b|\bi (?:generally|usually)|from now on|don'?t forget|ever$|"
    r"keep in mind|"
    r"note that|for the future|ever again|can'?t stand|i (?:really )?(?:hate|love|like|prefer)\b"
    r"(?! (?:it|that|this|the (?:first|second|third|last))))"
)
_EXPLAIN = re.compile(
    r"\b(?:why|y (?:did|is|the)|explain|justify|on what basis|what(?:'?s| is) behind|"
    r"doing (?:in|on) (?:this|the|my) list|how come|what makes you|"
    r"reasons?|because of what|what made you)\b"
)
_COMPARE = re.compile(
    r"\b(?:compare|versus|vs\.?|better than|difference between|which (?:one )?(?:is|of|should)|"
    r"(?:^|, )[^,]{0,20}~\W*or\b[^~]*~[^~]{0,12}\?|or\b.*\?)|"
    r"~\W+(?:or|vs\.?|versus)\W+(?:the )?~|^\W*(?:the )?(?:\d|first)\W+or\W+(?:the )?(?:\d|last)\b"
)
_LOOKUP = re.compile(
    r"^\W*(?:so |and )?(?:is|was) (?:the )?(?:\d{4} )?~|"
    r"\b(?:who (?:directed|made|stars?|plays?|wrote|sings?|is in|was in|acts?)|who'?s (?:in|the)|"
    r"do you have ~|how many (?:oscars|awards)|what country|when does|how old do|directed by whom|"
    r"how long|runtime|what year|when (?:did|was|is)|what(?:'?s| is| was)? .*\babout\b|plot|"
    r"synopsis|"
    r"tell me (?:more )?about|what happens|is (?:it|that|this|the \w+ one) (?:scary|violent|"
    r"good for|"
    r"ok for|suitable|sad|funny|long)|what genre|which country|what language|cast of|the cast|"
    r"when did .+ come out|how old is|what(?:'?s| is) it rated|"
    r"is .+ (?:scary|violent|gory|sad|funny|any good|suitable|for kids|[io]n your list)\s*(?:\?|$)|"
    r"is .+ (?:ok|okay|fine|suitable|appropriate) for\b)"
)
_ABOUT_A_PERSON = re.compile(
    r"^\W*(?:so |and |ok |hey )?(?:who(?:'?s| is| was)|tell me (?:more )?about|"
    r"(?:what|which (?:films|movies|ones)) (?:else )?(?:has|have|did|is|was|were))\b"
)
_SIMILAR = re.compile(
    r"\blike (?!to\b|a\b|an\b|it when|watching|films?|movies?)|"
    r"\b(?:similar|vibes?|alike|same (?:vibe|feel|kind|style|mood|director)|"
    r"in the (?:vein|style|spirit) of|reminds? me of|along the lines of|"
    r"more of (?:that|this|the same)|close to)\b"
)
_FINDS = re.compile(r"\b(?:find|show|give|any(?:thing)?|something|more|want)\b.*\bsimilar\b")
_LIKES = re.compile(r"\bi(?:'d| would)? (?:really |also |just |quite )?(?:liked?|loved?|enjoyed)\b")
_ASKS = re.compile(
    r"\b(?:recommend|suggest|suggestions?|find|show|give|want|looking for|look for|need|"
    r"any(?:thing)?|"
    r"something|what (?:should|can|could|do) (?:i|we) (?:watch|see)|what(?:'?s| is)? (?:good|"
    r"next|else)|"
    r"in the mood|feel like|fancy|next|got (?:any|anything)|ideas?|pick|how about|to watch|"
    r"watch (?:next|"
    r"tonight)|films?|movies?|surprise me|tonight)\b"
)
_RATES = re.compile(
    r"\b(?:seen|saw|watched|stars?|out of (?:5|10|five|ten)|rate[ds]?|loved|liked|hated|disliked|"
    r"enjoyed|didn'?t like|not for me|amazing|awful|boring|great|favou?rites?|adored?)\b"
)
_OTHERS = re.compile(
    r"\b(?:something else|anything else|what else|others?|another|different ones?|surprise me|"
    r"more (?:suggestions|ideas|options|films|movies|like (?:this|that|these))|next ones?|"
    r"none of (?:these|those|them)|not (?:these|those|them|any of))\b"
)
_CHANGES = re.compile(
    r"\b(?:instead|rather|but (?:not|less|more|without|newer|older|shorter)|more like|other|others|"
    r"another|different|else|again|too|no,|nope|i meant|not (?:that|this|those|these)|only|just|"
    r"more|less|without|except|from the list|these|those|them|change|narrow|only the)\b"
)


def intent_of(
    text: str, slots: Slots, *, listed: bool, named: bool, unknown: bool = False
) -> tuple[Intent, float]:
    """The intent of lower-case text and how sure the cues are. `listed`: a list is in view;
    `named`: an item or a wish was found in the text; `unknown`: a title that is not in the
    catalogue."""
    if _COMMANDS.search(text) or (_OFF_TOPIC.search(text) and not named):
        return "off_topic", 0.9
    if asks_about_oneself(text):
        return "chat", 0.9
    if slots.forget:
        return "remember", 0.9
    pointed = bool(slots.refers_to)
    about_items = bool(slots.anchors or slots.liked or slots.seen or slots.disliked)
    if _EXPLAIN.search(text) and (listed or about_items) and not slots.critiques:
        return "explain", 0.85
    several = len((*slots.anchors, *slots.refers_to)) > 1
    if _COMPARE.search(text) and several and not _SIMILAR.search(text):
        return "compare", 0.85
    if slots.people and not about_items and not pointed and _ABOUT_A_PERSON.search(text):
        return "lookup", 0.8
    if _LOOKUP.search(text) and (slots.anchors or pointed or listed or unknown):
        return "lookup", 0.85
    likes = bool(_LIKES.search(text))
    named_one = slots.anchors or unknown or (slots.liked and _FINDS.search(text))
    if _SIMILAR.search(text) and named_one:
        return "similar", 0.9
    if slots.critiques and listed:
        return "refine", 0.9
    wished = _wishes(slots)
    if slots.scope == "always" and wished and not slots.anchors:
        return "remember", 0.85
    if about_items and (slots.rating is not None or _RATES.search(text)):
        asks = _ASKS.search(re.sub(r"\b(?:seen|saw|watched)\b.*?\b(?:film|movie)s?\b", "", text))
        asked = slots.critiques or (asks and not text.endswith("?!"))
        return ("recommend", 0.8) if asked else ("rate", 0.85)
    if wished and likes and not _ASKS.search(text.replace("i'd like", "")):
        return "remember", 0.6
    if listed and wished and (_CHANGES.search(text) or len(text.split()) <= 4):
        return "refine", 0.7
    if listed and _OTHERS.search(text) and not about_items:
        return "refine", 0.75
    if _GREETING.match(text) and not wished and not about_items and len(text.split()) <= 8:
        return "chat", 0.9
    if _ASKS.search(text) or wished or slots.critiques:
        return "recommend", 0.8
    if slots.anchors or about_items:
        return "rate", 0.6
    if pointed and listed:
        return "lookup", 0.4
    return ("recommend", 0.4) if named else ("chat", 0.3)


def _wishes(slots: Slots) -> bool:
    return bool(
        slots.genres
        or slots.not_genres
        or slots.people
        or slots.not_people
        or slots.languages
        or slots.countries
        or slots.not_countries
        or slots.keywords
        or slots.not_keywords
        or slots.moods
        or slots.year_min
        or slots.year_max
        or slots.runtime_max
        or slots.audience_max
    )


def wants_others(text: str) -> bool:
    """Whether films are asked for that have not been shown yet."""
    return bool(_OTHERS.search(text.lower()))


def asks_about_oneself(text: str) -> bool:
    """Whether all of a lower-case text asks what is known of the person."""
    return bool(_ABOUT_ONESELF.fullmatch(text.strip()))


def forgets(text: str) -> bool:
    """Whether something is to be dropped."""
    return bool(_FORGET.search(text))


def may_forget(text: str) -> bool:
    """Whether lower-case text has any of the words with which people take something back."""
    return bool(_TAKES_BACK.search(text))


def lasting(text: str) -> bool:
    """Whether a wish is meant for good."""
    return bool(_REMEMBER.search(text))


def compares(text: str) -> bool:
    """Whether items are set against each other, so that none of them is liked or disliked."""
    return bool(_COMPARE.search(text))


def asks_similar(text: str) -> bool:
    return bool(_SIMILAR.search(text))


def asks_fact(text: str) -> bool:
    return bool(_LOOKUP.search(text) or _EXPLAIN.search(text))
