"""Queries that return only pair ids (for indexing, export and full scans)."""

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.knowledge.models import QAPair
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import PairStatus


def published_ids(session: Session) -> list[int]:
    """Return the ids of every published pair, ascending."""
    statement = (
        select(QAPair.id).where(QAPair.status == PairStatus.PUBLISHED).order_by(col(QAPair.id))
    )
    return [pair_id for pair_id in session.exec(statement).all() if pair_id is not None]


def count_published(session: Session) -> int:
    """Return the number of published pairs."""
    statement = select(func.count()).where(QAPair.status == PairStatus.PUBLISHED)
    return session.exec(statement).one()


def all_ids(session: Session) -> list[int]:
    """Return the ids of every pair, ascending."""
    return list(read_columns(session, sa_select(col(QAPair.id)).order_by(col(QAPair.id))).scalars())


def changed_ids(session: Session, *, after_revision: int) -> list[int]:
    """Return the ids of the pairs published or withdrawn after a revision, in that order."""
    statement = (
        select(QAPair.id).where(QAPair.revision > after_revision).order_by(col(QAPair.revision))
    )
    return [pair_id for pair_id in session.exec(statement).all() if pair_id is not None]
