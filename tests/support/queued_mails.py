"""Queued mails, and what each of them rests on that holds no more."""

from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.ledger.deadlines.mail_premises import why_outdated
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.outbox.premises import Leaving, PremiseKind


def queued(session: Session) -> list[OutboxEvent]:
    """The mails, the oldest first."""
    session.flush()
    statement = select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
    return list(session.exec(statement.order_by(col(OutboxEvent.id))).all())


def broken(session: Session, now: datetime) -> list[PremiseKind | None]:
    """What would hold each mail back at ``now``, None for one that would leave."""
    return [why_outdated(session, Leaving(mail, now)) for mail in queued(session)]
