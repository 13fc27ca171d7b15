"""Brings a database's schema to the revision this code was written for."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x51A5E41CE
"""Advisory lock number held on PostgreSQL while a process migrates."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to ``revision``; processes that start together take turns."""
    with engine.begin() as connection:
        _take_turn(connection)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down to ``revision`` (``base`` empties the database)."""
    with engine.begin() as connection:
        _take_turn(connection)
        command.downgrade(_config(connection), revision)


def write_revision(engine: Engine, message: str, revision_id: str) -> None:
    """Write a migration from the schema as it is to the tables as the code has them."""
    with engine.begin() as connection:
        command.revision(
            _config(connection), message=message, autogenerate=True, rev_id=revision_id
        )


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest revision."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        return present == ScriptDirectory.from_config(_config(connection)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config


def _take_turn(connection: Connection) -> None:
    # SQLite's BEGIN IMMEDIATE already lets one process through at a time.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
