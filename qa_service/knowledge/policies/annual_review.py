"""The annual review (全面清理): pairs and documents not confirmed for a year."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_midnight
from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion
from qa_service.vocabulary import PairStatus

CONFIRMED_FOR = timedelta(days=365)


def pairs_to_confirm(
    session: Session, *, day: date, within: Within = None, after: int = 0, limit: int = 50
) -> Sequence[tuple[QAPair, QAVersion, Unit]]:
    """Return published pairs due for review, with current version and owning unit, by id.

    A pair is due on its 复核日期, or a year after it was last written or confirmed. ``within``
    limits the pairs to those of some units.
    """
    oldest = day - CONFIRMED_FOR
    is_old = (
        col(QAVersion.created_at) < beijing_midnight(oldest),
        or_(col(QAPair.confirmed_on).is_(None), col(QAPair.confirmed_on) < oldest),
    )
    is_due = (
        col(QAPair.review_by) <= day,
        or_(
            col(QAPair.confirmed_on).is_(None),
            col(QAPair.confirmed_on) < col(QAPair.review_by),
        ),
    )
    statement = (
        select(QAPair, QAVersion, Unit)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(QAPair.status == PairStatus.PUBLISHED, col(QAPair.id) > after)
        .where((is_old[0] & is_old[1]) | (is_due[0] & is_due[1]))
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return session.exec(statement.order_by(col(QAPair.id)).limit(limit)).all()


def policies_to_confirm(
    session: Session, *, day: date, within: Within = None
) -> Sequence[PolicyDocument]:
    """Return the documents of some units or of all not confirmed for a year, by title."""
    statement = select(PolicyDocument).where(
        or_(
            col(PolicyDocument.confirmed_on).is_(None),
            col(PolicyDocument.confirmed_on) < day - CONFIRMED_FOR,
        )
    )
    if within is not None:
        statement = statement.where(col(PolicyDocument.unit_id).in_(within))
    return session.exec(statement.order_by(PolicyDocument.title)).all()


def confirm(session: Session, item: QAPair | PolicyDocument, *, by: Actor, day: date) -> None:
    """Record that a pair or document is still valid on ``day``."""
    item.confirmed_on = day
    item.confirmed_by, item.confirmed_by_person_id, item.confirmed_by_key_id = by.recorded
    session.add(item)
    session.flush()
