"""Advisory transaction locks: serialise transactions that concern the same thing."""

import hashlib

from sqlalchemy import text
from sqlmodel import Session

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


def lock_for_transaction(session: Session, name: str) -> None:
    """Wait until no other transaction holds ``name``, and hold it until this one ends.

    Does nothing on SQLite, where the first statement of a writing transaction takes the
    write lock of the database.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"number": lock_number(name)})


def lock_number(name: str) -> int:
    """Return the 64-bit key of ``name`` for PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
