"""A taste in words is what the encoder expects: shares that can be counted by hand, reasons that
hold when they are taken away, and nothing of who somebody is."""

import numpy as np
import pytest
import torch

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.interactions import History
from classic.data.item import Item
from classic.errors import BadInput
from llmrec.behaviour.crowd import Crowd
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.taste import Kinds, Lean, Taste
from llmrec.behaviour.weights import open_ptum
from tests import small

CATALOG = Catalog(
    "six",
    (
        Item("a", "A", 1995, ("Thriller",), countries=("USA",), moods=("dark",)),
        Item("b", "B", 1996, ("Thriller", "Crime")),
        Item("c", "C", 2005, ("Comedy",)),
        Item("d", "D", None, ("Comedy",)),
    ),
)
KINDS = Kinds.of(CATALOG, (*CATALOG.ids, "lost"))


def share(weights: list[float], **facts: str) -> float:
    row = KINDS.facts.index(frozenset(facts.items()))
    return float(KINDS.shares(np.array([weights]))[0, row])


def small_model() -> tuple[Ptum, Catalog]:
    catalog = small.catalog()
    torch.manual_seed(0)
    net = BehaviourEncoder(len(catalog), EncoderConfig(8, 1, 2, length=12)).eval()
    return Ptum.of(net, catalog.ids), catalog


def test_a_share_is_the_part_of_the_weight_that_is_so() -> None:
    weights = [2.0, 1.0, 4.0, 1.0, 2.0]
    assert share(weights, genre="Thriller") == pytest.approx(0.3)
    assert share(weights, genre="Thriller", decade="1990") == pytest.approx(0.3)
    assert share(weights, genre="Comedy", decade="2000") == pytest.approx(0.4)
    assert share(weights, country="USA") == share(weights, mood="dark") == pytest.approx(0.2)


def test_what_overlaps_is_told_once_and_what_is_rare_is_told_too() -> None:
    own, usual = KINDS.shares(np.array([[5.0, 4, 0.5, 0.5, 0], [1, 1, 4, 4, 0]]))
    found = KINDS.leanings(own, usual, 5)
    spoken = [fact for lean in found.more for fact in lean.facts]
    assert len(spoken) == len(set(spoken))
    assert found.more[0].times == pytest.approx(found.more[0].share / found.more[0].usual)
    assert [lean.words(CATALOG) for lean in found.less] == ["comedy films"]
    assert not KINDS.leanings(usual, usual, 5).told(CATALOG)


def test_words() -> None:
    lean = Lean(
        frozenset({("genre", "Thriller"), ("decade", "1990")}), 0.31, 0.1, (("a", 0.2), ("b", 0.1))
    )
    assert lean.words(CATALOG) == "1990s thriller films"
    alone = {"country": "France"}, {"mood": "dark"}, {"genre": "Sci-Fi"}, {"decade": "1990"}
    told = [Lean(frozenset(own.items()), 0, 0).words(CATALOG) for own in alone]
    assert told == ["films from France", "dark films", "Sci-Fi films", "1990s films"]


def test_what_is_likely_next_sums_to_one_and_has_the_order_of_the_scores() -> None:
    model, catalog = small_model()
    asked = [History.of(catalog.ids[0], catalog.ids[3]), History()]
    likely = model.chances_of(asked)
    assert likely.sum(axis=1) == pytest.approx(1.0)
    one = BehaviourEncoder(len(catalog), EncoderConfig(8, 1, 2, length=12, ahead=1)).eval()
    single = Ptum.of(one, catalog.ids)
    assert single.chances_of(asked)[0].argsort().tolist() == (
        single.fold_in(asked[0]).argsort().tolist()
    )


def test_a_leaning_is_what_the_encoder_expects_beyond_the_average() -> None:
    films = load_films()
    taste = Taste(open_ptum("films", films), films)
    history = History.of("heat-1995", "seven-1995", "fargo-1996")
    found = taste.of(history)
    likely = taste.model.chances_of([history])[0]
    likely[films.rows(history.item_ids)] = 0.0
    assert found.more
    for lean in found.more:
        by_hand = sum(
            likely[row]
            for row, item in enumerate(films)
            if lean.facts
            <= {
                *(("genre", g) for g in item.genres),
                *(("country", c) for c in item.countries),
                *(("mood", m) for m in item.moods),
                ("decade", str((item.year or 0) // 10 * 10)),
            }
        )
        assert lean.share == pytest.approx(by_hand / likely.sum(), abs=1e-4)
        assert lean.times > 1.2 and f"{lean.times:.1f}x the average" in found.told(films)
    assert any(("genre", "Crime") in lean.facts for lean in found.more)


def test_without_what_a_leaning_is_put_down_to_it_is_weaker() -> None:
    films = load_films()
    taste = Taste(open_ptum("films", films), films)
    history = History(("heat-1995", "toy-story-1995", "seven-1995"), (1.0, -1.0, 1.0))
    named = [(lean, *cause) for lean in taste.of(history).more for cause in lean.because]
    assert named
    for lean, item_id, lost in named:
        likely = taste.model.chances_of([history.without(item_id)])
        likely[0, films.rows(history.item_ids)] = 0.0
        row = taste.kinds.facts.index(lean.facts)
        assert lean.share - taste.kinds.shares(likely)[0, row] == pytest.approx(lost, abs=1e-4)
        assert lost > 0


def test_of_nobody_nothing_is_told() -> None:
    model, catalog = small_model()
    taste = Taste(model, catalog)
    assert taste.of(History()).told(catalog) == taste.of(History.of("none")).told(catalog) == ""


def test_only_what_items_are_is_told_of_people() -> None:
    """Never their gender, age or work."""
    kinds = {name for facts in Kinds.of(load_films(), load_films().ids).facts for name, _ in facts}
    assert kinds == {"genre", "decade", "country", "mood"}


def test_people_most_alike_share_what_is_told() -> None:
    model, catalog = small_model()
    events = small.interactions(catalog)
    crowd = Crowd.of(model, events)
    own = [catalog.ids[i] for i in events.items[events.users == 4]]
    near = crowd.nearest(History.of(*own), 5)
    assert near[0] == 4, "who did the same is the nearest"
    history = History.of(own[0])
    shared = crowd.in_common(near, history, 3)
    assert shared and own[0] not in [s.item_id for s in shared]
    for one in shared:
        row = catalog.row(one.item_id)
        likes = events.liked().matrix[:, [row]].toarray()[:, 0]
        assert one.near == likes[near].sum() >= 2
        assert one.usual == pytest.approx(likes.mean())


def test_people_of_other_items_are_refused() -> None:
    model, _ = small_model()
    other = small.catalog(seed=1)
    events = small.interactions(other)
    with pytest.raises(BadInput, match="other items"):
        Crowd.of(Ptum.of(model.net, model.item_ids[::-1]), events)
