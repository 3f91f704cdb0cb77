"""Conversational recommendation: which film does the recommender bring up next?

What was named before is no truth: to name the last film again is right so often that no model need
know anything (He et al., CIKM 2023). The others are drawn as often as the dialogues that train name
them, as if they were for another seeker: most films are hardly ever named, and among films drawn
evenly fame alone would tell the truth. Each dialogue gives one moment, since intervals are over
cases and what is said in one dialogue hangs together.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from classic.data.catalog import Catalog
from classic.data.films import load_films
from classic.data.interactions import Interactions
from classic.data.item import Item
from classic.data.movielens import natural_title
from classic.errors import BadInput
from classic.retrieve.item_item import ItemItem
from classic.text import Stems, fold, stems
from llmrec.lab.baselines import folded_in
from llmrec.lab.bm25 import word_vectors
from llmrec.lab.dialogue import Dialogue, Line, named_in
from llmrec.lab.redial import Moment, Redial, read_redial
from llmrec.lab.task import Case, RankingTask, rng_of, shuffled
from llmrec.linking.normal import key

DATA = "redial"
_NEGATIVES = 19


@dataclass(frozen=True, eq=False)
class ConversationTask(RankingTask):
    """Each case is a moment of a dialogue: its `lines` are what was said, its `history` the films
    that were named. `train` is what was named in which of the dialogues `learned`."""

    learned: tuple[Dialogue, ...] = ()

    @property
    def reference(self) -> str:
        return "conversation_zero_shot"

    @property
    def sought(self) -> str:
        return "the film that the recommender brought up next, new in the dialogue"


def open_conversation(data: str, seed: int = 0) -> ConversationTask:
    """Raises `BadInput` for data without dialogues, or that is not here."""
    if data != DATA:
        raise BadInput(f"{data} has no dialogues to ask about: try --data {DATA}")
    return conversation_task(read_redial(), seed)


def conversation_task(told: Redial, seed: int = 0) -> ConversationTask:
    """Raises `BadInput` where no new film is brought up, or too few films are named."""
    catalog, learned, moments = _linked(told)
    train = _interactions(learned, catalog)
    asked, fates = _asked(moments, catalog)
    if not asked:
        raise BadInput("redial: no recommender brings up a new film in the dialogues to ask about")
    cases = _cases(asked, moments, train, seed)
    about = (
        f"one turn of each dialogue, drawn out of {len(moments):,} turns that recommend, and the "
        f"first new film in it: {fates['named']:,} that had been named are not new, nor are "
        f"{fates['spoken']:,} whose title had been said without its year; {_NEGATIVES} others "
        f"drawn by how many of {len(learned):,} other dialogues name them, plus one; seed {seed}"
    )
    return ConversationTask(DATA, about, catalog, cases, train, seed, told.files, learned)


def _linked(told: Redial) -> tuple[Catalog, tuple[Dialogue, ...], tuple[Moment, ...]]:
    """The films that are named, as the embedded catalogue has them where it does; and everything
    with their ids for their titles."""
    own = {key(film.label): film for film in load_films()}
    lines = [
        *(line for dialogue in told.learned for line in dialogue.lines),
        *(line for moment in told.moments for line in (*moment.lines, moment.reply)),
    ]
    films = {key(title): own.get(key(title)) or _film(title) for title in named_in(lines)}

    def linked(line: Line) -> Line:
        return line.renamed([films[key(title)].item_id for title in line.named])

    learned = (Dialogue(d.dialogue_id, tuple(map(linked, d.lines))) for d in told.learned)
    moments = (
        Moment(m.dialogue_id, tuple(map(linked, m.lines)), linked(m.reply)) for m in told.moments
    )
    return Catalog(DATA, tuple(films.values())), tuple(learned), tuple(moments)


def _film(listed: str) -> Item:
    title, others, year = natural_title(listed)
    return Item(listed, title, year, aliases=others)


def _interactions(dialogues: Sequence[Dialogue], catalog: Catalog) -> Interactions:
    """What each dialogue names, once, in the order in which it came up."""
    named = [named_in(dialogue.lines) for dialogue in dialogues]
    users = np.repeat(np.arange(len(named)), [len(ids) for ids in named])
    items = catalog.rows(i for ids in named for i in ids)
    names = tuple(dialogue.dialogue_id for dialogue in dialogues)
    return Interactions(users.astype(np.int32), items.astype(np.int32), names, catalog.ids)


Asked = tuple[Moment, str]
"""A moment and the film that is brought up there."""


def _asked(
    moments: Sequence[Moment], catalog: Catalog
) -> tuple[Mapping[str, Sequence[Asked]], Counter[str]]:
    """What can be asked of each dialogue, by the first new film of a turn; and how many films that
    recommenders name are what."""
    asked, fates = defaultdict(list), Counter[str]()
    for moment in moments:
        fate = {i: _fate(catalog[i], moment.lines) for i in named_in([moment.reply])}
        fates.update(fate.values())
        new = [item_id for item_id, known in fate.items() if known == "new"]
        if new and moment.lines:
            asked[moment.dialogue_id].append((moment, new[0]))
    return asked, fates


def _fate(film: Item, lines: Sequence[Line]) -> Literal["new", "named", "spoken"]:
    """Whether a film was named in these lines, or its title stands there among the words, which in
    `It` or `Up` may mean nothing."""
    if film.item_id in named_in(lines):
        return "named"
    said = fold("\n".join(words for line in lines for words in line.words))
    title = re.escape(fold(film.title))
    return "spoken" if re.search(rf"(?<!\w){title}(?!\w)", said) else "new"


def _cases(
    asked: Mapping[str, Sequence[Asked]],
    moments: Sequence[Moment],
    train: Interactions,
    seed: int,
) -> tuple[Case, ...]:
    """A moment of each dialogue. The others are named nowhere in it: what is brought up later is
    no worse an answer. Raises `BadInput`."""
    rows = {item_id: row for row, item_id in enumerate(train.item_ids)}
    odds = {d: np.bincount(train.items, minlength=len(rows)) + 1.0 for d in asked}
    for moment in moments:
        if moment.dialogue_id in odds:
            named = named_in((*moment.lines, moment.reply))
            odds[moment.dialogue_id][[rows[i] for i in named]] = 0.0
    cases = []
    for dialogue, own in asked.items():
        rng = rng_of(seed, dialogue, "moment")
        moment, truth = own[int(rng.integers(len(own)))]
        others = _others(odds[dialogue], rng, dialogue)
        shown = shuffled(seed, dialogue, (truth, *(train.item_ids[i] for i in others)))
        cases.append(Case(dialogue, named_in(moment.lines), shown, truth, lines=moment.lines))
    return tuple(cases)


def _others(odds: np.ndarray, rng: np.random.Generator, dialogue: str) -> np.ndarray:
    """int64: rows drawn by float64 [n_items] odds."""
    if np.count_nonzero(odds) < _NEGATIVES:
        raise BadInput(
            f"redial: dialogue {dialogue} leaves fewer than {_NEGATIVES} films to set against"
        )
    return rng.choice(len(odds), _NEGATIVES, replace=False, p=odds / odds.sum())


def conversation_baselines(task: ConversationTask) -> dict[str, np.ndarray]:
    """float64 [n_cases, n_candidates] by what a dialogue alone allows: in how many dialogues a film
    is named together with those that were named; and how well what was said fits what was said
    where it is named (BM25), titles left out."""
    return {"co-mention": _co_mentions(task), "dialogue-bm25": _by_words(task)}


def _co_mentions(task: ConversationTask) -> np.ndarray:
    named = task.train.matrix
    together = (named.T @ named).tocsr()
    return folded_in(task, ItemItem("co-mention", task.catalog.ids, together))


def _by_words(task: ConversationTask) -> np.ndarray:
    """A film's text is its title and what was said in every dialogue that trains and names it."""
    texts = [list(stems(film.title)) for film in task.catalog]
    for dialogue in task.learned:
        words = tuple(_words(dialogue.lines))
        for row in task.catalog.rows(named_in(dialogue.lines)):
            texts[row].extend(words)
    vectors, columns = word_vectors(texts)
    found = np.empty((len(task.cases), task.n_candidates))
    for n, (case, rows) in enumerate(zip(task.cases, task.rows(), strict=True)):
        asked = np.zeros(vectors.shape[1])
        for word, times in Counter(_words(case.lines)).items():
            if word in columns:
                asked[columns[word]] = times
        found[n] = vectors[rows] @ asked
    return found


def _words(lines: Sequence[Line]) -> Iterator[str]:
    said: Iterator[Stems] = (stems(words) for line in lines for words in line.words)
    return (word for part in said for word in part)
