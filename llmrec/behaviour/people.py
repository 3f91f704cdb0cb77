"""`People`: what is pre-trained on the people of a data set, opened when it is first asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from classic.data.datasets import Loaded
from classic.errors import BadInput
from llmrec.behaviour.taste import Taste

if TYPE_CHECKING:
    from llmrec.behaviour.crowd import Crowd
    from llmrec.behaviour.recommender import Ptum

PTUM = "ptum"
"""The retriever, and the mode that recommends by it."""


@dataclass(frozen=True, eq=False)
class People:
    """Nets take seconds to import: only who asks for one waits for it."""

    data: str
    loaded: Loaded

    @cached_property
    def model(self) -> "Ptum":
        """Raises `BadInput` where nothing was pre-trained on it, with the mend."""
        from llmrec.behaviour.weights import open_ptum

        return open_ptum(self.data, self.loaded.catalog)

    @cached_property
    def taste(self) -> Taste:
        """Raises `BadInput` as `model` does."""
        return Taste(self.model, self.loaded.catalog)

    @property
    def known(self) -> bool:
        """Whether it is told who did what."""
        return self.loaded.interactions is not None

    @cached_property
    def crowd(self) -> "Crowd":
        """Raises `BadInput` as `model` does, and where nobody's behaviour comes with the data."""
        from llmrec.behaviour.crowd import Crowd

        if self.loaded.interactions is None:
            raise BadInput(
                f"{self.data} tells of items and not of people: there is nobody "
                "to be alike; ml-latest-small tells of both (llmrec data get ml-latest-small)"
            )
        return Crowd.of(self.model, self.loaded.interactions)
