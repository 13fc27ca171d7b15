"""Transactions that concern the same thing take turns."""

import hashlib

from sqlalchemy import text
from sqlmodel import Session

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


def lock_for_transaction(session: Session, name: str) -> None:
    """Wait until no other transaction holds ``name``; held until this one ends.

    On SQLite the write lock, taken with the transaction's first statement, already
    lets one writer through at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"number": lock_number(name)})


def lock_number(name: str) -> int:
    """The 64-bit number under which PostgreSQL knows the lock called ``name``."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
