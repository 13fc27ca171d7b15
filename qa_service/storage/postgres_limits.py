"""Limits of PostgreSQL: of time, so that a stuck server holds no thread for long, and of space.

The server ends statements and waits for locks that take too long. A server that is frozen, or
a network that lost it, cannot do so: then the client gives up and closes the connection.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event, text

CONNECT_SECONDS = 3
LOCK_SECONDS = 6
STATEMENT_SECONDS = 8
ANSWER_SECONDS = 10
"""Longest wait for the result of a statement; above that of the server, which ends it better."""

IDLE_SECONDS = 30
"""Longest pause within a transaction: a host that is cut off in one keeps its locks so long."""

CONNECT_ARGUMENTS: Mapping[str, int] = {
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": ANSWER_SECONDS * 1000,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
SERVER_OPTIONS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
)

_SPILL = text("SELECT count(*) FROM generate_series(1, 20000)")
"""Needs more memory than the smallest ``work_mem``: the server writes about 500 KB to a file."""

_Result = TypeVar("_Result")


class LimitedConnection(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not come within ``ANSWER_SECONDS``."""

    def wait(
        self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None
    ) -> _Result:
        """Return the result of ``gen``; raises OperationalError when it does not come in time."""
        if timeout is not None:  # a limit of psycopg's own, such as that of waiting for notices
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, ANSWER_SECONDS)
        except psycopg.errors._WaitTimeout as error:
            # What the server would answer later belongs to nobody: nothing else may read it.
            self.pgconn.finish()
            raise psycopg.OperationalError("no answer from the server in time") from error


def limit(engine: Engine) -> None:
    """Make every new connection of a PostgreSQL ``engine`` a limited one."""

    def connect(_dialect: object, _record: object, cargs: Any, cparams: Any) -> object:  # noqa: ANN401
        arguments = {**CONNECT_ARGUMENTS, "options": SERVER_OPTIONS, **cparams}
        return LimitedConnection.connect(*cargs, **arguments)

    event.listen(engine, "do_connect", connect)


def probe_space(engine: Engine) -> None:
    """Let PostgreSQL write a temporary file beside the data; raises OperationalError if full.

    It is written where tables of this database grow, changes none, and is removed at once. An
    SQLite file stands in the data folder, which is probed itself.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL work_mem = '64kB'"))
        connection.execute(_SPILL).scalar_one()
