"""The counter of what is searchable, raised in the transaction that changes it."""

from sqlalchemy import select, update
from sqlmodel import Session, col

from qa_service.knowledge.models import IndexRevision
from qa_service.storage.engine import read_columns
from qa_service.storage.notices import notify

CHANNEL = "qa_bank"
"""On PostgreSQL, who listens here hears of every change as it is committed."""

_STAMP = select(
    col(IndexRevision.bank_id), col(IndexRevision.revision), col(IndexRevision.words)
).where(col(IndexRevision.id) == 1)


def bank_stamp(session: Session) -> tuple[str, int, int]:
    """The bank's id, its revision and its word list, as every search asks for them."""
    bank_id, revision, words = read_columns(session, _STAMP).one()
    return bank_id, revision, words


def raise_revision(session: Session) -> int:
    """The next revision; the row stays locked until the transaction ends.

    Revisions are therefore given in the order of the commits: a index_sync that has
    seen one has missed none before it.
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
    """Let every process cut with this version of the word list from now on."""
    notify(session, CHANNEL)
    session.execute(
        update(IndexRevision).where(col(IndexRevision.id) == 1).values(words=version_id)
    )
