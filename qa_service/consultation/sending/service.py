"""Sends the answer that a caller was told, as a link, and lists what was sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authority import EVERY_UNIT, Within
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.sending.models import ReplyNotice, SentAnswer
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair
from qa_service.ledger.askers.details import AskerDetails, contact_hash, keep_asker
from qa_service.ledger.askers.phone_numbers import contact_problem, is_mobile, plain_contact
from qa_service.ledger.models import Asker
from qa_service.outbox.caller_events import AnswerSent
from qa_service.outbox.models import Destination, OutboxEvent, Outcome
from qa_service.outbox.service import enqueue
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, LabelledEnum, SendChannel

AGAIN_AFTER = timedelta(minutes=10)
"""Time after which the same answer may go to the same contact once more."""

MOST_SENT = 5
"""Messages about one consultation."""

DESTINATIONS = {
    SendChannel.SMS: Destination.ANSWER_SMS,
    SendChannel.MAIL: Destination.ANSWER_MAIL,
}


class CannotSendError(ConflictError):
    """Nothing was told that can be sent, or it was sent already."""

    code = "answer_not_sendable"
    title = "不能发送答复链接"


class InvalidRecipientError(InvalidInputError):
    """The number or address is none that the chosen way reaches."""

    code = "invalid_recipient"
    title = "请核对接收的号码或邮箱"


class SentState(LabelledEnum):
    """The state of a sent answer."""

    WAITING = "waiting", "等待发送"
    RETRYING = "retrying", "尚未发出，正在重试"
    DELIVERED = "delivered", "已发出"
    FAILED = "failed", "没有发出"
    VOIDED = "voided", "已作废，没有发出"


@dataclass(frozen=True, slots=True)
class SentLine:
    """A sent answer as it is listed, its contact with the middle hidden."""

    sent: SentAnswer
    contact_masked: str
    state: SentState


def send_answer(
    session: Session,
    consultation: Consultation,
    *,
    channel: SendChannel,
    to: str,
    pair_id: int,
    link: str,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> SentAnswer:
    """Put the answer that was told into the outbox, and return the record of it.

    ``link`` leads to the answer ``pair_id``.

    Raises InvalidRecipientError, or CannotSendError where nothing was told, or the same went to
    the same contact within ``AGAIN_AFTER``.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    contact = _checked(channel, to)
    version = _told_version(session, consultation, pair_id)
    details = AskerDetails(phone=contact)
    _refuse_repeat(session, consultation, channel, contact_hash(details, cipher), now)
    name, person_id, key_id = actor.recorded
    sent = SentAnswer(
        pair_id=pair_id,
        version=version,
        consultation_id=consultation.id,
        channel=channel,
        asker_id=keep_asker(session, details, cipher=cipher),
        link=link,
        sent_at=now,
        sent_by=name,
        sent_by_person_id=person_id,
        sent_by_key_id=key_id,
    )
    session.add(sent)
    session.flush()
    event = enqueue(session, AnswerSent(sent.id or 0, DESTINATIONS[channel]), now=now)
    session.flush()
    sent.event_id = event.id
    session.add(sent)
    record(
        session,
        AuditAction.SEND_ANSWER,
        actor=actor,
        now=now,
        subject=f"咨询 {consultation.id}",
        pair=pair_id,
        by=channel.label,
    )
    return sent


def _told_version(session: Session, consultation: Consultation, pair_id: int) -> int:
    """Return the version told of the pair; raises CannotSendError where another or none was."""
    choice = session.get(Choice, consultation.id)
    if choice is None or choice.outcome is not ChoiceOutcome.TOLD or choice.pair_id is None:
        raise CannotSendError("还没有记录告知了哪一条，请先记为已告知，再发送链接")
    if choice.pair_id != pair_id:
        raise CannotSendError("告知的答复刚被更改，请核对页面上的答复后再发送")
    return choice.version or 0


def sent_of(session: Session, consultation_id: str) -> list[SentLine]:
    """Return what was sent about a consultation, newest first."""
    return _lines(session, SentAnswer.consultation_id == consultation_id, limit=MOST_SENT)


def list_sent(
    session: Session, *, before: int = 0, within: Within = EVERY_UNIT, limit: int = 50
) -> list[SentLine]:
    """Return what was sent of the answers of these units, newest first, below id ``before``."""
    below = [col(SentAnswer.id) < before] if before else []
    return _lines(session, *below, *_of_units(within), limit=limit)


def count_sent(
    session: Session, *, since: datetime, within: Within = EVERY_UNIT
) -> dict[SendChannel, int]:
    """Return how many answers of these units were sent since then, by the way they went."""
    statement = (
        select(SentAnswer.channel, func.count())
        .where(col(SentAnswer.sent_at) >= since, *_of_units(within))
        .group_by(col(SentAnswer.channel))
    )
    return {SendChannel(channel): count for channel, count in session.exec(statement).all()}


def state_of(sent: SentAnswer | ReplyNotice, event: OutboxEvent | None) -> SentState:
    """Return whether the message waits, is tried again, was taken by its server or given up."""
    if sent.delivered_at is not None:
        return SentState.DELIVERED
    if event is None or event.outcome in (Outcome.GIVEN_UP, Outcome.SKIPPED):
        return SentState.FAILED
    if event.outcome is Outcome.VOIDED:
        return SentState.VOIDED
    return SentState.RETRYING if event.last_error else SentState.WAITING


def _of_units(within: Within) -> list[ColumnElement[bool]]:
    if within is None:
        return []
    return [col(SentAnswer.pair_id).in_(select(QAPair.id).where(col(QAPair.unit_id).in_(within)))]


def _lines(session: Session, *conditions: object, limit: int) -> list[SentLine]:
    statement = (
        select(SentAnswer, Asker, OutboxEvent)
        .join(Asker, col(Asker.id) == SentAnswer.asker_id, isouter=True)
        .join(OutboxEvent, col(OutboxEvent.id) == SentAnswer.event_id, isouter=True)
        .where(*conditions)  # type: ignore[arg-type]  # columns and plain comparisons
        .order_by(col(SentAnswer.id).desc())
        .limit(limit)
    )
    return [
        SentLine(sent, (asker.contact_masked if asker else None) or "已清除", state_of(sent, event))
        for sent, asker, event in session.exec(statement).all()
    ]


def _checked(channel: SendChannel, to: str) -> str:
    """Return the contact in its one form; raises InvalidRecipientError."""
    contact = plain_contact(to)
    message = ""
    if channel is SendChannel.SMS and not is_mobile(contact):
        message = "短信须发到 11 位手机号，请与咨询人核对"
    elif channel is SendChannel.MAIL and ("@" not in contact or contact_problem(contact)):
        message = "请填写完整的电子邮箱地址"
    if message:
        raise InvalidRecipientError(message, problems=(FieldProblem("to", message),))
    return contact


def _refuse_repeat(
    session: Session,
    consultation: Consultation,
    channel: SendChannel,
    hashed: str | None,
    now: datetime,
) -> None:
    statement = (
        select(SentAnswer.sent_at, SentAnswer.channel, Asker.contact_hash)
        .join(Asker, col(Asker.id) == SentAnswer.asker_id)
        .where(SentAnswer.consultation_id == consultation.id)
    )
    earlier = session.exec(statement).all()
    if len(earlier) >= MOST_SENT:
        raise CannotSendError(f"这次咨询已发送 {MOST_SENT} 次，不再发送")
    for sent_at, by, known in earlier:
        if by is channel and known == hashed and now - sent_at < AGAIN_AFTER:
            raise CannotSendError("刚才已经发到这个号码或邮箱，10 分钟后才能再发")
