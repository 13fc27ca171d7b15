"""Withdraws what no longer holds: pairs past their last day, or whose basis has ended.

Run in the transaction that marks a document 失效 or 废止, and in every round of the
clockwork, so that what ends at midnight in Beijing is withdrawn then. Until it has run, a
search already shows none of them: it asks ``rules.is_showable``.
"""

from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from qa_service.clock import beijing_day
from qa_service.knowledge.change_feed import note_changes
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair
from qa_service.knowledge.policies.rework import open_rework
from qa_service.knowledge.revision import raise_revision
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus


def withdraw_ended(session: Session, *, now: datetime, limit: int = 10_000) -> list[int]:
    """The ids of the pairs withdrawn, each now a rework task of its unit (返工).

    All get one revision. At most ``limit`` at a time: the next round takes the rest.
    """
    day = beijing_day(now)
    reasons = _ended(session, day, limit)
    if not reasons:
        return []
    revision = raise_revision(session)
    by_reason: dict[str, list[QAPair]] = {}
    for pair, reason in reasons:
        by_reason.setdefault(reason, []).append(pair)
    for reason, pairs in by_reason.items():
        ids = [pair.id for pair in pairs]
        session.execute(
            update(QAPair)
            .where(col(QAPair.id).in_(ids))
            .values(
                status=PairStatus.WITHDRAWN,
                withdrawn_reason=reason[:REASON_CHARACTERS],
                revision=revision,
                updated_at=now,
            )
        )
        open_rework(session, pairs, reason[:REASON_CHARACTERS], now=now)
    gone = [pair.id for pair, _ in reasons if pair.id is not None]
    note_changes(session, gone, revision=revision, now=now)
    return gone


def pairs_resting_on(session: Session, document_id: int) -> list[QAPair]:
    """The published pairs whose answer rests on a document."""
    statement = (
        select(QAPair)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .where(PairBasis.document_id == document_id, QAPair.status == PairStatus.PUBLISHED)
        .order_by(col(QAPair.id))
        .distinct()
    )
    return list(session.exec(statement).all())


def _ended(session: Session, day: date, limit: int) -> list[tuple[QAPair, str]]:
    published = QAPair.status == PairStatus.PUBLISHED
    on_ended = (
        select(QAPair, PolicyDocument)
        .join(PairBasis, col(PairBasis.version_id) == QAPair.current_version_id)
        .join(PolicyDocument, col(PolicyDocument.id) == PairBasis.document_id)
        .where(
            published,
            col(PolicyDocument.validity).in_(ENDED),
            or_(
                col(PolicyDocument.invalid_since).is_(None),
                col(PolicyDocument.invalid_since) <= day,
            ),
        )
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    found = {
        pair.id: (pair, f"依据《{document.title}》已{document.validity}")
        for pair, document in session.exec(on_ended).all()
    }
    expired = (
        select(QAPair)
        .where(published, col(QAPair.expires_on) < day)
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    for pair in session.exec(expired).all():
        found.setdefault(pair.id, (pair, f"该答复已于 {pair.expires_on} 失效"))
    return list(found.values())[:limit]
