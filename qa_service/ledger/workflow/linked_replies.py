"""Sending a one-time link to a unit, and taking the reply that comes by it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.clock import BEIJING
from qa_service.errors import ConflictError, FieldProblem
from qa_service.ledger.askers.phone_numbers import is_mobile, plain_contact
from qa_service.ledger.deadlines.mail import due_line
from qa_service.ledger.deadlines.mail_premises import link_works
from qa_service.ledger.models import LedgerEntry, LedgerReply, ReplyLink
from qa_service.ledger.replies.reply_content import ReplyContent
from qa_service.ledger.replies.reply_links import ANSWERABLE, open_link, revoke_links, token_of
from qa_service.ledger.workflow import assignment, replies
from qa_service.ledger.workflow.steps import Command, check_version, entry_id, write_transition
from qa_service.ledger.workflow.transitions import TransitionNotPermittedError
from qa_service.outbox.events import UnitMail, UnitText
from qa_service.outbox.service import enqueue
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import Action, AuditAction, Role, SendChannel

_SENDERS = (Role.SUPERVISOR, Role.ADMIN)


class LinkRefusedError(ConflictError):
    """No link can be sent: the entry waits for no reply, or the unit cannot be reached so."""

    code = "link_refused"
    title = "不能发送答复链接"


def may_send_link(entry: LedgerEntry, actor: Actor) -> bool:
    """Return whether ``actor`` may send the entry's unit a link now."""
    return (
        entry.state in ANSWERABLE
        and entry.joined_to_id is None
        and actor.may_take(Action.SEND_LINK)
        and actor.authority.holds(_SENDERS, {entry.unit_id})
    )


def send_link(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    cipher: FieldCipher,
    hours: int,
    address: str,
    by: SendChannel = SendChannel.MAIL,
) -> None:
    """Send the entry's unit a link that is valid for ``hours``; earlier ones are withdrawn.

    ``address`` is where this service is reached. A text message holds no question: it is paid
    for by its length. The sender does not see the link. Raises
    TransitionNotPermittedError, StaleEntryError and LinkRefusedError.
    """
    step.actor.require_person(Action.SEND_LINK)
    if not step.actor.authority.holds(_SENDERS, {entry.unit_id}):
        raise TransitionNotPermittedError(f"“{Action.SEND_LINK.label}”应由督查、管理员办理")
    check_version(entry, step)
    unit = session.get_one(Unit, entry.unit_id)
    if not may_send_link(entry, step.actor):
        raise LinkRefusedError(f"这条台账现为“{entry.state.label}”，不需要单位答复")
    to = _receiver(unit, by)
    revoke_links(session, entry_id(entry), now=step.now)
    link = _store(session, entry, step, until=step.now + timedelta(hours=hours))
    until = f"{link.expires_at.astimezone(BEIJING):%m-%d %H:%M} 前有效"
    note = f"用{by.label}发给{unit.name}，{until}"
    write_transition(session, entry, Action.SEND_LINK, replace(step, reason=note), None)
    record(
        session,
        AuditAction.REPLY_LINK,
        actor=step.actor,
        now=step.now,
        subject=entry.number,
        unit=unit.name,
        then="发送",
    )
    url = f"{address.rstrip('/')}/reply/{token_of(link, cipher)}"
    if by is SendChannel.SMS:
        text = f"{unit.name}：请答复台账 {entry.number}，{until}，只能提交一次，请勿转发：{url}"
        enqueue(session, UnitText(entry.number, to, text, url, (link_works(link),)), now=step.now)
    else:
        mail = replace(_mail(entry, unit, url, hours), rests_on=(link_works(link),))
        enqueue(session, mail, now=step.now)


def take_reply(
    session: Session,
    token: str,
    content: ReplyContent,
    *,
    cipher: FieldCipher,
    now: datetime,
    unread: Sequence[FieldProblem] = (),
) -> LedgerReply:
    """Store the reply that came by a link, which is used by that; accepts the entry first.

    Raises ReplyLinkError, and InvalidReplyError, after which the link can still be used.
    """
    link, entry = open_link(session, token, cipher=cipher, now=now, locks=True)
    unit = session.get_one(Unit, link.unit_id)
    step = Command(_holder(unit), now)
    if entry.state is ANSWERABLE[0]:
        assignment.accept(session, entry, step)
    reply = replies.draft_reply(session, entry, step, content, unread=unread)
    link.used_at, link.reply = now, reply.number
    session.add(link)
    record(
        session,
        AuditAction.REPLY_LINK,
        actor=step.actor,
        now=now,
        subject=entry.number,
        unit=unit.name,
        then="答复",
    )
    return reply


def _holder(unit: Unit) -> Actor:
    """Return the unknown holder of the unit's link, with the unit's part alone."""
    holder = Actor.clockwork(f"一次性链接（{unit.name}）")
    authority = Authority.of({Role.UNIT}, unit.id)
    return Actor(holder.kind, holder.name, authority, display_name=holder.name)


def _store(session: Session, entry: LedgerEntry, step: Command, *, until: datetime) -> ReplyLink:
    name, person_id, key_id = step.actor.recorded
    link = ReplyLink(
        entry_id=entry_id(entry),
        unit_id=entry.unit_id,
        sent_at=step.now,
        sent_by=name,
        sent_by_person_id=person_id,
        sent_by_key_id=key_id,
        expires_at=until.replace(microsecond=0),
    )
    session.add(link)
    session.flush()
    return link


def _receiver(unit: Unit, by: SendChannel) -> str:
    """Return where the unit is reached by that way; raises LinkRefusedError."""
    if by is SendChannel.MAIL:
        if not unit.email:
            raise LinkRefusedError(f"{unit.name}没有电子邮箱，请先在“单位和领域”中填写")
        return unit.email
    number = plain_contact(unit.phone or "")
    if not is_mobile(number):
        raise LinkRefusedError(
            f"{unit.name}的电话不是手机号，收不到短信，请先在“单位和领域”中填写手机号"
        )
    return number


def _mail(entry: LedgerEntry, unit: Unit, url: str, hours: int) -> UnitMail:
    lines = (
        f"{unit.name}：",
        due_line(entry),
        f"咨询内容：{entry.question}",
        f"请在 {hours} 小时内打开下面的链接填写答复，只能提交一次，审核通过后由坐席告知咨询人：",
        url,
        "请勿转发。收到后不属本单位职责的，请与交办单位联系。",
    )
    return UnitMail(
        number=entry.number,
        to=unit.email or "",
        title=f"【政策咨询】请答复：{entry.number}",
        text="\n".join(lines),
    )
