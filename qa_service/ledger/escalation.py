"""Overdue entries are told to the supervisors too, and the history says who was told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.authority import authority_of
from qa_service.accounts.models import Unit, User
from qa_service.ledger.models import LedgerEntry, LedgerEvent, Reminder, ReminderKind
from qa_service.ledger.workflow.steps import entry_id
from qa_service.ledger.workflow.transitions import acting_role
from qa_service.vocabulary import Action, Role


def escalate(
    session: Session,
    entries: Sequence[LedgerEntry],
    *,
    occasion: str,
    workdays: int,
    now: datetime,
) -> None:
    """Remind the supervisors of overdue entries and record each step (超期督办) in the history.

    ``workdays`` is the number of working days since the deadline.
    """
    supervisors = _active(session, Role.SUPERVISOR)
    for entry in entries:
        text = f"已超期 {workdays} 个工作日，{_whose_turn(session, entry)}尚未办理"
        _remind_supervisors(session, entry, f"{occasion}:{Role.SUPERVISOR}", text, now)
        told = [_whose_turn(session, entry), *_names(supervisors, entry)]
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


def _whose_turn(session: Session, entry: LedgerEntry) -> str:
    """Return in Chinese who has to act: the unit by its name, others by their role."""
    role = acting_role(entry.state) or Role.UNIT
    return session.get_one(Unit, entry.unit_id).name if role is Role.UNIT else role.label


def _active(session: Session, role: Role) -> list[User]:
    users = session.exec(select(User).where(col(User.is_active)).order_by(User.login)).all()
    return [user for user in users if role in user.roles]


def _names(supervisors: Sequence[User], entry: LedgerEntry) -> list[str]:
    """Return the supervisors of the entry's unit by name; the role where it has none."""
    theirs = [
        f"督查{user.display_name}"
        for user in supervisors
        if authority_of(user).holds({Role.SUPERVISOR}, [entry.unit_id])
    ]
    return theirs or ["督查（尚无督查账号）"]
