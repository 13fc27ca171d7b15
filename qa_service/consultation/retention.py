"""Erases the contacts of askers whose retention period has ended, registered or not."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.audit import record
from qa_service.consultation.models import Consultation, SentAnswer
from qa_service.ledger.askers.retention import erasable, erase_contacts
from qa_service.vocabulary import AuditAction


def erase_askers(
    session: Session, *, now: datetime, days: int, after: int = 0, limit: int = 500
) -> tuple[int, int | None]:
    """Erase contacts ``days`` after the asker's last question was closed or answered.

    Examines at most ``limit`` askers with an id above ``after``. Returns the number erased and
    the last id examined, None when no asker is left.
    """
    before = now - timedelta(days=days)
    candidates = erasable(session, closed_before=before, after=after, limit=limit)
    recent = select(Consultation.asker_id).where(
        col(Consultation.asker_id).in_(candidates), col(Consultation.created_at) > before
    )
    sent = select(SentAnswer.asker_id).where(
        col(SentAnswer.asker_id).in_(candidates), col(SentAnswer.sent_at) > before
    )
    asking = {*session.exec(recent).all(), *session.exec(sent).all()}
    gone = [asker_id for asker_id in candidates if asker_id not in asking]
    if gone:
        erase_contacts(session, gone, now=now)
        record(
            session, AuditAction.PURGE, actor=CLOCKWORK, now=now, subject="咨询人", count=len(gone)
        )
    return len(gone), candidates[-1] if len(candidates) == limit else None
