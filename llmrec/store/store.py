"""`Store`: everything kept of a person, keyed by user and session, one transaction for a turn."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    URL,
    ColumnElement,
    Engine,
    create_engine,
    delete,
    event,
    func,
    make_url,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session as Transaction

from classic.errors import BadInput
from classic.home import home
from llmrec.dialogue.nouns import DialogueState, Preference, Turn, new_id
from llmrec.store.migrations import migrate
from llmrec.store.tables import PreferenceRow, SessionRow, TurnRow, now


@dataclass(frozen=True)
class Session:
    """A chat as the sidebar lists it."""

    session_id: str
    data: str
    name: str | None
    title: str
    created: str
    updated: str
    n_turns: int


class Store:
    """Chats, profiles and feedback. Safe for many threads; every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str | None = None) -> "Store":
        """`url`, else `$LLMREC_DB`, else a SQLite file under `home()`; brought to today's schema.

        Raises `BadInput` for a file that is no database, or one from a newer program.
        """
        chosen = make_url(url or os.environ.get("LLMREC_DB") or _default_url())
        engine = create_engine(chosen)
        if chosen.get_backend_name() == "sqlite":
            _make_folder(chosen)
            event.listen(engine, "connect", _careful_sqlite)
        try:
            with engine.begin() as connection:
                migrate(connection)
        except DatabaseError as error:
            engine.dispose()
            raise BadInput(
                f"{chosen.database} is not a readable database ({error.orig}): "
                "move it away to start afresh, or point LLMREC_DB at another file"
            ) from None
        return cls(engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with Transaction(self.engine) as transaction, transaction.begin():
            yield transaction

    # Sessions

    def create_session(
        self, user: str, name: str | None = None, title: str = "", *, data: str = "films"
    ) -> Session:
        """A new chat over a data set. Raises `BadInput` when the user has one of that name."""
        if name is not None and self.find_session(user, name):
            raise BadInput(f"there is a session named {name!r} already")
        with self._transaction() as t:
            row = SessionRow(session_id=new_id(), user=user, data=data, name=name, title=title)
            t.add(row)
            t.flush()
            return _session(row, 0)

    def sessions(self, user: str) -> list[Session]:
        """The user's chats, the one used last first."""
        with self._transaction() as t:
            counted = (
                select(SessionRow, func.count(TurnRow.turn_id))
                .outerjoin(TurnRow, TurnRow.session_id == SessionRow.session_id)
                .where(SessionRow.user == user)
                .group_by(SessionRow.session_id)
                .order_by(SessionRow.updated.desc())
            )
            return [_session(row, n) for row, n in t.execute(counted)]

    def find_session(self, user: str, name_or_id: str) -> Session | None:
        for session in self.sessions(user):
            if name_or_id in (session.session_id, session.name):
                return session
        return None

    def data_of(self, user: str, session_id: str) -> str:
        """The data set that a chat is about."""
        with self._transaction() as t:
            return self._own(t, user, session_id).data

    def rename_session(self, user: str, session_id: str, title: str) -> None:
        with self._transaction() as t:
            self._own(t, user, session_id).title = title[:200]

    def delete_session(self, user: str, session_id: str) -> None:
        """The chat with its turns and the wishes that ended with it."""
        with self._transaction() as t:
            t.delete(self._own(t, user, session_id))

    def _own(self, t: Transaction, user: str, session_id: str) -> SessionRow:
        row = t.get(SessionRow, session_id)
        if row is None or row.user != user:
            raise BadInput("there is no such chat (any more): start a new one")
        return row

    # Turns

    def turns(self, user: str, session_id: str) -> list[Turn]:
        """Finished turns, oldest first; turns taken back are gone."""
        with self._transaction() as t:
            self._own(t, user, session_id)
            rows = t.scalars(
                select(TurnRow.turn).where(TurnRow.session_id == session_id).order_by(TurnRow.seq)
            )
            return [Turn.model_validate_json(row) for row in rows]

    def state(self, user: str, session_id: str) -> DialogueState:
        """The state after the last turn."""
        with self._transaction() as t:
            self._own(t, user, session_id)
            last = self._last(t, session_id)
            return Turn.model_validate_json(last.turn).state if last else DialogueState()

    def _last(self, t: Transaction, session_id: str) -> TurnRow | None:
        newest = select(TurnRow).where(TurnRow.session_id == session_id)
        return t.scalars(newest.order_by(TurnRow.seq.desc()).limit(1)).first()

    def commit_turn(self, user: str, session_id: str, turn: Turn) -> None:
        """The turn, what it taught and what it ended: all of it or nothing."""
        with self._transaction() as t:
            session = self._own(t, user, session_id)
            last = self._last(t, session_id)
            row = TurnRow(
                turn_id=turn.turn_id,
                session_id=session_id,
                seq=last.seq + 1 if last else 1,
                turn=turn.model_dump_json(),
            )
            t.add(row)
            session.updated = now()
            t.execute(
                update(PreferenceRow)
                .where(PreferenceRow.user == user, PreferenceRow.preference_id.in_(turn.retired))
                .where(PreferenceRow.retired_by.is_(None))
                .values(retired_by=turn.turn_id)
            )
            t.add_all(_rows(user, session.data, session_id, turn.learned, turn.turn_id))

    def undo(self, user: str, session_id: str) -> Turn | None:
        """Takes the last turn back: what it taught goes, what it ended holds again."""
        with self._transaction() as t:
            self._own(t, user, session_id)
            last = self._last(t, session_id)
            if last is None:
                return None
            turn = Turn.model_validate_json(last.turn)
            t.execute(delete(PreferenceRow).where(PreferenceRow.learned_by == last.turn_id))
            t.execute(
                update(PreferenceRow)
                .where(PreferenceRow.retired_by == last.turn_id)
                .values(retired_by=None)
            )
            t.delete(last)
            return turn

    def rewind(self, user: str, session_id: str, turn_id: str) -> list[Turn]:
        """Takes turns back up to and including one. Raises `BadInput` when it is not there."""
        ids = [turn.turn_id for turn in self.turns(user, session_id)]
        if turn_id not in ids:
            raise BadInput("that message is not in this chat (any more): reload the page")
        taken = [self.undo(user, session_id) for _ in ids[ids.index(turn_id) :]]
        return [turn for turn in taken if turn is not None]

    # Preferences

    def preferences(self, user: str, session_id: str) -> tuple[Preference, ...]:
        """What holds in a chat, oldest first: its own wishes, and the user's lasting ones about
        the same data set."""
        with self._transaction() as t:
            data = self._own(t, user, session_id).data
            here = or_(PreferenceRow.session_id == session_id, PreferenceRow.session_id.is_(None))
            return self._held(t, user, here, PreferenceRow.data == data)

    def lasting(self, user: str, data: str) -> tuple[Preference, ...]:
        """What holds in every chat about a data set, oldest first."""
        with self._transaction() as t:
            mine = PreferenceRow.session_id.is_(None)
            return self._held(t, user, mine, PreferenceRow.data == data)

    def _held(
        self, t: Transaction, user: str, *which: ColumnElement[bool]
    ) -> tuple[Preference, ...]:
        rows = t.scalars(
            select(PreferenceRow.preference)
            .where(PreferenceRow.user == user, PreferenceRow.retired_by.is_(None), *which)
            .order_by(PreferenceRow.number)
        )
        return tuple(Preference.model_validate(row) for row in rows)

    def learn(self, user: str, data: str, preferences: Iterable[Preference]) -> None:
        """Lasting preferences from outside a turn: an import."""
        with self._transaction() as t:
            t.add_all(_rows(user, data, None, preferences, None))

    def retire(self, user: str, preference_ids: Sequence[str]) -> None:
        """Forgets for good: the rows go, since nothing will ask for them back."""
        with self._transaction() as t:
            t.execute(
                delete(PreferenceRow).where(
                    PreferenceRow.user == user, PreferenceRow.preference_id.in_(preference_ids)
                )
            )

    def replace(self, user: str, preference_id: str, new: Preference) -> None:
        """A correction keeps its place. Raises `BadInput` when there is no such preference."""
        with self._transaction() as t:
            row = t.scalars(
                select(PreferenceRow).where(
                    PreferenceRow.user == user, PreferenceRow.preference_id == preference_id
                )
            ).first()
            if row is None:
                raise BadInput("that wish is gone already: reload the page")
            row.preference = new.model_dump(mode="json")
            row.preference_id = new.preference_id
            if new.scope == "always":
                row.session_id = None

    # All of a person

    def export(self, user: str) -> dict:
        """Everything kept of a user, as plain JSON values."""
        with self._transaction() as t:
            kept = t.scalars(select(PreferenceRow.data).where(PreferenceRow.user == user))
            about = sorted(set(kept))
        return {
            "user": user,
            "preferences": {
                data: [p.model_dump(mode="json") for p in self.lasting(user, data)]
                for data in about
            },
            "sessions": [self._exported(user, s) for s in self.sessions(user)],
        }

    def _exported(self, user: str, session: Session) -> dict:
        here = session.session_id
        wishes = [p for p in self.preferences(user, here) if p.scope == "now"]
        return {
            "title": session.title,
            "name": session.name,
            "data": session.data,
            "created": session.created,
            "turns": [turn.model_dump(mode="json") for turn in self.turns(user, here)],
            "wishes": [p.model_dump(mode="json") for p in wishes],
        }

    def erase(self, user: str) -> None:
        """Everything of a user, gone from the file as well: overwritten, the log emptied, the
        free pages given back. What another database's own logs keep is beyond this program."""
        with self._transaction() as t:
            t.execute(delete(PreferenceRow).where(PreferenceRow.user == user))
            t.execute(delete(SessionRow).where(SessionRow.user == user))
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
                c.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                c.execute(text("VACUUM"))
                c.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _rows(
    user: str,
    data: str,
    session_id: str | None,
    preferences: Iterable[Preference],
    turn_id: str | None,
) -> list[PreferenceRow]:
    return [
        PreferenceRow(
            preference_id=p.preference_id,
            user=user,
            data=data,
            session_id=session_id if p.scope == "now" else None,
            preference=p.model_dump(mode="json"),
            learned_by=turn_id,
        )
        for p in preferences
    ]


def _session(row: SessionRow, n_turns: int) -> Session:
    return Session(
        session_id=row.session_id,
        data=row.data,
        name=row.name,
        title=row.title,
        created=row.created,
        updated=row.updated,
        n_turns=n_turns,
    )


def _default_url() -> URL:
    return URL.create("sqlite", database=str(home() / "llmrec.sqlite"))


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"chats cannot be kept in {folder} ({error.strerror}): set LLMREC_HOME to a folder "
                "that you can write to"
            ) from None


def _careful_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Readers never block writers, deleted text is overwritten, a busy file is waited for."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=20000",
    ):
        connection.execute(f"PRAGMA {pragma}")
