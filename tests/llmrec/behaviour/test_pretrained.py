"""An encoder opened with what made it, and the projector behind it."""

import json
from pathlib import Path

import pytest
import torch

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.interactions import History
from classic.data.item import Item
from classic.errors import BadInput
from llmrec.behaviour.pretrained import open_pretrained
from llmrec.behaviour.projector import Projector, loudness_of
from tests.llmrec.behaviour.tiny import tiny_encoder


def test_an_encoder_is_opened_by_its_file_or_by_its_data(tmp_path: Path) -> None:
    own, shipped = open_pretrained(str(tiny_encoder(tmp_path))), open_pretrained("films")
    assert own.data == shipped.data == "films" and own.sha256 != shipped.sha256
    assert own.model.item_ids == own.catalog.ids
    told = own.model.profiles_of([History.of("heat-1995"), History(), History.of("no film")])
    assert told.shape == (3, 16) and (told[1] == told[2]).all() and (told[0] != told[1]).any()


def test_what_is_copied_is_the_same_encoder(tmp_path: Path) -> None:
    own = open_pretrained(str(tiny_encoder(tmp_path)))
    own.copy_to(tmp_path / "copy.npz")
    assert open_pretrained(str(tmp_path / "copy.npz")).sha256 == own.sha256


def test_no_encoder_and_one_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="llmrec pretrain ptum"):
        open_pretrained(str(tmp_path / "none.npz"))
    with pytest.raises(BadInput, match="llmrec pretrain ptum --data books"):
        open_pretrained("books")
    path = tiny_encoder(tmp_path)
    path.with_suffix(".json").write_text(json.dumps({"data": "films"}))
    with pytest.raises(BadInput, match="'protocol'"):
        open_pretrained(str(path))
    path.with_suffix(".json").unlink()
    with pytest.raises(BadInput, match="does not say"):
        open_pretrained(str(path))


def test_the_same_item_is_what_has_its_title_and_year(tmp_path: Path) -> None:
    encoder, films = open_pretrained(str(tiny_encoder(tmp_path))), load_films()
    assert encoder.ids_in(films) == {i: i for i in films.ids}
    heat, other = films["heat-1995"], films.items[0]
    theirs = Catalog(
        "theirs",
        (
            Item("1", heat.title.upper(), heat.year),
            Item("2", heat.title, 1901),
            Item(other.item_id, "A title that nobody has", 2001),
        ),
    )
    assert encoder.ids_in(theirs) == {"1": "heat-1995"}


def test_a_projector_speaks_as_loud_as_words_do() -> None:
    torch.manual_seed(0)
    words = torch.randn(50, 24) * 0.3
    projector = Projector(16, 3, 24, loudness_of(words))
    told = projector(torch.randn(7, 16) * 40)
    assert told.shape == (7, 3, 24)
    assert torch.allclose(told.square().mean(-1).sqrt(), torch.tensor(loudness_of(words)))
    again = Projector.like(projector.state_dict())
    x = torch.randn(2, 16)
    assert torch.equal(again(x), projector(x)) and again.tokens == 3


def test_each_half_of_a_profile_counts_whatever_its_scale() -> None:
    projector, x = Projector(16, 2, 8), torch.randn(1, 16)
    louder = torch.cat([x[:, :8], x[:, 8:] * 1000 + 5], dim=1)
    assert torch.allclose(projector(x), projector(louder), atol=1e-3)
