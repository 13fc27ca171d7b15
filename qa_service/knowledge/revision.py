"""The counter of what is searchable, raised in the transaction that changes it."""

from sqlalchemy import update
from sqlmodel import Session, col

from qa_service.knowledge.models import IndexRevision


def current(session: Session) -> IndexRevision:
    """The counter's row, which the first migration put in."""
    return session.get_one(IndexRevision, 1, populate_existing=True)


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
