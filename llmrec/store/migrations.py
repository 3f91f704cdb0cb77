"""Bringing a database to today's schema, one numbered step at a time."""

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, inspect, select, text

from classic.errors import BadInput
from llmrec.store.tables import Base, VersionRow


def _chats_belong_to_a_data_set(connection: Connection) -> None:
    """Until now every chat and every wish was about the embedded films."""
    for table in ("sessions", "preferences"):
        connection.execute(
            text(f"ALTER TABLE {table} ADD COLUMN data VARCHAR(200) DEFAULT 'films' NOT NULL")
        )


STEPS: tuple[Callable[[Connection], None], ...] = (_chats_belong_to_a_data_set,)
"""Step `n` (from 1) brings version `n` to `n + 1`. Steps are only ever added."""
VERSION = len(STEPS) + 1


def version_of(connection: Connection) -> int:
    """0 for an empty database."""
    if not inspect(connection).has_table(VersionRow.__tablename__):
        return 0
    return connection.execute(select(VersionRow.version)).scalar() or 0


def migrate(connection: Connection) -> None:
    """An empty database gets today's tables, an older one the steps that it has not seen.

    Raises `BadInput` for a database from the future.
    """
    version = version_of(connection)
    if version > VERSION:
        raise BadInput(
            f"the database has schema {version}, newer than this program's {VERSION}: "
            "update the program, or point LLMREC_DB at another file"
        )
    if version == 0:
        Base.metadata.create_all(connection)
    else:
        for step in STEPS[version - 1 :]:
            step(connection)
    connection.execute(delete(VersionRow))
    connection.execute(insert(VersionRow).values(version=VERSION))
