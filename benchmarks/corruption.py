"""Is a corrupted reply caught, and a true one left alone?

    python -m benchmarks.corruption --out results/corruption [--turns 400]

What a model would be given to tell, for every scripted turn that shows films: the reasons of the
first three in the tools' own words, and a sentence of facts about one. Each goes through the
verifier as it is and once with one fact swapped: a title for one that no tool returned, a person, a
year, a genre or a runtime for one that none of the films in question has. The turns, the sentences
and the swaps share no code and no words with the verifier's own cases.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.script import conversations
from classic.data.catalog import Catalog
from classic.data.item import GENRES, Item
from llmrec.assistant import Assistant
from llmrec.dialogue.compose import fact_sentence
from llmrec.dialogue.nouns import Evidence, Turn
from llmrec.dialogue.verify import verify
from llmrec.evaluate.record import write_record
from llmrec.store import Store

SEED = 11
_TURNS_EACH = 5
_TELLS = (
    "{title} came out in {year}, was directed by {director} and stars {star}.",
    "At {runtime} minutes, {title} by {director} is a fine {genre} film.",
    "With {star} in the lead, {title} ({year}) runs {runtime} minutes.",
    "{director} made {title} in {year}; expect a {genre} story with {star}.",
    "{title} is a {genre} film of {year}. It lasts {runtime} minutes.",
    "I would begin with {title}, {director}'s {genre} film from {year} with {star}.",
)


@dataclass(frozen=True)
class Reply:
    """A reply with what it may rest on, and the films it is about."""

    text: str
    items: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    said: tuple[str, ...]
    about: tuple[Item, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/a.sqlite")
        assistant = Assistant.open("films", "rules", store=store)
        catalog = assistant.opened.box.catalog
        cases = [c for reply in replies(assistant, given.turns) for c in judged(reply, catalog)]
    metrics = scores(cases)
    write_record(
        given.out, config={"turns": given.turns}, metrics=metrics, per_case=cases, seeds=[SEED]
    )
    print(json.dumps(metrics, indent=1))


def replies(assistant: Assistant, turns: int) -> Iterator[Reply]:
    """Every scripted turn that shows films."""
    catalog, rng = assistant.opened.box.catalog, np.random.default_rng(SEED)
    for talk in conversations(catalog, turns // _TURNS_EACH, _TURNS_EACH, seed=SEED):
        here, said = assistant.new_session("reader").session_id, []
        for text in talk:
            turn = assistant.ask("reader", here, text)
            said.append(text)
            if turn.items:
                yield _reply(turn, tuple(said), catalog, rng)
        assistant.erase("reader")


def _reply(turn: Turn, said: tuple[str, ...], catalog: Catalog, rng: np.random.Generator) -> Reply:
    items = tuple(s.item_id for s in turn.items)
    evidence = (*turn.evidence, *(e for s in turn.items for e in s.evidence))
    behind = {*items, *(e.refers_to for e in evidence), *turn.state.anchors}
    about = tuple(catalog[i] for i in sorted(behind) if i in catalog)
    reasons = [fact_sentence(e, catalog) for s in turn.items[:3] for e in s.evidence[:1]]
    told = str(rng.choice(_TELLS)).format(**_words(catalog[str(rng.choice(items))]))
    return Reply(" ".join((*reasons, told)), items, evidence, said, about)


def _words(item: Item) -> dict[str, object]:
    return {
        "title": item.title,
        "year": item.year,
        "director": item.directors[0],
        "star": item.cast[0],
        "genre": item.genres[0],
        "runtime": item.runtime,
    }


def judged(reply: Reply, catalog: Catalog) -> Iterator[dict]:
    """The reply as it is, and once for every kind of fact in its last words that can be swapped."""
    yield _case(reply, reply.text, "true", catalog)
    rng = np.random.default_rng([SEED, len(reply.text)])
    for kind in ("title", "person", "year", "genre", "number"):
        if (false := corrupted(reply, kind, catalog, rng)) is not None:
            yield _case(reply, false, kind, catalog)


def corrupted(reply: Reply, kind: str, catalog: Catalog, rng: np.random.Generator) -> str | None:
    """The reply with one fact of this kind swapped, or nothing where it states none."""
    there, instead = {
        "title": ({i.title for i in reply.about}, [i.title for i in catalog]),
        "person": (
            {p for i in reply.about for p in i.people},
            [p for i in catalog for p in i.people],
        ),
        "year": ({str(i.year) for i in reply.about}, [str(y) for y in range(1925, 2026)]),
        "genre": ({g for i in reply.about for g in i.genres}, list(GENRES)),
        "number": ({str(i.runtime) for i in reply.about}, [str(m) for m in range(62, 199)]),
    }[kind]
    heard = " ".join((*reply.said, *(e.text for e in reply.evidence)))
    false = [x for x in instead if x not in there and x.lower() not in heard.lower()]
    stated = [m for x in there for m in re.finditer(rf"(?<!\w){re.escape(x)}(?!\w)", reply.text)]
    if not stated or not false:
        return None
    place = stated[int(rng.integers(len(stated)))]
    return reply.text[: place.start()] + str(rng.choice(false)) + reply.text[place.end() :]


def _case(reply: Reply, text: str, kind: str, catalog: Catalog) -> dict:
    left = verify(
        text, catalog=catalog, items=reply.items, evidence=reply.evidence, said=reply.said
    )
    cut = "; ".join(f"{c.why}: {c.sentence}" for c in left.cut)
    return {"kind": kind, "reply": text, "cut": cut}


def scores(cases: list[dict]) -> dict:
    false = [c for c in cases if c["kind"] != "true"]
    true = [c for c in cases if c["kind"] == "true"]
    kinds = sorted({c["kind"] for c in false})
    return {
        "corrupted": len(false),
        "caught": _share(false),
        "true": len(true),
        "wrongly_cut": _share(true),
        "caught_by_kind": {k: _share([c for c in false if c["kind"] == k]) for k in kinds},
    }


def _share(cases: list[dict]) -> float:
    return round(sum(bool(c["cut"]) for c in cases) / max(len(cases), 1), 4)


if __name__ == "__main__":
    main()
