"""What is done with the ledger: register a question nobody could answer."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.ledger.models import EntryState, LedgerEntry, LedgerEvent
from qa_service.ledger.routing import Route
from qa_service.outbox.service import enqueue
from qa_service.policy_field import PolicyField
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import due_date

_NEXT_NUMBER = text(
    "INSERT INTO ledger_sequence (day, last) VALUES (:day, 1) "
    "ON CONFLICT (day) DO UPDATE SET last = ledger_sequence.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class Matter:
    """A question to be registered; ``question`` has no personal data left in it."""

    question: str
    field: PolicyField | None
    consultation_id: str | None
    asker_id: int | None
    received_at: datetime


def register(
    session: Session,
    matter: Matter,
    *,
    route: Route,
    calendar: WorkCalendar,
    workdays: int,
    actor: str,
    now: datetime,
) -> LedgerEntry:
    """The new entry, due ``workdays`` whole working days after the day of receipt.

    ``now`` is when it is registered, which may be days after the question came in.
    Its number, its event and the message to other systems are written in the same
    transaction: either all of them are there or none.
    """
    due = due_date(matter.received_at, days=workdays, calendar=calendar)
    entry = LedgerEntry(
        number=_next_number(session, beijing_day(matter.received_at)),
        consultation_id=matter.consultation_id,
        question=matter.question,
        field=matter.field,
        unit_id=route.unit_id,
        routed_by=route.routed_by,
        state=EntryState.REGISTERED,
        asker_id=matter.asker_id,
        received_at=matter.received_at,
        due_on=due.due_on,
        original_due_on=due.due_on,
        due_provisional=due.provisional,
    )
    session.add(entry)
    session.flush()
    _record(session, entry, actor=actor, at=now)
    return entry


def _next_number(session: Session, day: date) -> str:
    last = session.execute(_NEXT_NUMBER, {"day": day.isoformat()}).scalar_one()
    return f"ZX{day:%Y%m%d}-{last:04d}"


def _record(session: Session, entry: LedgerEntry, *, actor: str, at: datetime) -> None:
    if entry.id is None:
        raise ValueError("entry was not flushed")
    event = LedgerEvent(
        entry_id=entry.id, actor=actor, occurred_at=at, to_state=entry.state, reason="首次登记"
    )
    session.add(event)
    payload = {"number": entry.number, "due_on": entry.due_on.isoformat()}
    enqueue(session, "ledger.registered", entry.number, payload, now=at)
