"""Registration of an unanswered question and its assignment to a unit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.models import Unit
from qa_service.clock import BEIJING, beijing_day
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import waits_for
from qa_service.ledger.models import EventDetails, LedgerEntry
from qa_service.ledger.routing import Route
from qa_service.ledger.workflow.steps import Command, write_event
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import (
    Action,
    AreaKey,
    AuditAction,
    Channel,
    EntryKind,
    EntryState,
    Role,
)
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import due_date

_NEXT_NUMBER = text(
    "INSERT INTO ledger_sequence (day, last) VALUES (:day, 1) "
    "ON CONFLICT (day) DO UPDATE SET last = ledger_sequence.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A question to register; ``question`` is free of personal data.

    ``terms`` are its words, by which near-identical questions are found. A 纠错 names the
    pair and version complained of. ``instead_of`` is the number of a voided entry whose
    question came again. ``late_reason`` says why ``received_at`` lies back (补录).
    """

    question: str
    area: AreaKey | None
    consultation_id: str | None
    asker_id: int | None
    received_at: datetime
    kind: EntryKind = EntryKind.CONSULTATION
    channel: Channel | None = None
    terms: Collection[str] = ()
    pair_id: int | None = None
    pair_version: int | None = None
    instead_of: str | None = None
    late_reason: str | None = None


def register(
    session: Session,
    registration: Registration,
    *,
    route: Route,
    calendar: WorkCalendar,
    workdays: int,
    actor: Actor,
    now: datetime,
) -> LedgerEntry:
    """Register and assign (交办) an entry, due ``workdays`` whole working days after receipt.

    ``now`` is the time of registration, which may be days after receipt. Writes the number,
    both events and the messages to other systems in one transaction. Returns the entry.
    """
    due = due_date(registration.received_at, days=workdays, calendar=calendar)
    unit = session.get_one(Unit, route.unit_id)
    # Do all reads first: taking a number blocks the next writer until commit.
    entry = LedgerEntry(
        number=_next_number(session, beijing_day(registration.received_at)),
        consultation_id=registration.consultation_id,
        kind=registration.kind,
        channel=registration.channel,
        question=registration.question,
        terms=" ".join(sorted(set(registration.terms))),
        area=registration.area,
        unit_id=route.unit_id,
        routed_by=route.routed_by,
        state=EntryState.ASSIGNED,
        assigned_at=now,
        version=2,
        asker_id=registration.asker_id,
        pair_id=registration.pair_id,
        pair_version=registration.pair_version,
        received_at=registration.received_at,
        late_reason=registration.late_reason,
        due_on=due.due_on,
        original_due_on=due.due_on,
        due_provisional=due.provisional,
        limit_workdays=workdays,
    )
    session.add(entry)
    session.flush()
    instead_of = registration.instead_of
    why = f"{instead_of} 作废后再次提交，重新登记" if instead_of else "首次登记"
    if entry.late_reason is not None:
        why += f"；{_late(entry)}"
    first = Command(actor, now, reason=why, details=EventDetails(instead_of=instead_of))
    _write_beginning(session, entry, unit, first)
    if entry.late_reason is not None:
        record(
            session,
            AuditAction.LATE_ENTRY,
            actor=actor,
            now=now,
            subject=entry.number,
            reason=_late(entry),
        )
    return entry


def _late(entry: LedgerEntry) -> str:
    received = entry.received_at.astimezone(BEIJING)
    return f"补录，实际收到 {received:%Y-%m-%d %H:%M}：{entry.late_reason}"


def _write_beginning(session: Session, entry: LedgerEntry, unit: Unit, first: Command) -> None:
    registered, assigned, now = EntryState.REGISTERED, EntryState.ASSIGNED, first.now
    write_event(session, entry, Action.REGISTER, first, before=None, after=registered)
    handed = Command(first.actor, now, reason=f"交{unit.name}办理")
    write_event(session, entry, Action.ASSIGN, handed, before=registered, after=assigned)
    mail_unit(session, entry, "新交办的咨询", now=now, rests_on=(waits_for(Role.UNIT, entry),))
    session.flush()


def _next_number(session: Session, day: date) -> str:
    # Writers queue here in order; on the row's own lock they would compete at each release.
    lock_for_transaction(session, f"ledger-number:{day.isoformat()}")
    last = session.execute(_NEXT_NUMBER, {"day": day.isoformat()}).scalar_one()
    return f"ZX{day:%Y%m%d}-{last:04d}"
