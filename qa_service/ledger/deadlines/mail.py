"""Mails to units and people about an entry, by the outbox; sent if a mail server is configured.

Each states the entry's due day. A mail can wait a day for its server, in which the day may be
moved: it leaves with the day that holds then (``restated``).
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.mailboxes.addressees import holders_of
from qa_service.accounts.models import Unit
from qa_service.knowledge.premises import to_person
from qa_service.ledger.models import LedgerEntry
from qa_service.outbox.events import UnitMail
from qa_service.outbox.models import OutboxEvent
from qa_service.outbox.payload import Payload
from qa_service.outbox.premises import Premises
from qa_service.outbox.service import enqueue
from qa_service.vocabulary import Role

_DUE_LINE = re.compile(r"^台账 (?P<number>\S+)，办理期限 \d{4}-\d\d-\d\d。$", re.MULTILINE)


def due_line(entry: LedgerEntry) -> str:
    """Return the line of a mail that names the entry and its due day; it precedes the question."""
    return f"台账 {entry.number}，办理期限 {entry.due_on.isoformat()}。"


def restated(session: Session, event: OutboxEvent) -> Payload:
    """Return the payload of a message about to leave, its ``due_line`` as the entry is due now."""
    text = str(event.payload.get("text", ""))
    stated = _DUE_LINE.search(text)
    if stated is None or stated["number"] != event.subject:
        return event.payload
    entry = session.exec(select(LedgerEntry).where(LedgerEntry.number == event.subject)).one()
    before, after = text[: stated.start()], text[stated.end() :]
    return {**event.payload, "text": before + due_line(entry) + after}


def mail_unit(
    session: Session,
    entry: LedgerEntry,
    subject: str,
    *,
    now: datetime,
    rests_on: Premises,
    unit: Unit | None = None,
    addressee: str = "",
) -> None:
    """Enqueue a mail to the entry's unit, or to another ``unit``, if it has an address.

    It is addressed to ``addressee`` if one is given. The question is already masked. What it
    ``rests_on`` must still be true as it leaves (``mail_premises``).
    """
    unit = unit or session.get_one(Unit, entry.unit_id)
    if unit.email:
        mail = _mail(entry, subject, addressee or unit.name, unit.email)
        enqueue(session, replace(mail, rests_on=rests_on), now=now)


def mail_people(
    session: Session,
    entry: LedgerEntry,
    roles: Collection[Role],
    subject: str,
    *,
    now: datetime,
    rests_on: Premises,
    besides: Actor,
) -> int:
    """Enqueue a mail to each person of ``roles`` for the entry's unit; return how many.

    The actor of what the mail is about, ``besides``, is left out; so is, as the mail leaves,
    a person without an account by then. It ``rests_on`` the same as ``mail_unit``.
    """
    found = holders_of(session, roles, entry.unit_id, besides=besides.person_id)
    for one in found:
        mail = _mail(entry, subject, one.name, one.address)
        enqueue(session, replace(mail, rests_on=(*rests_on, *to_person(one))), now=now)
    return len(found)


def _mail(entry: LedgerEntry, subject: str, name: str, address: str) -> UnitMail:
    lines = (
        f"{name}：",
        due_line(entry),
        f"咨询内容：{entry.question}",
        "请登录政策咨询问答库办理。",
    )
    title = f"【政策咨询】{subject}：{entry.number}"
    return UnitMail(number=entry.number, to=address, title=title, text="\n".join(lines))
