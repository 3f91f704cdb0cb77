"""Learning from interactions as they arrive, without fitting again.

A saved model answers and cannot learn; what learning needs beside it (who met what, the people's
vectors, EASE's inverse) is kept here, by whoever goes on learning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy import linalg, sparse

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.retrieve.ease import EaseConfig, inverse_of, of_inverse
from classic.retrieve.ials import Ials, IalsConfig, fit_ials, project
from classic.retrieve.item_item import ItemItem
from classic.retrieve.recommender import Recommender


class Incremental(Protocol):
    """A `model` of everything `seen`. What is new may come from people whom it meets for the first
    time, and be of items that nobody met before, but of no item that it has no row for."""

    @property
    def seen(self) -> Interactions: ...

    @property
    def model(self) -> Recommender: ...

    def updated(self, new: Interactions) -> "Incremental":
        """With what is new; nothing here changes. Raises `BadInput` for an item it has no row
        for."""
        ...


@dataclass(frozen=True, eq=False)
class IncrementalIals:
    """`people`, float32 [n_users, d], are the vectors of those in `seen`, in its order."""

    seen: Interactions
    people: np.ndarray
    model: Ials

    @classmethod
    def of(cls, model: Ials, seen: Interactions) -> "IncrementalIals":
        """Of a model that was fitted on what is `seen`."""
        factors = model.factors.astype(np.float32)
        return cls(seen, project(seen.matrix, factors, model.config), model)

    def updated(self, new: Interactions, sweeps: int = 1) -> "IncrementalIals":
        """Solves the people who did something new and then the items that it was done with, each by
        all that is known of it, as `fit_ials` does; `sweeps` times. Everybody else stays as they
        are. The sums over everybody (Y'Y) are made anew from the vectors in every half-step, so
        they cannot drift from them."""
        if not len(new):
            return self
        seen, who, what = _together(self.seen, new)
        config = self.model.config
        rows, columns = seen.matrix[who], seen.matrix.tocsc()[:, what].T.tocsr()
        people = np.zeros((seen.n_users, config.dimensions), dtype=np.float32)
        people[: len(self.people)] = self.people
        factors = self.model.factors.copy()
        for _ in range(sweeps):
            people[who] = project(rows, factors.astype(np.float32), config)
            factors[what] = project(columns, people, config)
        return IncrementalIals(seen, people, replace(self.model, factors=factors))


@dataclass(frozen=True, eq=False)
class IncrementalEase:
    """`inverse`, float64 [n_items, n_items], is P = (X'X + lambda I)^-1 of `seen`."""

    seen: Interactions
    inverse: np.ndarray
    config: EaseConfig

    @classmethod
    def of(cls, seen: Interactions, config: EaseConfig) -> "IncrementalEase":
        """Raises `BadInput` for the variants whose ridge or weights change with everybody's counts,
        and `TooLarge`."""
        if config.dropout or config.evenness:
            raise BadInput("learning as it arrives is for plain EASE: dropout and evenness 0")
        return cls(seen, inverse_of(seen, config), config)

    @cached_property
    def model(self) -> ItemItem:
        return of_inverse(self.inverse, self.seen.item_ids, self.config.keep)

    def updated(self, new: Interactions) -> "IncrementalEase":
        """Exactly what a fit on everything finds. With U the rows of those who did something new,
        as they are (S = 1) and as they were (S = -1), X'X grows by U'SU, and P by
        - P U' (S + U P U')^-1 U P (Woodbury): n_items^2 times the rows of U, where a fit takes
        n_items^2 times the smaller side of X."""
        if not len(new):
            return self
        seen, who, _ = _together(self.seen, new)
        now, was = seen.matrix[who], self.seen.matrix[who[who < self.seen.n_users]]
        u = sparse.vstack([now, was]).tocsr().astype(np.float64)
        signs = np.repeat((1.0, -1.0), (now.shape[0], was.shape[0]))
        pulled = u @ self.inverse  # [r, n_items]
        inner = np.diag(signs) + u @ pulled.T
        return replace(
            self, seen=seen, inverse=self.inverse - pulled.T @ linalg.solve(inner, pulled)
        )


def _together(seen: Interactions, new: Interactions) -> tuple[Interactions, np.ndarray, np.ndarray]:
    """What is new after what was seen, in the same numbers, new people after the others; and int64
    the people and the items that something is new of. Raises `BadInput`."""
    place = {item_id: row for row, item_id in enumerate(seen.item_ids)}
    met = [new.item_ids[i] for i in np.unique(new.items)]
    if strangers := [item_id for item_id in met if item_id not in place]:
        raise BadInput(
            f"the model has no row for item {strangers[0]!r}: fit it with all items of the "
            "catalogue, those that nobody met yet too"
        )
    known = {user_id: row for row, user_id in enumerate(seen.user_ids)}
    for user in np.unique(new.users):
        known.setdefault(new.user_ids[user], len(known))
    users = np.array([known[new.user_ids[u]] for u in new.users], dtype=np.int32)
    items = np.array([place[new.item_ids[i]] for i in new.items], dtype=np.int32)
    both = Interactions(
        np.concatenate([seen.users, users]),
        np.concatenate([seen.items, items]),
        tuple(known),
        seen.item_ids,
    )
    return both, np.unique(users), np.unique(items)


def _ials(interactions: Interactions, config: IalsConfig) -> IncrementalIals:
    return IncrementalIals.of(fit_ials(interactions, config), interactions)


LEARNERS: Mapping[str, Callable[[Interactions, Any], Incremental]] = {
    "ials": _ials,
    "ease": IncrementalEase.of,
}
"""By the names of `classic.models`."""
