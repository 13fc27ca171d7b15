"""An engine that can write to a few tables only, for the process that stands on the internet.

On SQLite the database itself refuses every other write (``sqlite3_set_authorizer``). On
PostgreSQL the statements are looked at before they are sent; there the rights of the database
user are what holds, see ``docs/operations.md``.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from qa_service.errors import ForbiddenError
from qa_service.storage.engine import open_engine

Rights = Mapping[str, frozenset[str]]
"""Tables that may be written to, each with the statements for it: INSERT, UPDATE."""

INSERT, UPDATE = "INSERT", "UPDATE"
ADD = frozenset({INSERT})
CHANGE = frozenset({INSERT, UPDATE})

_VERBS: Mapping[int, str] = MappingProxyType(
    {sqlite3.SQLITE_INSERT: INSERT, sqlite3.SQLITE_UPDATE: UPDATE}
)
_HARMLESS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
    }
)
_OWN_PRAGMA = "busy_timeout"
"""The only setting that is changed after a connection was made (``WriterQueue``)."""

_WRITING = re.compile(r'\s*(INSERT|UPDATE)\s+(?:INTO\s+)?"?(\w+)"?', re.IGNORECASE)
_READING = re.compile(r"\s*(?:SELECT|SAVEPOINT|RELEASE|ROLLBACK|SHOW|SET)\b", re.IGNORECASE)


class WriteRefusedError(ForbiddenError):
    """The process may not write to the table."""

    code = "write_refused"
    title = "不能写入"


def open_limited_engine(database_url: str, rights: Rights) -> Engine:
    """Create an engine whose transactions write to the tables in ``rights`` alone."""
    engine = open_engine(database_url, limited=True)
    if engine.dialect.name == "sqlite":

        def prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
            connection.set_authorizer(_authorizer(rights))

        event.listen(engine, "connect", prepare)
        return engine

    def check(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        check_statement(statement, rights)

    event.listen(engine, "before_cursor_execute", check)
    return engine


def _authorizer(rights: Rights) -> Callable[..., int]:
    """Return what tells SQLite, as it compiles a statement, whether each part is allowed."""

    def allow(act: int, name: str | None, *_more: str | None) -> int:
        verb = _VERBS.get(act)
        if verb is not None:
            is_allowed = verb in rights.get(name or "", ())
        elif act == sqlite3.SQLITE_PRAGMA:
            is_allowed = name == _OWN_PRAGMA
        else:
            is_allowed = act in _HARMLESS
        return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY

    return allow


def check_statement(statement: str, rights: Rights) -> None:
    """Raise WriteRefusedError for a statement that writes elsewhere, or is none of ours."""
    written = _WRITING.match(statement)
    if written is not None:
        is_allowed = written[1].upper() in rights.get(written[2].lower(), ())
    else:
        is_allowed = _READING.match(statement) is not None
    if not is_allowed:
        raise WriteRefusedError("公众查询的进程不能写入这里")
