"""Settings from a file: what is named changes, what is wrong is named."""

from typing import Any

import pytest

from classic.configure import configured, with_seed
from classic.errors import BadInput
from classic.models import MODELS
from classic.retrieve.sasrec import SasRecConfig
from classic.train.losses import FullSoftmax, GBce


def test_what_is_named_changes_and_the_rest_stays() -> None:
    found = configured(
        SasRecConfig(),
        {"dimensions": 32, "training": {"epochs": 5}, "loss": {"kind": "gbce", "negatives": 64}},
    )
    assert (found.dimensions, found.blocks, found.training.epochs) == (32, 2, 5)
    assert found.loss == GBce(negatives=64)
    assert found.training.learning_rate == SasRecConfig().training.learning_rate
    assert SasRecConfig().loss == FullSoftmax()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"dimension": 32}, "no setting dimension; there are: dimensions"),
        ({"training": {"epoch": 5}}, "no setting training.epoch"),
        ({"dimensions": "many"}, "setting dimensions: 'many' will not do"),
        ({"training": {"epochs": 2.5}}, r"setting training.epochs: 2\.5 will not do"),
        ({"dropout": -0.1}, "below 0"),
        ({"loss": {"kind": "magic"}}, "setting loss"),
        ({"loss": {"kind": "gbce", "nagatives": 1}}, "no setting loss.nagatives"),
        ({"training": 5}, "setting training"),
    ],
)
def test_what_is_wrong_is_named(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        configured(SasRecConfig(), wanted)


def test_a_model_without_settings_takes_none() -> None:
    assert configured(None, {}) is None
    with pytest.raises(BadInput, match="this model has none"):
        configured(None, {"k": 5})


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_configured_and_seeded(name: str) -> None:
    config = MODELS[name].config
    assert configured(config, {}) == config
    if hasattr(config, "training"):
        assert with_seed(config, 7).training.seed == 7
