"""`Assistant`: the whole conversational recommender behind one door, for every front end."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from classic.errors import BadInput
from llmrec.data import PTUM, Opened, names, open_data
from llmrec.dialogue.draft import Parts
from llmrec.dialogue.engine import run_turn
from llmrec.dialogue.events import Cards, Done, Event, Prose
from llmrec.dialogue.evidence import comparative
from llmrec.dialogue.feedback import clicked, retrieved_by, varied
from llmrec.dialogue.nouns import Feedback, Preference, Turn
from llmrec.dialogue.spell import spell
from llmrec.dialogue.undo import asks_to_undo, undone
from llmrec.dialogue.verify import verifier
from llmrec.imports import Review, match, parse
from llmrec.llm.choose import remote_host
from llmrec.llm.protocol import LanguageModel, ModelError, Usage
from llmrec.modes import ModeInfo, model_of, modes, reader_for, resolve, telling_model
from llmrec.retrievers import RetrieverInfo, retrievers
from llmrec.shelf import Change, Shelf
from llmrec.store import Session, Store
from llmrec.text import clean

_REMEMBERED_UTTERANCES = 6


class Assistant:
    """One per process, for many users and threads; turns of one session run one at a time."""

    def __init__(
        self,
        store: Store,
        data: str = "films",
        mode: str = "auto",
        model: str | LanguageModel | None = None,
        retriever: str = "hybrid",
    ) -> None:
        """`model` is a name to open on first use, or a model that is open already. Raises
        `BadInput` for a data set, mode or retriever that does not exist or is not trained."""
        self.store, self.data, self.mode, self.model = store, data, mode, model
        self.retriever = retriever
        resolve(mode)
        self.opened: Opened = open_data(data, retriever)
        self.shelf = Shelf(self.opened.box)
        self._busy: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._others: dict[tuple[str, str], Assistant] = {(data, retriever): self}
        self._opening = threading.Lock()

    @classmethod
    def open(
        cls,
        data: str = "films",
        mode: str = "auto",
        *,
        store: Store | None = None,
        model: str | LanguageModel | None = None,
        retriever: str = "hybrid",
    ) -> "Assistant":
        return cls(store or Store.open(), data, mode, model, retriever)

    def with_data(self, name: str) -> "Assistant":
        """The same store and model over another catalogue, opened once. Raises `BadInput`."""
        return self if name == self.data else self._other(name, "hybrid")

    def with_retriever(self, name: str) -> "Assistant":
        """The same catalogue recommended from in another way, opened once. Raises `BadInput`."""
        return self if name == self.retriever else self._other(self.data, name)

    def _other(self, data: str, retriever: str) -> "Assistant":
        with self._opening:
            if (data, retriever) not in self._others:
                made = Assistant(self.store, data, self.mode, self.model, retriever)
                made._others, made._opening = self._others, self._opening
                made._busy = self._busy
                self._others[data, retriever] = made
            return self._others[data, retriever]

    def over(self, user: str, session_id: str) -> "Assistant":
        """The assistant over the catalogue that a chat is about, by its retriever, or by the
        hybrid where that is not trained any more. Raises `BadInput`."""
        about = self.with_data(self.store.data_of(user, session_id))
        chosen = self.store.state(user, session_id).retriever
        try:
            return about.with_retriever(chosen) if chosen else about
        except BadInput:
            return about.with_retriever("hybrid")

    def warm_up(self) -> None:
        """Loads what the first request would have to wait for."""
        if self.opened.box.encode is not None:
            self.opened.box.encode("warm up")
        self.retrievers()

    @property
    def domain(self) -> str:
        return self.opened.box.catalog.domain

    @property
    def n_items(self) -> int:
        return len(self.opened.box.catalog)

    def remote(self, mode: str | None = None) -> str | None:
        """Where a person's words would go, when a mode sends them off this machine."""
        chosen = mode or self.mode
        ready = any(m.ready for m in modes() if m.name == chosen)
        return remote_host() if ready and resolve(chosen) == "prompted" else None

    def modes(self) -> tuple[ModeInfo, ...]:
        return modes()

    def datasets(self) -> tuple[str, ...]:
        return names()

    def retrievers(self) -> tuple[RetrieverInfo, ...]:
        """Every way to recommend from this catalogue, those that can be used now first."""
        return retrievers(self.data)

    # Sessions

    def sessions(self, user: str) -> list[Session]:
        return self.store.sessions(user)

    def new_session(self, user: str, name: str | None = None) -> Session:
        return self.store.create_session(user, name, data=self.data)

    def session(self, user: str, name: str) -> Session:
        """The session of that name or id, made when there is none. Raises `BadInput` for one that
        is about another data set."""
        found = self.store.find_session(user, name) or self.new_session(user, name)
        if found.data != self.data:
            raise BadInput(
                f"the chat {name!r} is about {found.data}: add --data {found.data}, "
                "or name another chat"
            )
        return found

    def rename_session(self, user: str, session_id: str, title: str) -> None:
        self.store.rename_session(user, session_id, title)

    def delete_session(self, user: str, session_id: str) -> None:
        self.store.delete_session(user, session_id)

    def turns(self, user: str, session_id: str) -> list[Turn]:
        return self.store.turns(user, session_id)

    # Talk

    def stream(
        self,
        user: str,
        session_id: str,
        text: str,
        *,
        mode: str | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """One turn: cards first, prose after; stored when `Done` arrives. Raises `BadInput` for a
        text that is empty or too long."""
        asked = clean(text)
        with self._busy[session_id]:
            if asks_to_undo(asked):
                yield from self._take_back(user, session_id, asked)
                return
            before = self.store.turns(user, session_id)
            parts, chosen, fallbacks = self._parts(mode or self.mode, stop or threading.Event())
            for event in run_turn(
                asked,
                self.store.state(user, session_id),
                self.store.preferences(user, session_id),
                parts,
                mode=chosen,
                utterances=_utterances(before),
                fallbacks=fallbacks,
            ):
                if isinstance(event, Done):
                    self.store.commit_turn(user, session_id, event.turn)
                    if not before:
                        self.store.rename_session(user, session_id, asked[:60])
                yield event

    def _take_back(self, user: str, session_id: str, text: str) -> Iterator[Event]:
        """Of what was said or clicked, the last is undone; words that undo are no such thing."""
        taken = self.store.undo(user, session_id)
        while taken is not None and asks_to_undo(taken.text):
            taken = self.store.undo(user, session_id)
        turn = undone(text, taken, self.store.state(user, session_id))
        if turn.items:
            yield Cards(turn.items)
        yield Prose(turn.reply)
        self.store.commit_turn(user, session_id, turn)
        yield Done(turn)

    def ask(self, user: str, session_id: str, text: str, *, mode: str | None = None) -> Turn:
        """One turn, whole."""
        for event in self.stream(user, session_id, text, mode=mode):
            if isinstance(event, Done):
                return event.turn
        raise AssertionError("a turn always ends with Done")

    def retry(
        self,
        user: str,
        session_id: str,
        *,
        mode: str | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Takes the last thing said back and asks it again; words that only undid are not said
        again, which would undo one thing more."""
        said = [t for t in self.store.turns(user, session_id) if t.kind == "talk"]
        talked = [t for t in said if not asks_to_undo(t.text)]
        if not talked:
            raise BadInput("nothing has been said yet, so there is nothing to retry")
        last = talked[-1]
        return self.edit(user, session_id, last.turn_id, last.text, mode=mode, stop=stop)

    def edit(
        self,
        user: str,
        session_id: str,
        turn_id: str,
        text: str,
        *,
        mode: str | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Rewinds to before a turn and says something else instead."""
        asked = clean(text)
        self.store.rewind(user, session_id, turn_id)
        return self.stream(user, session_id, asked, mode=mode, stop=stop)

    def undo(self, user: str, session_id: str) -> Turn | None:
        """Takes the last turn or click back, with what it taught."""
        return self.store.undo(user, session_id)

    def critique(self, user: str, session_id: str, attr: str, direction: int) -> Iterator[Event]:
        """A chip under the list: the same as saying it."""
        return self.stream(user, session_id, comparative(attr, direction))

    def feedback(self, user: str, session_id: str, item_id: str, kind: Feedback) -> Change:
        """A click on a card; the list moves at once."""
        state = self.store.state(user, session_id)
        known = self.store.preferences(user, session_id)
        turn = clicked(item_id, kind, state, known, self.opened.box)
        self.store.commit_turn(user, session_id, turn)
        return Change(before=state.shown, after=turn.items, turn=turn)

    def set_diversity(self, user: str, session_id: str, value: float) -> Change:
        """The dial: re-ranks the list in view."""
        state = self.store.state(user, session_id)
        known = self.store.preferences(user, session_id)
        turn = varied(state, known, self.opened.box, value)
        self.store.commit_turn(user, session_id, turn)
        return Change(before=state.shown, after=turn.items, turn=turn)

    def set_retriever(self, user: str, session_id: str, name: str) -> Change:
        """Switches the chat to another retriever; the list in view is what that one says. Raises
        `BadInput` where it cannot be used."""
        other = self.over(user, session_id).with_retriever(name)
        state = self.store.state(user, session_id)
        known = self.store.preferences(user, session_id)
        turn = retrieved_by(name, state, known, other.opened.box)
        self.store.commit_turn(user, session_id, turn)
        return Change(before=state.shown, after=turn.items, turn=turn)

    # What is known of a person

    def preferences(self, user: str, session_id: str) -> tuple[Preference, ...]:
        return self.store.preferences(user, session_id)

    def describe(self, preference: Preference) -> str:
        return spell(preference, self.opened.box.catalog)

    def forget(self, user: str, preference_id: str) -> None:
        self.store.retire(user, [preference_id])

    def correct(
        self,
        user: str,
        preference: Preference,
        *,
        polarity: int | None = None,
        scope: str | None = None,
    ) -> None:
        """One click mends a wrong understanding; the correction is what is remembered."""
        changes = {"polarity": polarity, "scope": scope}
        said = preference.model_dump() | {k: v for k, v in changes.items() if v is not None}
        self.store.replace(user, preference.preference_id, Preference.model_validate(said))

    def export(self, user: str) -> dict:
        return self.store.export(user)

    def erase(self, user: str) -> None:
        self.store.erase(user)

    # A person's own ratings

    def review_ratings(self, path: Path) -> Review:
        """What a file of ratings holds, matched to the catalogue. Raises `BadInput`."""
        return match(parse(path, path.name), self.opened.box.catalog)

    def accept_ratings(
        self, user: str, review: Review, choices: Mapping[int, str | None] | None = None
    ) -> int:
        """Keeps the certain rows and the chosen ones as private preferences; how many."""
        kept = [
            Preference(
                kind="item",
                value=item_id,
                polarity=_polarity(row.stars),
                rating=row.stars,
                scope="always",
                utterance=f"imported from {review.source}",
                private=True,
            )
            for row, item_id in review.accepted(choices or {})
        ]
        known = {p.value: p for p in self.store.lasting(user, self.data) if p.kind == "item"}
        again = [known[p.value].preference_id for p in kept if p.value in known]
        self.store.retire(user, again)
        self.store.learn(user, self.data, kept)
        return len(kept)

    def _parts(self, mode: str, stop: threading.Event) -> tuple[Parts, str, tuple[str, ...]]:
        """What the turn runs with; without its model a mode falls back to rules and says so."""
        chosen = resolve(mode)
        opened, missing = self._over(chosen)
        model, fallbacks = self._model(chosen)
        usage = Usage()
        parts = Parts(
            box=opened.box,
            linker=opened.linker,
            reader=reader_for(chosen, opened, model, usage),
            verify=verifier(opened.box.catalog),
            model=model if chosen == "prompted" else None,
            teller=telling_model() if chosen == "lora" and model else None,
            usage=usage,
            stop=stop,
        )
        ran = model is not None or (chosen == PTUM and not missing)
        return parts, chosen if ran else "rules", missing + fallbacks

    def _over(self, mode: str) -> tuple[Opened, tuple[str, ...]]:
        """The catalogue, in mode `ptum` recommended from by what is pre-trained on it."""
        if mode != PTUM:
            return self.opened, ()
        try:
            return self.with_retriever(PTUM).opened, ()
        except BadInput as error:
            return self.opened, (f"{error}; answered by rule",)

    def _model(self, mode: str) -> tuple[LanguageModel | None, tuple[str, ...]]:
        if mode == "prompted" and self.model is not None and not isinstance(self.model, str):
            return self.model, ()
        try:
            return model_of(mode, self.model if isinstance(self.model, str) else None), ()
        except ModelError as error:
            return None, (f"{error}; answered by rule",)


def _utterances(turns: list[Turn]) -> tuple[str, ...]:
    talked = [t for t in turns if t.kind == "talk"][-_REMEMBERED_UTTERANCES // 2 :]
    return tuple(u for t in talked for u in (t.text, t.reply))


def _polarity(rating: float | None) -> Literal[1, 0, -1]:
    if rating is None:
        return 0
    return 1 if rating >= 3.5 else -1 if rating <= 2.5 else 0
