"""The counter of what is searchable, raised in the transaction that changes it."""

from sqlalchemy import select, update
from sqlmodel import Session, col

from qa_service.knowledge.models import IndexRevision

_STAMP = select(
    col(IndexRevision.bank_id), col(IndexRevision.revision), col(IndexRevision.words)
).where(col(IndexRevision.id) == 1)


def bank_stamp(session: Session) -> tuple[str, int, int]:
    """The bank's id, its revision and its word list, as every search asks for them."""
    bank_id, revision, words = session.execute(_STAMP).one()
    return bank_id, revision, words


def raise_revision(session: Session) -> int:
    """The next revision; the row stays locked until the transaction ends.

    Revisions are therefore given in the order of the commits: a follower that has
    seen one has missed none before it.
    """
    statement = (
        update(IndexRevision)
        .where(col(IndexRevision.id) == 1)
        .values(revision=col(IndexRevision.revision) + 1)
        .returning(col(IndexRevision.revision))
    )
    return int(session.execute(statement).scalar_one())
