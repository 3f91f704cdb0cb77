"""Where the pre-trained weights of a catalogue are: shipped with it, or made on this machine."""

from importlib.resources import files
from pathlib import Path

from classic.data.catalog import Catalog
from classic.errors import BadInput
from classic.home import home
from classic.retrieve.modalities import of_items
from classic.retrieve.text_encoder import vectors_of
from llmrec.behaviour.recommender import Ptum, item_ids_of, load_ptum

_SHIPPED = "films"


def own_weights(data: str) -> Path:
    """Where those that are made here belong."""
    return home() / "behaviour" / f"{data}.npz"


def has_weights(data: str) -> bool:
    return data == _SHIPPED or own_weights(data).is_file()


def weights_of(data: str) -> Path:
    """Raises `BadInput` where nothing was pre-trained on it, with the mend."""
    if own_weights(data).is_file():
        return own_weights(data)
    if data != _SHIPPED:
        raise BadInput(f"nothing is pre-trained on {data} yet: llmrec pretrain ptum --data {data}")
    return Path(str(files("llmrec.behaviour"))) / "shipped" / f"{_SHIPPED}.npz"


def open_ptum(data: str, catalog: Catalog) -> Ptum:
    """Raises `BadInput` where nothing was pre-trained on it, with the mend."""
    return load_with_text(weights_of(data), catalog)


def load_with_text(path: Path, catalog: Catalog) -> Ptum:
    """An encoder with the text of the catalogue that it was trained on. Raises `BadInput`."""
    vectors = vectors_of(catalog)
    text = None if vectors is None else of_items(catalog, item_ids_of(path), vectors)
    return load_ptum(path, text)
