"""The tables. Turns and preferences are kept as JSON beside the columns that are searched."""

from datetime import UTC, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> str:
    """The time as sortable text, so that every database keeps it alike."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Base(DeclarativeBase):
    """All tables of the store."""


class SessionRow(Base):
    """One chat of one user over one data set: ids mean nothing in another."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("user", "name"), Index("sessions_by_user", "user"))

    session_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user: Mapped[str] = mapped_column(String(200))
    data: Mapped[str] = mapped_column(String(200), server_default="films")
    name: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    created: Mapped[str] = mapped_column(String(40), default=now)
    updated: Mapped[str] = mapped_column(String(40), default=now)


class TurnRow(Base):
    """One finished turn; `seq` counts within the session."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("session_id", "seq"),)

    turn_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.session_id", ondelete="CASCADE"))
    seq: Mapped[int]
    turn: Mapped[str] = mapped_column(Text)


class PreferenceRow(Base):
    """One preference. `session_id` is set for wishes that end with the session; `learned_by` and
    `retired_by` name the turns, so that undoing a turn undoes what it taught."""

    __tablename__ = "preferences"
    __table_args__ = (Index("preferences_by_user", "user"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    preference_id: Mapped[str] = mapped_column(String(32), unique=True)
    user: Mapped[str] = mapped_column(String(200))
    data: Mapped[str] = mapped_column(String(200), server_default="films")
    session_id: Mapped[str | None] = mapped_column(
        ForeignKey("sessions.session_id", ondelete="CASCADE")
    )
    preference: Mapped[dict] = mapped_column(JSON)
    learned_by: Mapped[str | None] = mapped_column(String(32))
    retired_by: Mapped[str | None] = mapped_column(String(32))


class VersionRow(Base):
    """The schema version that the file was last brought to."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True)
