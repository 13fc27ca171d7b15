"""Mails to units about an entry, written to the outbox; sent if a mail server is configured."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.models import Unit
from qa_service.ledger.models import LedgerEntry
from qa_service.outbox.events import UnitMail
from qa_service.outbox.service import enqueue


def mail_unit(
    session: Session,
    entry: LedgerEntry,
    subject: str,
    *,
    now: datetime,
    unit: Unit | None = None,
    addressee: str = "",
) -> None:
    """Enqueue a mail to the entry's unit, or to another ``unit``, if it has an address.

    It is addressed to ``addressee`` if one is given. The question is already masked.
    """
    unit = unit or session.get_one(Unit, entry.unit_id)
    if not unit.email:
        return
    lines = (
        f"{addressee or unit.name}：",
        f"台账 {entry.number}，办理期限 {entry.due_on.isoformat()}。",
        f"咨询内容：{entry.question}",
        "请登录政策咨询问答库办理。",
    )
    mail = UnitMail(
        number=entry.number,
        to=unit.email,
        title=f"【政策咨询】{subject}：{entry.number}",
        text="\n".join(lines),
    )
    enqueue(session, mail, now=now)
