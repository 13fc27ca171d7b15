"""A connection to OceanBase or to its single-node server seekdb, by their MySQL protocol."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from qa_service.errors import ConfigurationError, FieldProblem
from qa_service.retrieval.backends.contract import EngineUnreachableError, SearchEngineError

if TYPE_CHECKING:
    import pymysql

SETTING = "QA_SEARCH_ENGINE_URL"

CONNECT_SECONDS = 3
"""Longest wait for the engine to take a connection."""

ANSWER_SECONDS = 6
"""Longest wait for the answer to one statement, by which a frozen engine counts as gone."""

CHECK_SECONDS = 4
"""The same when an engine is tried at a start, its greeting included."""

FILL_SECONDS = 600
"""The same while a collection is built or dropped."""

GRAPH_SECONDS = 24 * 3_600
"""The same while its graph is made: of 100,000 texts twelve minutes on two busy cores."""

Value = str | int | float | bytes | None
Row = Sequence[Any]

_ACCESS_DENIED, _UNKNOWN_DATABASE, _NO_SUCH_TABLE, _UNSUPPORTED = 1045, 1049, 1146, 1235
_LOST = frozenset({2003, 2006, 2013, 2014, 0})
"""Errors of the client: no connection, connection gone, lost, out of step, closed."""

_PASSING = frozenset({1040, 1053, 4012, 8001, 8002})
"""Errors of an engine that is there and may answer later: too many connections, shut down, no
answer in time, starting, stopping."""


class CollectionGoneError(SearchEngineError):
    """The collection was dropped, because another took its place."""

    code = "search_collection_gone"


class StatementUnsupportedError(SearchEngineError):
    """The engine does not support a statement, as things are."""

    code = "search_statement_unsupported"


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of the engine, login and database."""

    host: str
    port: int
    user: str
    password: str
    database: str

    @property
    def shown(self) -> str:
        """The address without the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.database}"

    @property
    def mark(self) -> str:
        """A fingerprint of host, port and database."""
        place = f"{self.host}:{self.port}/{self.database}"
        return sha256(place.encode()).hexdigest()


def read_address(url: str) -> Address:
    """Return the address in ``oceanbase://user:password@host:port/database``.

    Raises ConfigurationError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    database = parts.path.strip("/")
    if parts.scheme != "oceanbase" or not parts.hostname or not re.fullmatch(r"\w+", database):
        message = "应写成 oceanbase://用户:口令@主机:端口/数据库"
        raise ConfigurationError(
            f"检索引擎的地址有误：{SETTING} {message}", problems=(FieldProblem(SETTING, message),)
        )
    return Address(
        host=parts.hostname,
        port=port or 2881,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=database,
    )


class Connection:
    """One connection, opened when it is first needed and again after it broke; for any thread.

    Every method raises EngineUnreachableError when the engine does not answer, and
    SearchEngineError when it refuses the login or a statement.
    """

    def __init__(self, address: Address, *, answer_seconds: int = ANSWER_SECONDS) -> None:
        """Remember the address; nothing is opened yet."""
        self.address = address
        self._answer_seconds = answer_seconds
        self._lock = RLock()
        self._open: pymysql.Connection[Any] | None = None
        self._is_writing = False

    def patient(self, seconds: int = FILL_SECONDS) -> "Connection":
        """Return another connection to the same engine that waits for long statements."""
        return Connection(self.address, answer_seconds=seconds)

    def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a statement.

        A connection that was cut since it was last used is opened again, outside transactions.
        An engine that takes none, or does not greet, is not tried twice.
        """
        with self._lock:
            try:
                return self._asked(statement, values)
            except EngineUnreachableError:
                if self._is_writing or self._open is None:
                    raise
                self.close()
                return self._asked(statement, values)

    def run_once(self, statement: str) -> None:
        """Run a statement that may not be repeated: the engine goes on with one it has lost."""
        with self._lock:
            self._asked(statement, ())

    def insert(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run an INSERT … VALUES for many rows at once."""
        if rows:
            with self._lock, _translated(self.address), self._opened().cursor() as cursor:
                cursor.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block writes, or nothing of it."""
        with self._lock:
            self.rows("BEGIN")
            self._is_writing = True
            try:
                yield
                self._asked("COMMIT", ())
            except BaseException:
                # Whatever the engine has of it is rolled back with the connection.
                self.close()
                raise
            finally:
                self._is_writing = False

    def close(self) -> None:
        """Close the connection; the next statement opens another."""
        with self._lock:
            opened, self._open = self._open, None
            if opened is not None:
                with _ignored():
                    opened.close()

    def _asked(self, statement: str, values: Sequence[Value]) -> list[Row]:
        """Return all rows of a statement, asked once."""
        with _translated(self.address), self._opened().cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def _opened(self) -> "pymysql.Connection[Any]":
        """Return the open connection."""
        if self._open is None:
            self._open = _connect(self.address, self._answer_seconds)
        return self._open


def _connect(address: Address, answer_seconds: int) -> "pymysql.Connection[Any]":
    """Return a new connection to the database of ``address``."""
    try:
        import pymysql
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "没有安装检索引擎的客户端，请运行 pip install 'qa-service[oceanbase]'"
        ) from error

    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=answer_seconds,
        write_timeout=answer_seconds,
        init_command=(
            f"SET ob_query_timeout = {answer_seconds * 1_000_000},"
            f" ob_trx_timeout = {10 * answer_seconds * 1_000_000}"
        ),
    )


@contextmanager
def _translated(address: Address) -> Iterator[None]:
    """Raise the errors of the client as ours."""
    import pymysql

    try:
        yield
    except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
        number = error.args[0] if error.args else 0
        if number == _ACCESS_DENIED:
            raise SearchEngineError(
                f"检索引擎拒绝登录（{address.shown}），请检查 {SETTING} 的用户和口令"
            ) from error
        if number == _UNKNOWN_DATABASE:
            raise SearchEngineError(
                f"检索引擎中没有数据库 {address.database}，请检查 {SETTING} 或先建库"
            ) from error
        if number in _LOST | _PASSING or isinstance(error, OSError):
            raise EngineUnreachableError(
                f"检索引擎无法连接（{address.shown}），请检查 {SETTING} 和引擎是否在运行"
            ) from error
        raise _refused(error) from error
    except pymysql.err.ProgrammingError as error:
        if error.args and error.args[0] == _NO_SUCH_TABLE:
            raise CollectionGoneError("检索引擎中的索引已被替换") from error
        raise _refused(error) from error
    except pymysql.err.Error as error:
        if error.args and error.args[0] in _PASSING:
            raise EngineUnreachableError(
                f"检索引擎暂时不能应答（{address.shown}），请稍后重试"
            ) from error
        raise _refused(error) from error


def _refused(error: Exception) -> SearchEngineError:
    """Return the error of a statement that the engine refused; its values are left out."""
    number = error.args[0] if error.args else ""
    kind = StatementUnsupportedError if number == _UNSUPPORTED else SearchEngineError
    return kind(f"检索引擎未能执行请求（错误 {number}）")


@contextmanager
def _ignored() -> Iterator[None]:
    """Ignore what a broken connection says when it is closed."""
    import pymysql

    try:
        yield
    except (pymysql.err.Error, OSError):
        return
