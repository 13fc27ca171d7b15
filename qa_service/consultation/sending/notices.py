"""Notices to citizens (短信、邮件告知): the reply to what they left at the desk is there.

A notice holds the entry's number and the address at which number and code show the reply: nothing
of the question, the reply or its asker. It leaves once the approval can no longer be undone, to
who has not been called yet; who left a landline is called as before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, func, select

from qa_service.consultation.desk.following import reply_shown
from qa_service.consultation.models import PublicQuestion
from qa_service.consultation.sending.models import ReplyNotice
from qa_service.consultation.sending.service import DESTINATIONS, SentState, state_of
from qa_service.errors import ConfigurationError
from qa_service.ledger.askers.details import contact_hash, read_asker
from qa_service.ledger.askers.phone_numbers import is_mobile
from qa_service.ledger.models import Asker, LedgerEntry, LedgerReply
from qa_service.ledger.workflow.steps import entry_id
from qa_service.ledger.workflow.undoing import UNDO_TIME
from qa_service.outbox.caller_events import ReplyNoticed
from qa_service.outbox.models import OutboxEvent
from qa_service.outbox.service import enqueue
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import EntryState, SendChannel

STILL_NEWS = timedelta(days=3)
"""A reply approved longer ago is told by call alone: when notices are turned on, none go back."""

MOST_A_DAY = 5
"""Notices to one contact in 24 hours; somebody else may have left it."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as the page of its entry shows it."""

    notice: ReplyNotice
    state: SentState


def queue_notices(
    session: Session,
    *,
    cipher: FieldCipher,
    channels: Collection[SendChannel],
    now: datetime,
    after: int = 0,
    limit: int = 500,
) -> tuple[int, int | None]:
    """Put notices of replies into the outbox, for at most ``limit`` entries of id above ``after``.

    Returns how many, and the last id looked at, None when no entry is left. An asker whose key
    is missing is left to a process that has it.
    """
    waiting = _waiting(session, now=now, after=after, limit=limit)
    queued = sum(
        _queue(session, left, entry, asker, cipher=cipher, channels=channels, now=now)
        for left, entry, asker in waiting
    )
    return queued, entry_id(waiting[-1][1]) if len(waiting) == limit else None


def notices_of(session: Session, entry: LedgerEntry) -> list[NoticeLine]:
    """Return the notices sent about an entry, the oldest first."""
    statement = (
        select(ReplyNotice, OutboxEvent)
        .join(OutboxEvent, col(OutboxEvent.id) == ReplyNotice.event_id, isouter=True)
        .where(ReplyNotice.entry_id == entry.id)
        .order_by(col(ReplyNotice.id))
    )
    return [
        NoticeLine(notice, state_of(notice, event))
        for notice, event in session.exec(statement).all()
    ]


def channel_of(contact: str | None) -> SendChannel | None:
    """Return the way by which a contact in its one form is reached; None for a landline."""
    if contact and "@" in contact:
        return SendChannel.MAIL
    return SendChannel.SMS if contact and is_mobile(contact) else None


def is_still_told(session: Session, notice: ReplyNotice) -> bool:
    """Return whether the reply of a notice is the one that number and code show now."""
    left = session.exec(
        select(PublicQuestion).where(
            PublicQuestion.entry_id == notice.entry_id, col(PublicQuestion.is_own)
        )
    ).first()
    if left is None:
        return False
    reply, _ = reply_shown(session, left, session.get_one(LedgerEntry, notice.entry_id))
    return reply is not None and reply.id == notice.reply_id


def _waiting(
    session: Session, *, now: datetime, after: int, limit: int
) -> Sequence[tuple[PublicQuestion, LedgerEntry, Asker]]:
    """Return entries with a reply that is news, to an asker not called yet and without notice."""
    statement = (
        select(PublicQuestion, LedgerEntry, Asker)
        .join(LedgerEntry, col(LedgerEntry.id) == PublicQuestion.entry_id)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id)
        .join(
            LedgerReply,
            col(LedgerReply.entry_id)
            == func.coalesce(col(LedgerEntry.joined_to_id), col(LedgerEntry.id)),
        )
        .join(
            ReplyNotice,
            and_(
                col(ReplyNotice.entry_id) == LedgerEntry.id,
                col(ReplyNotice.reply_id) == LedgerReply.id,
            ),
            isouter=True,
        )
        .where(
            col(PublicQuestion.is_own),
            col(Asker.contact_sealed).is_not(None),
            LedgerEntry.id > after,  # type: ignore[operator]  # a column
            LedgerEntry.state == EntryState.APPROVED,
            col(LedgerReply.approved_at) > now - STILL_NEWS,
            col(LedgerReply.approved_at) <= now - UNDO_TIME,
            col(ReplyNotice.id).is_(None),
        )
        .order_by(col(LedgerEntry.id))
    )
    return session.exec(statement.limit(limit)).all()


def _queue(
    session: Session,
    left: PublicQuestion,
    entry: LedgerEntry,
    asker: Asker,
    *,
    cipher: FieldCipher,
    channels: Collection[SendChannel],
    now: datetime,
) -> bool:
    """Put one notice into the outbox; return whether it is one that can be sent."""
    reply, _ = reply_shown(session, left, entry)
    try:
        details = read_asker(asker, cipher=cipher)
    except ConfigurationError:
        return False
    channel = channel_of(details.phone)
    if reply is None or reply.id is None or channel is None or channel not in channels:
        return False
    if _sent_today(session, contact_hash(details, cipher), now) >= MOST_A_DAY:
        return False
    notice = ReplyNotice(
        entry_id=entry_id(entry), reply_id=reply.id, channel=channel, queued_at=now
    )
    session.add(notice)
    session.flush()
    event = enqueue(session, ReplyNoticed(notice.id or 0, DESTINATIONS[channel]), now=now)
    session.flush()
    notice.event_id = event.id
    session.add(notice)
    return True


def _sent_today(session: Session, hashed: str | None, now: datetime) -> int:
    """Return how many notices went to a contact in 24 hours."""
    statement = (
        select(func.count())
        .select_from(ReplyNotice)
        .join(LedgerEntry, col(LedgerEntry.id) == ReplyNotice.entry_id)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id)
        .where(Asker.contact_hash == hashed, col(ReplyNotice.queued_at) > now - timedelta(days=1))
    )
    return session.exec(statement).one()
