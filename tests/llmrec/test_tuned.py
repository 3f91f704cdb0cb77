"""Forms: what is marked, what a filled one means, and who reads when a model cannot."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmrec.data import open_data
from llmrec.llm.adapters import shipped
from llmrec.llm.llamacpp import embedded_gguf
from llmrec.llm.protocol import JsonAnswer, ModelError, ModelInfo
from llmrec.understanding.form import AIMS, PARTS, Form
from llmrec.understanding.other_title import places_of
from llmrec.understanding.reader import Context
from llmrec.understanding.schema import Understanding
from llmrec.understanding.spans import Spans
from llmrec.understanding.tuned import TunedReader

NOTHING = Context()
LIST = Context(shown=("heat-1995", "ronin-1998", "casino-1995", "alien-1979"))
ABOUT_HEAT = Context(shown=("heat-1995",), topic="heat-1995")


class Scripted:
    """A model that writes what it is told to, or fails."""

    info = ModelInfo("scripted")

    def __init__(self, page: Any) -> None:
        self.page = page

    def generate_json(self, messages: Any, schema: Any, **_: Any) -> JsonAnswer:
        if isinstance(self.page, Exception):
            raise self.page
        return JsonAnswer(self.page, True, 0.7)


def form(text: str, context: Context = NOTHING) -> Form:
    opened = open_data("films")
    spans = Spans(opened.linker, opened.rules.wishes)
    return Form(
        text, spans.find(text, opened.linker.link(text, known=context.shown), context), context
    )


def read(text: str, page: Any, context: Context = NOTHING) -> Understanding:
    opened = open_data("films")
    reader = TunedReader(Scripted(page), opened.rules, opened.linker)  # type: ignore[arg-type]
    return reader.read(text, opened.linker.link(text, known=context.shown), context)


def page(aim: str, *parts: str, other: str = "") -> dict[str, str]:
    return {"intent": aim, **{str(n + 1): p for n, p in enumerate(parts)}, "other": other}


@pytest.mark.parametrize(
    ("text", "context", "marks"),
    [
        ("blade runner bores me", NOTHING, ["film: blade runner"]),
        ("why the first two?", LIST, ["place: the first two"]),
        ("1 and 4, please", LIST, ["place: 1", "place: 4"]),
        ("the last one but shorter", LIST, ["place: the last one", "quality: shorter"]),
        ("2 hours max", LIST, []),
        ("the first two", NOTHING, []),
        ("how long is it?", ABOUT_HEAT, ["quality: long", "it: it"]),
        ("whats close to fargo", NOTHING, ["film: fargo"]),
        ("in french, no horror", NOTHING, ["language: in french", "genre: horror"]),
        ("as long as it has de niro", NOTHING, ["person: niro"]),
        ("Heat with Sandra Bullock", NOTHING, ["person: Sandra Bullock"]),
    ],
)
def test_what_words_may_be_is_marked(text: str, context: Context, marks: list[str]) -> None:
    made = form(text, context)
    told = [f"{s.kind}: {text[s.start : s.end]}" for s in made.spans]
    assert told == marks


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.sampled_from([NOTHING, LIST, ABOUT_HEAT]))
def test_marks_never_overlap_and_every_filled_form_is_understood(
    text: str, context: Context
) -> None:
    made = form(text, context)
    ends = [0, *(place for s in made.spans for place in (s.start, s.end))]
    assert ends == sorted(ends)
    for aim in AIMS:
        for pick in (0, -1):
            parts = [PARTS[s.kind][pick] for s in made.spans]
            understood = read(text, page(aim, *parts, other=text[:5]), context)
            assert understood.path == "model"
            assert all(text[m.start : m.end] == m.text for m in understood.mentions)


def test_a_filled_form_is_what_the_turn_means() -> None:
    text = "loved alien, hated casino, nothing too violent and no musicals, from the 80s"
    told = read(text, page("recommend", "liked", "disliked", "want", "not"), LIST)
    assert told.slots.liked == ("alien-1979",) and told.slots.disliked == ("casino-1995",)
    assert [(c.attr, c.dir) for c in told.slots.critiques] == [("violence", -1)]
    assert told.slots.not_genres == ("Musical",)
    assert (told.slots.year_min, told.slots.year_max) == (1980, 1989)
    assert told.confidence == 0.7


def test_places_and_pronouns_stand_for_their_items() -> None:
    told = read("the second one was great", page("rate", "liked"), LIST)
    assert told.slots.refers_to == (2,) and told.slots.liked == ("ronin-1998",)
    told = read("who directed it?", page("lookup", "anchor"), ABOUT_HEAT)
    assert told.slots.anchors == ("heat-1995",)


def test_what_is_none_says_nothing() -> None:
    told = read("i had a great thing going", page("chat", "none"))
    assert told.mentions == () and told.slots.filled() == {}


def test_a_title_that_nobody_knows_is_mentioned_and_one_that_was_not_said_is_not() -> None:
    told = read("movies like speed racer", page("similar", "anchor", other="speed racer"))
    assert [(m.text, m.item_ids) for m in told.mentions] == [("speed racer", ())]
    assert told.slots.anchors == ()
    told = read("movies like speed racer", page("similar", "none", other="the sound of rain"))
    assert told.mentions == ()


def test_stars_behind_an_unknown_title_are_no_part_of_it() -> None:
    told = read("Bird Box 1 star", page("rate", "none", other="Bird Box 1"))
    assert [m.text for m in told.mentions] == ["Bird Box"] and told.slots.rating == 1
    told = read("seen Zorg 2, it was ok", page("rate", other="Zorg 2"))
    assert [m.text for m in told.mentions] == ["Zorg 2"]


def test_remakes_are_compared_with_each_other() -> None:
    told = read("west side story, old one or new one?", page("compare", "anchor"))
    assert told.slots.anchors == ("west-side-story-1961", "west-side-story-2021")


def test_what_trails_behind_a_title_is_none_of_it() -> None:
    told = read("i liked zorg a lot, ugetso too", page("rate", other="ugetso too"))
    assert [m.text for m in told.mentions] == ["ugetso"]


@pytest.mark.parametrize(
    ("text", "said", "titles"),
    [
        ("Sonic 3, Paw Patrol: seen the lot", "Sonic 3, Paw Patrol", ["Sonic 3", "Paw Patrol"]),
        ("movies like speed racer pls", "movies like speed racer", ["speed racer"]),
        ("similar to zorn, the sandra bullock one", "zorn, the sandra bullock", ["zorn"]),
        ("saw zorn, the one with the dog", "zorn, the one with the dog", ["zorn"]),
        ("the best Zorn, that of 1994 or of 2019?", "1994", []),
        ("who directed withnail and i", "withnail and i", ["withnail and i"]),
        ("that wet one", "that wet one", []),
        ("nothing of it", "something else", []),
    ],
)
def test_titles_that_nobody_knows_stand_alone(text: str, said: str, titles: list[str]) -> None:
    assert [text[a:b] for a, b in places_of(text, said)] == titles


@pytest.mark.parametrize(
    ("text", "context", "said"),
    [
        ("seen alien, not my thing", NOTHING, "disliked"),
        ("watched alien last nite, wow", NOTHING, "liked"),
        ("seen alien, brilliant but boring", NOTHING, "seen"),
        ("seen alien, hardly a masterpiece", NOTHING, "seen"),
        ("gave up after 40 minutes, dreadful", ABOUT_HEAT, "disliked"),
    ],
)
def test_what_is_said_of_a_film_that_was_seen_judges_it(
    text: str, context: Context, said: str
) -> None:
    spans = form(text, context).spans
    parts = ["seen" if span.values == ("alien-1979",) else "none" for span in spans]
    slots = read(text, page("rate", *parts), context).slots
    told = {"liked": slots.liked, "disliked": slots.disliked, "seen": slots.seen}
    film = context.topic or "alien-1979"
    assert told == {slot: (film,) if slot == said else () for slot in told}


def test_which_of_a_list_is_a_comparison() -> None:
    assert read("which is longer", page("off_topic", "none"), LIST).intent == "compare"
    assert read("which is longer", page("off_topic", "none")).intent == "off_topic"


def test_a_question_about_the_list_is_no_wish() -> None:
    told = read("are those all in english?", page("refine", "want"), LIST)
    assert told.intent == "lookup" and told.slots.refers_to == (1, 2, 3, 4)
    assert told.slots.languages == ()
    assert read("and the shortest one?", page("off_topic", "none"), LIST).intent == "compare"


def test_a_surname_is_no_title() -> None:
    told = read("who is sigourney weaver", page("lookup", "none"), LIST)
    assert told.slots.people == ("Sigourney Weaver",)
    told = read("who is bergman", page("lookup", other="bergman"))
    assert told.mentions == () and len(told.slots.people) == 1


def test_why_not_is_a_question() -> None:
    told = read("why not inception?", page("refine", "anchor"), LIST)
    assert told.intent == "explain" and told.slots.anchors == ("inception-2010",)


def test_not_that_old_is_a_step() -> None:
    told = read("not that old", page("refine", "less"), LIST)
    assert [(c.attr, c.dir) for c in told.slots.critiques] == [("age", -1)]


def test_what_we_think_of_it_is_small_talk() -> None:
    assert read("did you like it?", page("explain", "anchor"), ABOUT_HEAT).intent == "chat"
    assert read("have you seen heat?", page("rate", "seen")).intent == "chat"


def test_a_comparative_is_a_step_by_itself() -> None:
    told = read("nah shorter", page("refine", "less"), LIST)
    assert [(c.attr, c.dir) for c in told.slots.critiques] == [("length", -1)]


def test_who_has_two_hours_makes_no_small_talk() -> None:
    told = read("got 2 hrs to kill on the train", page("chat"))
    assert told.intent == "recommend" and told.slots.runtime_max == 120


@pytest.mark.parametrize(
    "said", ["she hates violence", "i can't do gore", "without too much blood"]
)
def test_what_somebody_cannot_bear_is_less_of_it(said: str) -> None:
    told = read(f"something good, {said}", page("recommend", "want"))
    assert [(c.attr, c.dir) for c in told.slots.critiques] == [("violence", -1)]
    assert told.slots.moods == ()


def test_what_is_known_of_oneself_is_no_fact_about_a_film() -> None:
    assert read("what do you know about me?", page("lookup"), ABOUT_HEAT).intent == "chat"


def test_who_leaves_the_choice_to_us_makes_no_small_talk() -> None:
    assert read("surprise me", page("chat"), LIST).intent == "refine"
    undecided = read("i don't know what i want", page("chat"))
    assert undecided.intent == "recommend" and undecided.wishes == ""


def test_all_that_is_in_view_may_be_known() -> None:
    told = read("nah seen all of those", page("rate"), LIST)
    assert told.intent == "refine" and set(told.slots.seen) == set(LIST.shown)
    assert read("seen all of those", page("rate")).slots.seen == ()


def test_what_looks_good_is_not_liked_yet() -> None:
    told = read("2 looks good", page("rate", "liked"), LIST)
    assert told.intent == "lookup" and told.slots.liked == ()


def test_stars_are_an_opinion() -> None:
    told = read("rate it 4 stars", page("lookup", "anchor"), ABOUT_HEAT)
    assert told.intent == "rate" and told.slots.liked == ("heat-1995",)
    told = read("it gets 1 star", page("lookup", "anchor"), ABOUT_HEAT)
    assert told.slots.disliked == ("heat-1995",)


def test_to_forget_is_an_aim_of_its_own() -> None:
    told = read("forget that i dont like horror", page("forget", "not"))
    assert told.intent == "remember" and told.slots.forget
    assert told.slots.not_genres == ("Horror",)


def test_nothing_is_forgotten_without_a_word_for_it() -> None:
    told = read("no westerns", page("forget", "not"))
    assert told.intent == "recommend" and told.slots.forget is None
    assert read("no westerns", page("forget", "not"), LIST).intent == "refine"


@pytest.mark.parametrize(
    "answer", [ModelError("down"), {"intent": "rate"}, {}, ["rate"], None, "rate"]
)
def test_the_rules_read_where_the_model_cannot(answer: Any) -> None:
    told = read("I loved Heat", answer)
    assert told.slots.liked == ("heat-1995",) and told.path.startswith("rules")


def test_a_long_turn_is_read_by_rule() -> None:
    told = read("I loved Heat. " + "and so on " * 100, page("chat"))
    assert told.path == "rules (a long turn)" and told.slots.liked == ("heat-1995",)


@pytest.mark.slow
@pytest.mark.skipif(
    embedded_gguf() is None or shipped("chat") is None, reason="the adapter is not here"
)
@pytest.mark.parametrize(
    ("text", "context", "intent", "slots"),
    [
        ("blade runner bores me", NOTHING, "rate", {"disliked": ["blade-runner-1982"]}),
        ("whats close to fargo", NOTHING, "similar", {"anchors": ["fargo-1996"]}),
        ("thx!!", LIST, "chat", {}),
        ("who wrote hamlet and can you do my homework", NOTHING, "off_topic", {}),
        ("no westerns ever again pls", NOTHING, "remember", {"not_genres": ["Western"]}),
    ],
)
def test_the_adapter_that_ships_reads_what_rules_do_not(
    text: str, context: Context, intent: str, slots: dict[str, Sequence[str]]
) -> None:
    from llmrec.llm.protocol import Usage
    from llmrec.modes import model_of, reader_for

    opened = open_data("films")
    reader = reader_for("lora", opened, model_of("lora", None), Usage())
    told = reader.read(text, opened.linker.link(text, known=context.shown), context)
    assert (told.intent, told.path) == (intent, "model")
    found = told.slots.filled()
    assert {slot: found.get(slot) for slot in slots} == slots
