"""The language of wishes as tables: words and what they stand for.

Keys are regular-expression fragments over lower-case text, matched at word boundaries; where
several match at one place the longest wins.
"""

from llmrec.understanding.schema import Audience, CritiqueAttribute

GENRE_WORDS: dict[str, tuple[str, ...]] = {
    r"action(?:ers?)?": ("Action",),
    r"adventures?": ("Adventure",),
    r"animat(?:ed|ion|ions)|cartoons?|anime|pixar": ("Animation",),
    r"(?:kids?|children'?s?|childrens) (?:movies?|films?|stuff)": ("Children",),
    r"comed(?:y|ies)|comedic|sitcoms?": ("Comedy",),
    r"rom-?\s?coms?|romantic comed(?:y|ies)": ("Romance", "Comedy"),
    r"dramed(?:y|ies)": ("Drama", "Comedy"),
    r"crime|gangsters?|mob|mafia": ("Crime",),
    r"documentar(?:y|ies)|docs?|docus?": ("Documentary",),
    r"dramas?": ("Drama",),
    r"fantasy": ("Fantasy",),
    r"(?:film[- ])?noirs?": ("Film-Noir",),
    r"horrors?|slashers?|scary (?:movies?|films?|ones?)|zombie (?:movies?|films?)": ("Horror",),
    r"musicals?": ("Musical",),
    r"myster(?:y|ies)|whodunn?its?|detective (?:movies?|films?|stor(?:y|ies))": ("Mystery",),
    r"romances?|romantic (?:movies?|films?)|love stor(?:y|ies)": ("Romance",),
    r"sci[- ]?fi|science[- ]fiction|scifi|sf": ("Sci-Fi",),
    r"space operas?": ("Sci-Fi", "Adventure"),
    r"thrillers?": ("Thriller",),
    r"war (?:movies?|films?|dramas?|stor(?:y|ies))|war": ("War",),
    r"westerns?|cowboy (?:movies?|films?)": ("Western",),
    r"family (?:movies?|films?|night)|family": ("Family",),
    r"biograph(?:y|ies|ical)|biopics?": ("Biography",),
    r"histor(?:y|ical)|period (?:dramas?|pieces?|films?)": ("History",),
    r"sports?(?: (?:movies?|films?))?": ("Sport",),
    r"music (?:movies?|films?|biopics?)": ("Music",),
}

TOPICS = (
    r"gangsters?|mob|mafia|anime|pixar|slashers?|zombies?|detectives?|cowboys?|whodunn?its?|"
    r"biopics?|space operas?|love stor(?:y|ies)|black and white"
)
"""Words that ask for a genre or a time and say what a film is about as well."""

MOOD_WORDS: dict[str, str] = {
    r"feel[- ]?good|cheerful|happy|light[- ]?hearted|cheer me up|cheering|"
    r"(?:something|anything|films?|movies?|and|bit|a|fairly|quite) light(?! years?| sabers?)": (
        "feel-good"
    ),
    r"uplifting": "uplifting",
    r"funny|hilarious|silly|goofy|makes? (?:me|us) laugh|laughs?": "funny",
    r"dark|bleak|grim|depressing|black(?= comed)": "dark",
    r"tense|nail[- ]?biting|edge of (?:my|the) seat|gripping": "tense",
    r"scary|creepy|terrifying|spooky|frightening": "scary",
    r"romantic": "romantic",
    r"(?:want|need|have) (?:to|2) (?:cry|weep)|"
    r"sad|tear[- ]?jerkers?|(?:makes?|made) (?:me|us) (?:\w+ )?(?:cry|weep|sob)|a good cry|weepy": (
        "sad"
    ),
    r"bitter[- ]?sweet": "bittersweet",
    r"thoughtful|thought[- ]provoking|deep|intelligent|smart|clever": "thoughtful",
    r"mind[- ]?bend(?:ing|ers?)|mind[- ]?blowing|trippy|twisty|mindf\w+": "mind-bending",
    r"epic": "epic",
    r"gritty": "gritty",
    r"violent|violence|bloody|gory": "violent",
    r"quirky|offbeat|weird": "quirky",
    r"whimsical|magical": "whimsical",
    r"co[sz]y|comforting|comfort": "cozy",
    r"nostalgic": "nostalgic",
    r"dreamy|dreamlike|surreal": "dreamy",
    r"melanchol(?:y|ic)": "melancholy",
    r"inspir(?:ing|ational)": "inspiring",
    r"suspense(?:ful)?": "suspenseful",
    r"action[- ]packed|explosions": "action-packed",
    r"slow[- ]?burn(?:ers?|ing)?|slow(?!er|ly)": "slow-burn",
    r"satir(?:e|ical)": "satirical",
    r"atmospheric": "atmospheric",
    r"heart[- ]?warming|wholesome|sweet|gentle|tender": "heartwarming",
    r"disturbing|unsettling": "disturbing",
}

LANGUAGE_WORDS: dict[str, str] = {
    name.lower(): name
    for name in [
        "English",
        "French",
        "German",
        "Italian",
        "Spanish",
        "Japanese",
        "Korean",
        "Mandarin",
        "Cantonese",
        "Hindi",
        "Swedish",
        "Danish",
        "Norwegian",
        "Portuguese",
        "Polish",
        "Russian",
        "Persian",
        "Arabic",
        "Turkish",
        "Czech",
    ]
}

_OUT_OF = r"(?:from|out of|made in|shot in|(?:not|back) to)"
COUNTRY_WORDS: dict[str, str] = {
    r"american|hollywood|(?:from|in) (?:the )?(?:usa|us|america|states)": "USA",
    rf"british|english|{_OUT_OF} (?:the )?(?:uk|britain|england)": "UK",
    rf"french|{_OUT_OF} france": "France",
    rf"german|{_OUT_OF} germany": "Germany",
    rf"italian|{_OUT_OF} italy": "Italy",
    rf"spanish|{_OUT_OF} spain": "Spain",
    rf"japanese|{_OUT_OF} japan": "Japan",
    rf"(?:south )?korean|{_OUT_OF} (?:south )?korea": "South Korea",
    rf"chinese|{_OUT_OF} china": "China",
    r"hong kong": "Hong Kong",
    rf"indian|bollywood|{_OUT_OF} india": "India",
    rf"swedish|{_OUT_OF} sweden": "Sweden",
    rf"danish|{_OUT_OF} denmark": "Denmark",
    rf"norwegian|{_OUT_OF} norway": "Norway",
    rf"polish|{_OUT_OF} poland": "Poland",
    rf"soviet|russian|{_OUT_OF} russia": "Soviet Union",
    rf"iranian|{_OUT_OF} iran": "Iran",
    rf"mexican|{_OUT_OF} mexico": "Mexico",
    rf"brazilian|{_OUT_OF} brazil": "Brazil",
    rf"australian|aussie|{_OUT_OF} australia": "Australia",
    rf"irish|{_OUT_OF} ireland": "Ireland",
    rf"canadian|{_OUT_OF} canada": "Canada",
    r"kiwi|new zealand": "New Zealand",
}

CRITIQUE_WORDS: dict[str, tuple[CritiqueAttribute, int]] = {
    r"light(?:er)?(?! years)|less (?:dark|heavy|bleak|depressing|grim|sad)|not (?:so|as|too) "
    r"(?:dark|heavy|depressing|bleak|sad)|more (?:fun|cheerful|upbeat)|happier": ("lightness", 1),
    r"darker|heavier|bleaker|more serious|less light|grittier": ("lightness", -1),
    r"newer|more recent|more modern|less old|not (?:so|as|too) old": ("age", -1),
    r"older|more classic|less recent|not (?:so|as|too) (?:new|recent)": ("age", 1),
    r"shorter|less long|not (?:so|as|too|that) long|quicker to watch": ("length", -1),
    r"longer|not (?:so|as|too) short": ("length", 1),
    r"less(?:er)?[- ]known|more obscure|less (?:popular|famous|mainstream|obvious)|hidden gems?|"
    r"more niche|not (?:so|as|too) (?:obvious|famous|mainstream|popular)": ("fame", -1),
    r"more (?:popular|famous|mainstream|well[- ]known)|better[- ]known|bigger": ("fame", 1),
    r"less (?:violent|bloody|gory|brutal|violence)|not (?:so|as|too) (?:violent|bloody|gory|brutal)"
    r"|tamer": ("violence", -1),
    r"more (?:violent|bloody|gory|brutal|violence)": ("violence", 1),
    r"more (?:romantic|romance)": ("romance", 1),
    r"less (?:romantic|romance|mushy|cheesy|sappy)|not (?:so|as|too) (?:romantic|mushy)": (
        "romance",
        -1,
    ),
    r"funnier|more (?:funny|humou?r|comedy|laughs)": ("humour", 1),
    r"less (?:funny|silly|goofy|jokey)|not (?:so|as|too) (?:silly|goofy)": ("humour", -1),
    r"faster|more (?:action|exciting|fast[- ]paced|thrilling)|less slow|"
    r"not (?:so|as|too|that) slow|pacier": ("pace", 1),
    r"slower|calmer|quieter|less (?:hectic|frantic|fast|action)|more (?:relaxed|quiet)": (
        "pace",
        -1,
    ),
    r"scarier|more (?:scary|frightening|terrifying|creepy)|creepier": ("scariness", 1),
    r"less (?:scary|frightening|creepy)|not (?:so|as|too|that) (?:scary|creepy)": (
        "scariness",
        -1,
    ),
    r"more (?:complex|complicated|challenging|intelligent|cerebral)|smarter|cleverer|deeper": (
        "complexity",
        1,
    ),
    r"simpler|easier(?: to follow)?|less (?:complex|complicated|confusing|demanding)|"
    r"not (?:so|as|too) (?:complicated|complex|confusing)": ("complexity", -1),
}

_YEARS_OLD = r"[- ]?(?:years?(?! (?:of|ago|later|in|since|now)\b)|yrs?|yos?|y/o)(?:[- ]?olds?)?"
AUDIENCE_WORDS: dict[str, Audience] = {
    r"(?:for|with) (?:the |my |our )?(?:little |small |young )(?:kids?|children|ones?)|toddlers?|"
    rf"(?:[3-7]|three|four|five|six|seven){_YEARS_OLD}|"
    r"rated g\b|g[- ]rated": "G",
    r"(?:for|with) (?:the |my |our )?(?:whole )?(?:kids?|children|sons?|daughters?|boys|girls|"
    r"family|nieces?|nephews?)|kid[- ]friendly|family[- ]friendly|child[- ]friendly|"
    r"suitable for (?:kids|children)|kids'? (?:party|sleepover|movie night)|"
    rf"(?:8|9|10|11|12|eight|nine|ten|eleven|twelve){_YEARS_OLD}|"
    r"(?:rated |only |above |over |than |max |maximum |up to )?\bpg(?!-?\s?13)|g or pg|"
    r"pg(?:-rated)? (?:max|tops|at most|(?:or|and) (?:softer|milder|below|lower|under))": "PG",
    r"pg-?\s?13|(?:no|not|nothing|isn'?t|without|drop the) (?:r[- ]rated|rated r)|"
    r"(?:for|with) (?:my |our )?(?:teens?|teenagers?)|(?:i'?m|i am|we'?re) 1[3-6]\b|"
    rf"1[3-6]{_YEARS_OLD}": "PG-13",
}

SMALL_NUMBER = r"\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten"
NUMBER_WORDS: dict[str, float] = {
    "half": 0.5,
    "an": 1,
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "a couple": 2,
    "a few": 3,
    "twenty": 20,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}

ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "last": -1,
}

COMPARED: dict[str, tuple[CritiqueAttribute, int]] = {
    "scary": ("scariness", 1),
    "violent": ("violence", 1),
    "dark": ("lightness", -1),
    "sad": ("lightness", -1),
    "heavy": ("lightness", -1),
    "funny": ("humour", 1),
    "silly": ("humour", 1),
    "romantic": ("romance", 1),
    "long": ("length", 1),
    "slow": ("pace", -1),
    "fast": ("pace", 1),
    "old": ("age", 1),
    "complicated": ("complexity", 1),
    "confusing": ("complexity", 1),
    "famous": ("fame", 1),
}
"""Adjectives in "not as scary as that one", and what more of them means."""
