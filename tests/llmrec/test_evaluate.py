"""The measures themselves, and the gates that hand-labelled data set."""

from pathlib import Path

import pytest

from benchmarks.results import PAGES, SECTIONS, rebuilt
from llmrec.data import open_data
from llmrec.evaluate.linking import Counts, compare, evaluate, load_labels
from llmrec.evaluate.turns import Read, Turn, load_turns, read_turns
from llmrec.evaluate.understanding import measures, over
from llmrec.evaluate.verifier import judged, scores
from llmrec.understanding.schema import Mention

DATA = Path(__file__).parents[1] / "data"
LABELS = DATA / "linking_labels.jsonl"
CASES = DATA / "verifier_cases.yaml"
TURNS = DATA / "turns.jsonl"


def mention(start: int, end: int, *ids: str) -> Mention:
    return Mention(text="x" * (end - start), start=start, end=end, item_ids=ids)


def test_counts_of_one_utterance() -> None:
    gold = [mention(0, 4, "heat"), mention(10, 14, "up"), mention(20, 25)]
    assert compare(gold, gold) == Counts(right=2, wrong=0, missed=0)
    assert compare(gold, []) == Counts(right=0, wrong=0, missed=2)
    assert compare(gold, [mention(20, 25, "other")]) == Counts(right=0, wrong=1, missed=2)
    assert compare(gold, [mention(0, 2, "heat")]) == Counts(right=1, wrong=0, missed=1)
    assert compare(gold, [mention(0, 1, "heat")]) == Counts(right=0, wrong=1, missed=2)
    assert compare(gold, [mention(0, 4, "alien")]) == Counts(right=0, wrong=1, missed=2)


def test_asking_between_candidates_is_right_when_one_has_to_ask() -> None:
    gold = [mention(0, 4, "old", "new")]
    assert compare(gold, [mention(0, 4, "new", "old")]).right == 1
    assert compare(gold, [mention(0, 4, "new")]).wrong == 1


def test_linking_keeps_its_gate_on_the_half_kept_aside() -> None:
    labels = load_labels(LABELS, "test")
    total, _ = evaluate(open_data("films").linker, labels)
    assert len(labels) > 200
    assert total.precision >= 0.97
    assert total.recall >= 0.93


def test_the_verifier_keeps_its_gate_on_the_situations_it_was_developed_on() -> None:
    found = scores(list(judged(CASES, "dev", open_data("films").box.catalog)))
    assert found["unsupported"] >= 200
    assert found["true"] >= 200
    assert found["caught"] >= 0.99
    assert found["wrongly_cut"] <= 0.01


def test_turns_are_scored_by_their_pairs() -> None:
    opened = open_data("films")
    turns = load_turns(TURNS, "dev", opened.box.catalog)
    reads = read_turns(opened.rules, opened, turns)
    metrics = measures(reads)
    assert metrics["turns"] == len(reads) == len(turns)
    assert metrics["items_not_in_catalogue"] == 0
    assert 0.8 < metrics["intent_accuracy"] <= 1.0
    assert 0.8 < metrics["f1"] <= 1.0


def read(gold: str, intent: str, wanted: set, found: set, sure: float = 1.0) -> Read:
    turn = Turn("1", (), "", gold, frozenset(wanted), 0)
    return Read(turn, intent, frozenset(found), sure, "model", 1.0)


def test_measures_of_hand_made_readings() -> None:
    heat, opera = ("liked", "heat"), ("unknown", "opera")
    reads = [
        read("rate", "rate", {heat}, {heat}, 0.9),
        read("rate", "rate", {heat}, {("disliked", "heat")}, 0.8),
        read("chat", "recommend", set(), set(), 0.2),
        read("off_topic", "chat", set(), set(), 0.7),
        read("similar", "similar", {opera}, {opera}, 0.6),
        read("similar", "similar", {opera}, {("anchors", "alien")}, 0.5),
        read("refine", "refine", {("critiques", "age+")}, {("critiques", "age-")}, 0.4),
        read("refine", "refine", {("not_genres", "War")}, {("not_genres", "War")}, 0.3),
    ]
    found = measures(reads)
    assert found["intent_accuracy"] == 0.75 and found["exact"] == 0.375
    assert found["restraint"] == 0.5 and found["unknown_honest"] == 0.5
    assert found["polarity_confused"] == 0.5
    assert found["exact_by_coverage"]["0.5"] == {"exact": 0.5, "least_sure": 0.6}
    assert found["by_slot"]["critiques"]["f1"] == 0.0
    others = [read(r.turn.intent, "chat", set(), set()) for r in reads]
    assert over(reads, others)["intent_right"][0] == 0.625


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_says_what_the_records_say(page: Path) -> None:
    text = page.read_text("utf-8")
    assert rebuilt(text) == text, "run `make results`"


def test_every_section_stands_on_a_page() -> None:
    told = "".join(page.read_text("utf-8") for page in PAGES)
    assert [name for name in SECTIONS if f"<!-- {name} -->" not in told] == []
