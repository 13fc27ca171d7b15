"""Migrates a database to the schema revision that this code needs."""

import os
import re
import sqlite3
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from qa_service.errors import UnavailableError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"
_REVISION = re.compile(r'^revision(?:: str)? = "(\w+)"', re.MULTILINE)
MIGRATION_LOCK = 0x51A5E41CE
"""Advisory lock number held on PostgreSQL while a process migrates."""


class DatabaseUnusableError(UnavailableError):
    """The database cannot be reached or written."""

    code = "database_unusable"
    title = "数据库无法使用"


class DatabaseNewerError(UnavailableError):
    """The database was written by a newer version of this program."""

    code = "database_newer"
    title = "数据库较新"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to ``revision``; concurrent calls of several processes run one by one.

    Raises DatabaseUnusableError when the database cannot be reached or written or is damaged,
    DatabaseNewerError when it has a schema that this version does not know.
    """
    # The driver's message may contain the address with its password, so none of it is shown.
    place = engine.url.database if engine.dialect.name == "sqlite" else engine.url.host
    try:
        with engine.begin() as connection:
            _lock_migration(connection)
            refuse_newer(connection)
            if revision != "head" or _present(connection) != revisions()[-1]:
                command.upgrade(_config(connection), revision)
    except OperationalError as error:
        message = (
            f"数据库 {place} 无法连接或无法写入，请检查 QA_DATABASE_URL、QA_DATA_DIR 和磁盘后重试"
        )
        raise DatabaseUnusableError(message) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if not is_damage(error):
            raise
        raise DatabaseUnusableError(
            f"数据库文件 {place} 已损坏或不是数据库：请停止服务，保留该文件，再用 "
            "qa-service restore 恢复最近的备份"
        ) from error


def refuse_newer(connection: Connection) -> None:
    """Raise DatabaseNewerError when the schema is of a revision that this version lacks."""
    present = _present(connection)
    if present and present not in revisions():
        raise DatabaseNewerError(
            f"数据库由更新版本的程序写成（结构 {present}），不能用本版本打开："
            "请安装该版本，或另择位置恢复升级前的备份"
        )


def is_damage(error: Exception) -> bool:
    """Return whether SQLite reports a damaged file, or one that is no database."""
    driver = error.orig if isinstance(error, DatabaseError) else error
    code = getattr(driver, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to ``revision``; ``base`` drops everything."""
    with engine.begin() as connection:
        _lock_migration(connection)
        command.downgrade(_config(connection), revision)


def write_revision(
    engine: Engine, message: str, revision_id: str, *, folder: Path = VERSIONS
) -> Path:
    """Generate a migration file from the difference between database and models.

    ``engine`` is a database at the newest revision; all models must be imported. Returns
    the path of the new file in ``folder``.
    """
    with engine.begin() as connection:
        config = _config(connection)
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", os.pathsep.join({str(VERSIONS), str(folder)}))
        command.revision(
            config, message, autogenerate=True, rev_id=revision_id, version_path=str(folder)
        )
    return folder / f"{revision_id}.py"


def is_current(engine: Engine) -> bool:
    """Return whether the database is at the newest revision."""
    with engine.connect() as connection:
        return _present(connection) == revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """Return the ids of all revisions, the newest last, without loading one.

    The names of the files begin with numbers; the newest has the greatest.
    """
    files = sorted(VERSIONS.glob("[0-9]*.py"))
    return tuple(_REVISION.findall(file.read_text(encoding="utf-8"))[0] for file in files)


def _present(connection: Connection) -> str | None:
    """Return the revision of the database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    """Return Alembic's configuration for ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config


def _lock_migration(connection: Connection) -> None:
    """Wait until no other process migrates the same PostgreSQL database."""
    # On SQLite, BEGIN IMMEDIATE has the same effect.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
