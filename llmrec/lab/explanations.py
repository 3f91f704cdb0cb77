"""Explanations: why did this person take and like this film? What a model writes is read, not felt.

Fluent reasons are mostly not true (statement-level precision of 4 to 33 % over six explainable
recommenders, arXiv 2512.24366), so that is what is counted: facts of the catalogue that a text
states, and statements that nothing in the catalogue carries. They are found by a reader that shares
nothing with the verifier by which a strategy may mend its text. It knows the few forms in which
names, years, lengths and genres are claimed; whether a reason moves anybody it cannot judge.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classic.data.catalog import Catalog
from classic.data.datasets import load
from classic.data.films import load_films
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.errors import BadInput
from classic.metrics import interval, paired_interval
from classic.text import fold
from llmrec.evaluate.claims import Claims
from llmrec.lab.single import Judged
from llmrec.lab.task import Case, RankingTask, without_rows
from llmrec.linking.normal import key
from llmrec.text import listed

BASE = "template"
_LEAST_HISTORY = 3
_LONG_TITLE = 3
_FIELDS = ("directors", "cast", "genres", "keywords", "moods", "countries")
_WAYS = {"directors": "is by", "cast": "is with", "genres": "is filed under"}
_DRAWS = 2000


@dataclass(frozen=True, eq=False)
class ExplanationTask(RankingTask):
    """Each case asks about its one candidate, which was liked, after a history of likes."""

    @property
    def label(self) -> str:
        return "explanations"


def open_explanations(data: str, seed: int = 0) -> ExplanationTask:
    """The latest like of everybody with three before it, among films whose facts the embedded
    catalogue has. Raises `BadInput` for data without such people."""
    loaded = load(data)
    if loaded.interactions is None:
        raise BadInput(f"{data} tells nothing of who liked what: try --data ml-latest-small")
    films = load_films()
    events = _known(loaded.interactions.once().liked(), loaded.catalog, films)
    asked, cases = [], []
    for user, rows in enumerate(events.by_user()):
        if len(rows) > _LEAST_HISTORY:
            *past, truth = (films.ids[events.items[row]] for row in rows)
            cases.append(Case(events.user_ids[user], tuple(past), (truth,), truth))
            asked.append(rows[-1])
    if not cases:
        raise BadInput(
            f"{data}: nobody liked {_LEAST_HISTORY + 1} films whose facts are known here: try "
            "--data ml-latest-small"
        )
    train = without_rows(events, np.array(asked))
    about = f"the latest film that somebody liked, after {_LEAST_HISTORY} likes or more"
    return ExplanationTask(data, about, films, tuple(cases), train, seed)


def _known(likes: Interactions, catalog: Catalog, films: Catalog) -> Interactions:
    """Those of films in the embedded catalogue, by its rows."""
    own = {key(film.label): row for row, film in enumerate(films)}
    rows = np.array([own.get(key(catalog[i].label), -1) for i in likes.item_ids])
    kept = likes.select(rows[likes.items] >= 0)
    items = rows[kept.items].astype(np.int32)
    return Interactions(kept.users, items, kept.user_ids, films.ids, kept.ratings, kept.timestamps)


def texts_of(task: ExplanationTask) -> dict[str, list[str]]:
    """By rows that no model writes: what the film shares with one of the history, or is filed
    under; that many liked it; and, a control, what the first says of somebody else's film."""
    told = [_template(task.catalog, case) for case in task.cases]
    famous = [f"Many people liked {task.catalog[case.truth].label}." for case in task.cases]
    return {BASE: told, "popularity": famous, "another's": [*told[1:], *told[:1]]}


def _template(catalog: Catalog, case: Case) -> str:
    film = catalog[case.truth]
    shared = next(iter(shared_facts(catalog, case)), None)
    own = f"It is filed under {listed(film.genres[:2])}." if film.genres else ""
    return f"{film.label} {shared}." if shared else f"You liked {film.label}. {own}".strip()


def shared_facts(catalog: Catalog, case: Case) -> list[str]:
    """What the film has in common with films of the history, the latest first, directors before
    cast before genres: `is by Michael Mann, as Heat (1995) is`."""
    film, said = catalog[case.truth], []
    for name, way in _WAYS.items():
        for other in reversed(case.history):
            both = [v for v in getattr(film, name) if v in getattr(catalog[other], name)]
            if both:
                said.append(f"{way} {both[0]}, as {catalog[other].label} is")
    return said


@dataclass(frozen=True)
class Read:
    """A text: facts it states and statements that nothing carries, each counted; whether it names a
    film of the history; its words; and what is left when titles are taken out."""

    supported: int
    unsupported: int
    personal: bool
    words: int
    bare: str

    @property
    def empty(self) -> bool:
        return not self.words


def read(task: ExplanationTask, case: Case, text: str, claims: Claims) -> Read:
    """A text about the truth of a case."""
    film, history = task.catalog[case.truth], [task.catalog[i] for i in case.history]
    bare, named = text, 0
    # The longest first: `Die Hard` is no part of what is said of `Die Hard 2`.
    for one in sorted((film, *history), key=lambda item: -len(item.title)):
        bare, times = _title(one).subn("_", bare)
        named += bool(times) and one is not film
    said = " ".join(one.label for one in history)
    wrong = _apart(
        {f.said for f in claims.unsupported(text, [film.item_id], said, [*case.history])}
    )
    stated = len(facts_stated(film, bare)) + named
    return Read(stated, len(wrong), named > 0, len(text.split()), " ".join(bare.split()))


def _apart(said: set[str]) -> set[str]:
    """What is no part of another: a title is not wrong once more for its year or a name in it."""
    return {one for one in said if not any(one != other and one in other for other in said)}


def _title(item: Item) -> re.Pattern[str]:
    """With its year; without it too where it is no short word, as `It` or `Up` are."""
    year = re.escape(item.label.removeprefix(item.title))
    optional = "?" if len(item.title) > _LONG_TITLE else ""
    return re.compile(rf"(?<!\w){re.escape(item.title)}(?:{year}){optional}(?!\w)")


def facts_stated(film: Item, text: str) -> set[str]:
    """Values of the film that stand in a text without titles."""
    values = {fold(str(v)) for name in _FIELDS for v in getattr(film, name)}
    values |= {str(film.year)} if film.year else set()
    plain = _words(fold(text))
    return {value for value in values if _words(value) in plain}


def _words(text: str) -> str:
    """Between blanks, so that one can be looked for in another."""
    return f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text).split())} "


def explanation_rows(
    task: ExplanationTask, texts: Mapping[str, Sequence[str]], written: Sequence[str]
) -> list[Judged]:
    """Every row, by means over people; `texts` are by row, those in `written` by a model. A text
    that came to nothing states nothing, and is neither clean nor personal. `precision` is the share
    of all statements of a row that are supported."""
    claims = Claims()
    reads = {
        name: [read(task, case, text, claims) for case, text in zip(task.cases, own, strict=True)]
        for name, own in texts.items()
    }
    values = {name: _values(own) for name, own in reads.items()}
    base = values[BASE]
    return [
        Judged(
            name,
            name in written,
            {m: float(v.mean()) for m, v in own.items()} | {"precision": _precision(own)},
            {m: interval(v) for m, v in own.items()} | {"precision": _precision_interval(own)},
            {m: paired_interval(v, base[m]) for m, v in own.items() if name != BASE},
            float(np.mean([one.empty for one in reads[name]])),
        )
        for name, own in values.items()
    ]


def _values(reads: Sequence[Read]) -> dict[str, np.ndarray]:
    """float64 [n_cases] by metric."""
    times = Counter(one.bare for one in reads)
    told = {
        "supported": [one.supported for one in reads],
        "unsupported": [one.unsupported for one in reads],
        "clean": [not one.unsupported and not one.empty for one in reads],
        "personal": [one.personal for one in reads],
        "alike": [times[one.bare] > 1 for one in reads],
        "words": [one.words for one in reads],
    }
    return {name: np.array(own, dtype=np.float64) for name, own in told.items()}


def _precision(values: Mapping[str, np.ndarray]) -> float:
    right, wrong = values["supported"].sum(), values["unsupported"].sum()
    return float(right / (right + wrong)) if right + wrong else float("nan")


def _precision_interval(values: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """By bootstrap over people, all statements of whom are drawn together."""
    rng, n = np.random.default_rng(0), len(values["supported"])
    drawn = (rng.integers(0, n, n) for _ in range(_DRAWS))
    shares = [_precision({m: v[rows] for m, v in values.items()}) for rows in drawn]
    if not np.isfinite(shares).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(shares, (0.025, 0.975))
    return float(low), float(high)
