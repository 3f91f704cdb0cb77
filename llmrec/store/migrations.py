"""Bringing a database to today's schema, one numbered step at a time."""

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, inspect, select

from classic.errors import BadInput
from llmrec.store.tables import Base, VersionRow


def _first_tables(connection: Connection) -> None:
    Base.metadata.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first_tables,)
"""Step `n` brings version `n` to `n + 1`. Steps are only ever added."""


def version_of(connection: Connection) -> int:
    """0 for an empty database."""
    if not inspect(connection).has_table(VersionRow.__tablename__):
        return 0
    return connection.execute(select(VersionRow.version)).scalar() or 0


def migrate(connection: Connection) -> None:
    """Runs the steps that are missing. Raises `BadInput` for a database from the future."""
    version = version_of(connection)
    if version > len(STEPS):
        raise BadInput(
            f"the database has schema {version}, newer than this program's {len(STEPS)}: "
            "update the program, or point LLMREC_DB at another file"
        )
    for step in STEPS[version:]:
        step(connection)
    connection.execute(delete(VersionRow))
    connection.execute(insert(VersionRow).values(version=len(STEPS)))
