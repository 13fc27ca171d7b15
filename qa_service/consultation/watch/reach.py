"""Reach of an answer: which version was told in which channel and when, which links were sent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col, func

from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.sending.models import SentAnswer
from qa_service.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Reached:
    """The times a version was told in a channel or sent as a link: their number, first and last.

    ``channel`` is what the way is called; ``is_link`` tells that a link was sent, by which
    nobody knows whether it was read.
    """

    version: int
    channel: str
    is_link: bool
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """One time an answer was told: in which version, channel and call, and when."""

    consultation_id: str
    version: int
    channel: Channel
    as_of: date | None
    told_at: datetime


def reach_of(session: Session, pair_id: int) -> list[Reached]:
    """Return the reach of a pair, the newest version first."""
    told_at = col(Choice.created_at)
    told = (
        select(
            col(Choice.version),
            col(Consultation.channel),
            func.count(),
            func.min(told_at),
            func.max(told_at),
        )
        .join(Consultation, col(Consultation.id) == Choice.consultation_id)
        .where(col(Choice.pair_id) == pair_id)
        .group_by(col(Choice.version), col(Consultation.channel))
    )
    sent_at = col(SentAnswer.sent_at)
    sent = (
        select(
            col(SentAnswer.version),
            col(SentAnswer.channel),
            func.count(),
            func.min(sent_at),
            func.max(sent_at),
        )
        .where(col(SentAnswer.pair_id) == pair_id)
        .group_by(col(SentAnswer.version), col(SentAnswer.channel))
    )
    found = [
        Reached(version or 0, channel.label, False, times, first, last)
        for version, channel, times, first, last in session.execute(told).all()
    ]
    found += [
        Reached(version, f"链接（{channel.label}）", True, times, first, last)
        for version, channel, times, first, last in session.execute(sent).all()
    ]
    return sorted(found, key=lambda one: (-one.version, one.is_link, -one.times, one.channel))


def tellings_of(session: Session, pair_id: int, *, skip: int = 0, limit: int = 50) -> list[Telling]:
    """Return the times a pair was told, the newest first."""
    statement = (
        select(
            col(Consultation.id),
            col(Choice.version),
            col(Consultation.channel),
            col(Consultation.as_of),
            col(Choice.created_at),
        )
        .join(Consultation, col(Consultation.id) == Choice.consultation_id)
        .where(col(Choice.pair_id) == pair_id)
        .order_by(col(Choice.created_at).desc(), col(Choice.consultation_id))
    )
    rows = session.execute(statement.offset(skip).limit(limit)).all()
    return [
        Telling(ident, version or 0, channel, day, at) for ident, version, channel, day, at in rows
    ]
