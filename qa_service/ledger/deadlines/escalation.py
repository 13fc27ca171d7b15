"""Overdue entries are told to supervisors and to the unit's person in charge (责任人).

The history says who was told.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.authority import authority_of
from qa_service.accounts.models import Unit, User
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import due_stays, waits_for
from qa_service.ledger.models import LedgerEntry, LedgerEvent, Reminder, ReminderKind
from qa_service.ledger.workflow.steps import entry_id
from qa_service.ledger.workflow.transitions import acting_role
from qa_service.outbox.premises import day_lasts
from qa_service.vocabulary import Action, Role


def escalate(
    session: Session,
    entries: Sequence[LedgerEntry],
    *,
    occasion: str,
    workdays: int,
    until: date,
    now: datetime,
) -> None:
    """Tell of overdue entries and record each step (超期督办) in the history.

    Supervisors are reminded. The unit is mailed while it or its reviewer has to act, addressed
    to the person in charge if it named one. ``workdays`` is the number of working days since
    the deadline, which is so ``until`` that day.
    """
    supervisors = active_with(session, Role.SUPERVISOR)
    for entry in entries:
        unit = session.get_one(Unit, entry.unit_id)
        text = f"已超期 {workdays} 个工作日，{_whose_turn(unit, entry)}尚未办理"
        to_call = text + _in_charge(unit, unit.phone or "")
        _remind_supervisors(session, entry, f"{occasion}:{Role.SUPERVISOR}", to_call, now)
        told = [*_told_at_work(unit, entry), *names_of_supervisors(supervisors, entry.unit_id)]
        if _is_of_the_unit(entry):
            addressee = f"{unit.name}责任人{unit.person_in_charge}" if unit.person_in_charge else ""
            turn = waits_for(acting_role(entry.state) or Role.UNIT, entry)
            premises = (turn, due_stays(entry.due_on), day_lasts(until))
            mail_unit(session, entry, text, now=now, rests_on=premises, addressee=addressee)
        session.add(
            LedgerEvent(
                entry_id=entry_id(entry),
                actor=CLOCKWORK.name,
                occurred_at=now,
                from_state=entry.state,
                to_state=entry.state,
                verb=Action.ESCALATE,
                reason=f"已超期 {workdays} 个工作日，已提醒：{'、'.join(told)}",
            )
        )
    session.flush()


def _remind_supervisors(
    session: Session, entry: LedgerEntry, occasion: str, text: str, now: datetime
) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {
        "entry_id": entry_id(entry),
        "unit_id": entry.unit_id,
        "occasion": occasion,
        "kind": ReminderKind.OVERDUE,
        "text": text,
        "created_at": now,
        "audience": Role.SUPERVISOR,
        "superseded": False,
    }
    statement = dialect.insert(Reminder).values(row)
    session.execute(statement.on_conflict_do_nothing(index_elements=["entry_id", "occasion"]))


def _whose_turn(unit: Unit, entry: LedgerEntry) -> str:
    """Return in Chinese who has to act: the unit by its name, others by their role."""
    role = acting_role(entry.state) or Role.UNIT
    return unit.name if role is Role.UNIT else role.label


def _is_of_the_unit(entry: LedgerEntry) -> bool:
    """Return whether the unit answers for the delay: it or its reviewer has to act."""
    return (acting_role(entry.state) or Role.UNIT) in (Role.UNIT, Role.REVIEWER)


def _told_at_work(unit: Unit, entry: LedgerEntry) -> Iterator[str]:
    """Yield those told besides the supervisors: whose turn it is, and the person in charge."""
    turn = _whose_turn(unit, entry)
    if not _is_of_the_unit(entry):
        yield turn
        return
    if turn != unit.name:
        yield turn
    way = "邮件" if unit.email else "未登记邮箱，请电话通知"
    yield unit.name + _in_charge(unit, way)


def _in_charge(unit: Unit, way: str) -> str:
    """Return the unit's person in charge in brackets, with the ``way`` to reach them, if any."""
    if not unit.person_in_charge:
        return ""
    parts = [f"责任人{unit.person_in_charge}", way]
    return f"（{'，'.join(part for part in parts if part)}）"


def active_with(session: Session, role: Role) -> list[User]:
    """Return the active accounts with a role, by login."""
    users = session.exec(select(User).where(col(User.is_active)).order_by(User.login)).all()
    return [user for user in users if role in user.roles]


def names_of_supervisors(supervisors: Sequence[User], unit_id: int) -> list[str]:
    """Return the supervisors of a unit by name; the role where it has none."""
    theirs = [
        f"督查{user.display_name}"
        for user in supervisors
        if authority_of(user).holds({Role.SUPERVISOR}, [unit_id])
    ]
    return theirs or ["督查（尚无督查账号）"]
