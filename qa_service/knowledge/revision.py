"""The index revision, incremented in the transaction that changes searchable content."""

from sqlalchemy import select, update
from sqlmodel import Session, col

from qa_service.knowledge.models import IndexRevision
from qa_service.storage.engine import read_columns
from qa_service.storage.notices import notify

CHANNEL = "qa_bank"
"""PostgreSQL channel on which every committed change is notified."""

_STAMP = select(
    col(IndexRevision.bank_id), col(IndexRevision.revision), col(IndexRevision.words)
).where(col(IndexRevision.id) == 1)


def bank_stamp(session: Session) -> tuple[str, int, int]:
    """Return the bank's id, its revision and the id of its word list."""
    bank_id, revision, words = read_columns(session, _STAMP).one()
    return bank_id, revision, words


def raise_revision(session: Session) -> int:
    """Increment the revision and return it; the row stays locked until the transaction ends.

    Revisions are therefore assigned in the order of the commits: a reader that has seen one
    has missed none before it.
    """
    statement = (
        update(IndexRevision)
        .where(col(IndexRevision.id) == 1)
        .values(revision=col(IndexRevision.revision) + 1)
        .returning(col(IndexRevision.revision))
    )
    notify(session, CHANNEL)
    return int(session.execute(statement).scalar_one())


def use_words(session: Session, version_id: int) -> None:
    """Set the version of the word list that every process tokenises with."""
    notify(session, CHANNEL)
    session.execute(
        update(IndexRevision).where(col(IndexRevision.id) == 1).values(words=version_id)
    )


def engine_mark(session: Session) -> str:
    """Return the fingerprint of the search engine the bank was last put into; empty if none."""
    statement = select(col(IndexRevision.engine_mark)).where(col(IndexRevision.id) == 1)
    return str(read_columns(session, statement).scalar_one())


def mark_engine(session: Session, mark: str) -> None:
    """Remember the search engine the bank was put into."""
    session.execute(
        update(IndexRevision).where(col(IndexRevision.id) == 1).values(engine_mark=mark)
    )
