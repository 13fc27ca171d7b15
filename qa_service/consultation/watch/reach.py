"""Reach of an answer: which version was told in which channel and when, which links were sent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col, func

from qa_service.accounts.actor import Actor
from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.watch_models import LinkWay, SentLink
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
    sent_at = col(SentLink.sent_at)
    sent = (
        select(
            col(SentLink.version),
            col(SentLink.way),
            func.count(),
            func.min(sent_at),
            func.max(sent_at),
        )
        .where(col(SentLink.pair_id) == pair_id)
        .group_by(col(SentLink.version), col(SentLink.way))
    )
    found = [
        Reached(version or 0, channel.label, False, times, first, last)
        for version, channel, times, first, last in session.execute(told).all()
    ]
    found += [
        Reached(version, f"链接（{way.label}）", True, times, first, last)
        for version, way, times, first, last in session.execute(sent).all()
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


def note_sent(
    session: Session, pair_id: int, version: int, way: LinkWay, *, actor: Actor, now: datetime
) -> None:
    """Record that the link to an answer was sent; nothing of the one it was sent to."""
    name, person_id, key_id = actor.recorded
    session.add(
        SentLink(
            pair_id=pair_id,
            version=version,
            way=way,
            sent_at=now,
            sent_by=name,
            sent_by_person_id=person_id,
            sent_by_key_id=key_id,
        )
    )
    session.flush()
