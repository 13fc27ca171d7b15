"""The tables of a collection, which holds one index, and the register of collections.

A collection is filled beside the one in use and takes its place in one statement. Its counters,
by which BM25 is computed, stand in its line of the register and are changed with the texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from qa_service.retrieval.backends.contract import Recipe, SearchEngineError, Stamp
from qa_service.retrieval.backends.oceanbase.connection import (
    GRAPH_SECONDS,
    CollectionGoneError,
    Connection,
    Row,
    StatementUnsupportedError,
)

REGISTER = "qa_collection"

BUILD_LOCK = "qa_build"
"""Table with the one line that a builder holds locked.

``GET_LOCK`` will not do: seekdb 1.4 keeps such a lock for minutes after its connection is gone.
"""

LONGEST_BUILD = 7 * 24 * 3_600
"""Seconds for which that line may be held."""

GRAPH = "near"
"""Name of the index of the vectors."""

CANDIDATE_EDGES = 32
"""Neighbours of a vector in the graph (HNSW's m)."""

CONSTRUCTION_WIDTH = 200
"""Candidates looked at while a vector is put into the graph (ef_construction)."""

_COLUMNS = (
    "name, bank, revision, tokenizer, encoder, dimension, format, filled_to, changes, "
    "pairs, texts, length, bigrams"
)


class State(StrEnum):
    """Whether a collection is searched."""

    BUILDING = "building"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals of a whole collection, for BM25.

    ``length`` is the number of words of all ``texts``, ``bigrams`` that of the character
    bigrams of all ``pairs``.
    """

    pairs: int = 0
    texts: int = 0
    length: int = 0
    bigrams: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        """Return the sums."""
        return Counters(
            self.pairs + other.pairs,
            self.texts + other.texts,
            self.length + other.length,
            self.bigrams + other.bigrams,
        )


@dataclass(frozen=True, slots=True)
class Collection:
    """A line of the register; ``changes`` counts the transactions that changed it."""

    name: str
    stamp: Stamp
    recipe: Recipe
    filled_to: int
    changes: int
    counters: Counters


def lay_register(connection: Connection) -> None:
    """Create the register where there is none."""
    connection.rows(
        f"CREATE TABLE IF NOT EXISTS {REGISTER} ("
        " name VARCHAR(64) PRIMARY KEY, state VARCHAR(16) NOT NULL,"
        " bank VARCHAR(64) NOT NULL, revision BIGINT NOT NULL,"
        " tokenizer VARCHAR(128) NOT NULL, encoder VARCHAR(128) NOT NULL,"
        " dimension INT NOT NULL, format INT NOT NULL,"
        " filled_to BIGINT NOT NULL, changes BIGINT NOT NULL, pairs BIGINT NOT NULL,"
        " texts BIGINT NOT NULL, length BIGINT NOT NULL, bigrams BIGINT NOT NULL)"
    )


def hold_build(connection: Connection) -> None:
    """Hold out others that would build, until ``connection`` is closed or its process dies.

    Raises SearchEngineError where another builds for as long as a statement may wait.
    """
    connection.rows(f"CREATE TABLE IF NOT EXISTS {BUILD_LOCK} (id INT PRIMARY KEY)")
    connection.rows(f"INSERT IGNORE INTO {BUILD_LOCK} VALUES (1)")  # noqa: S608
    longest = LONGEST_BUILD * 1_000_000
    connection.rows(f"SET ob_trx_timeout = {longest}, ob_trx_idle_timeout = {longest}")
    connection.rows("BEGIN")
    connection.rows(f"SELECT id FROM {BUILD_LOCK} WHERE id = 1 FOR UPDATE")  # noqa: S608


def find(connection: Connection, state: State) -> Collection | None:
    """Return the collection in a state, None if there is none or not even a register."""
    shown = connection.rows("SHOW TABLES LIKE %s", (REGISTER,))
    if not shown:
        return None
    found = connection.rows(f"SELECT {_COLUMNS} FROM {REGISTER} WHERE state = %s", (state,))  # noqa: S608
    return _collection(found[0]) if found else None


def read(connection: Connection, name: str, *, locked: bool = False) -> Collection:
    """Return a collection as it stands, ``locked`` for other writers to the end of the transaction.

    Raises CollectionGoneError if it was dropped.
    """
    statement = f"SELECT {_COLUMNS} FROM {REGISTER} WHERE name = %s"  # noqa: S608
    found = connection.rows(statement + (" FOR UPDATE" if locked else ""), (name,))
    if not found:
        raise CollectionGoneError("检索引擎中的索引已被替换")
    return _collection(found[0])


def lay_collection(connection: Connection, recipe: Recipe) -> Collection:
    """Create the tables of an empty collection that is being built."""
    name = f"qa_{uuid4().hex[:12]}"
    for statement in _tables(name, recipe.dimension):
        connection.rows(statement)
    connection.rows(
        f"INSERT INTO {REGISTER} VALUES"  # noqa: S608
        " (%s, %s, '', 0, %s, %s, %s, %s, 0, 0, 0, 0, 0, 0)",
        (
            name,
            State.BUILDING,
            recipe.tokenizer,
            recipe.encoder,
            recipe.dimension,
            recipe.format,
        ),
    )
    return read(connection, name)


def lay_graph(connection: Connection, collection: Collection) -> None:
    """Index the vectors of a filled collection; returns when that is done, perhaps after hours.

    The statement is sent once: while the engine works on one whose connection was lost, or takes
    it back, it refuses another. Raises SearchEngineError then. A graph that is there stays.
    """
    if not collection.recipe.dimension or _has_graph(connection, collection):
        return
    waiting = connection.patient(GRAPH_SECONDS)
    try:
        waiting.run_once(
            f"CREATE VECTOR INDEX {GRAPH} ON {collection.name}_text (vector) WITH"
            f" (distance=cosine, type=hnsw, lib=vsag, m={CANDIDATE_EDGES},"
            f" ef_construction={CONSTRUCTION_WIDTH})"
        )
    except StatementUnsupportedError as error:
        raise SearchEngineError(
            "检索引擎还在处理上一次中断的向量索引，请几分钟后重新运行 qa-service index rebuild；"
            "已填入的内容不会重填"
        ) from error
    finally:
        waiting.close()


def _has_graph(connection: Connection, collection: Collection) -> bool:
    """Return whether the vectors are indexed; False while that is under way."""
    return any(GRAPH in row for row in connection.rows(f"SHOW INDEX FROM {collection.name}_text"))


def activate(connection: Connection, name: str) -> None:
    """Let everybody search in a collection from now on, and drop all others."""
    with connection.transaction():
        connection.rows(
            f"UPDATE {REGISTER} SET state = IF(name = %s, %s, 'former')",  # noqa: S608
            (name, State.ACTIVE),
        )
    drop_others(connection, name)


def drop_others(connection: Connection, kept: str) -> None:
    """Drop every collection but one, the building ones too."""
    for (name,) in connection.rows(f"SELECT name FROM {REGISTER} WHERE name <> %s", (kept,)):  # noqa: S608
        drop(connection, str(name))


def drop(connection: Connection, name: str) -> None:
    """Drop a collection."""
    connection.rows(f"DELETE FROM {REGISTER} WHERE name = %s", (name,))  # noqa: S608
    for table in ("pair", "text", "term", "bigram"):
        connection.rows(f"DROP TABLE IF EXISTS {name}_{table}")


def _tables(name: str, dimension: int) -> Sequence[str]:
    """Return the statements that create the tables of a collection.

    Terms are hexadecimal numbers of equal width, in text that is compared byte by byte: parsers
    of full text otherwise drop words of one or two characters.
    """
    bounds = (
        "area VARCHAR(128) NOT NULL, unit VARCHAR(128) NOT NULL, region VARCHAR(128) NOT NULL,"
        " audience VARCHAR(128) NOT NULL, first_day INT NOT NULL, last_day INT NOT NULL"
    )
    vector = f" vector VECTOR({dimension})," if dimension else ""
    return (
        (
            f"CREATE TABLE {name}_pair (pair_id BIGINT PRIMARY KEY, revision BIGINT NOT NULL,"
            " is_gone TINYINT NOT NULL)"
        ),
        (
            f"CREATE TABLE {name}_text (pair_id BIGINT NOT NULL, place INT NOT NULL,"
            " kind TINYINT NOT NULL, written MEDIUMTEXT NOT NULL, normalised MEDIUMTEXT NOT NULL,"
            f" terms MEDIUMTEXT NOT NULL, {bounds},{vector}"
            " PRIMARY KEY (pair_id, place), FULLTEXT INDEX held (terms) WITH PARSER space)"
            " DEFAULT CHARSET utf8mb4"
        ),
        f"CREATE TABLE {name}_term (term BIGINT PRIMARY KEY, texts INT NOT NULL)",
        f"CREATE TABLE {name}_bigram (bucket INT PRIMARY KEY, pairs INT NOT NULL)",
    )


def _collection(row: Row) -> Collection:
    name, bank, revision, tokenizer, encoder, dimension, form, filled_to, changes = row[:9]
    return Collection(
        name=str(name),
        stamp=Stamp(str(bank), int(revision)),
        recipe=Recipe(str(tokenizer), str(encoder), int(dimension), int(form)),
        filled_to=int(filled_to),
        changes=int(changes),
        counters=Counters(*map(int, row[9:])),
    )
