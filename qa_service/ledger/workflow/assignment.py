"""Commands before a reply exists: assign, accept, return, contribute an opinion, join."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.ledger.deadlines.mail import mail_people, mail_unit
from qa_service.ledger.deadlines.mail_premises import waits_for
from qa_service.ledger.hand_over import ask_opinion
from qa_service.ledger.models import CoUnit, EventDetails, LedgerEntry
from qa_service.ledger.workflow.steps import (
    Command,
    check_transition,
    co_units,
    entry_id,
    joined_entries,
    lock_entries,
    perform,
    write_transition,
)
from qa_service.ledger.workflow.transitions import TRANSITIONS, TransitionNotPermittedError
from qa_service.vocabulary import FINISHED, Action, EntryState, Role, RoutedBy
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import due_date

OPINION_CHARACTERS = 5_000

_ANSWERED = (EntryState.APPROVED, EntryState.INFORMED)


class UnknownUnitError(InvalidInputError):
    """No unit has this key, or the lead unit is also named as a helping unit."""

    code = "unknown_unit"
    title = "承办单位有误"


class ReturnTooLateError(ConflictError):
    """The period in which a unit may return an entry has ended."""

    code = "return_too_late"
    title = "已过退回时限"


class OpinionNeededError(InvalidInputError):
    """A helping unit's opinion is empty or too long."""

    code = "opinion_needed"
    title = "协办意见有误"


class JoinRefusedError(ConflictError):
    """The two entries cannot be handled as one task."""

    code = "join_refused"
    title = "不能并案"


def assign(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    unit: str,
    helpers: Sequence[str] = (),
    opinions_by: date | None = None,
) -> None:
    """Assign the entry to the unit of this key, with ``helpers`` as helping units (协办单位).

    Their opinions are asked for by ``opinions_by``, at the latest the entry's due date. The
    deadline does not change. Raises UnknownUnitError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.ASSIGN, step)
    units = _units(session, [unit, *helpers])
    lead, beside = units[0], units[1:]
    if lead.id is None:
        raise ValueError("unit was not flushed")
    assignment = _assignment(lead, beside, step.reason)
    changes = {"unit_id": lead.id, "routed_by": RoutedBy.SUPERVISOR, "assigned_at": step.now}
    before = tuple(helper.unit_id for helper in co_units(session, entry))
    noted = replace(step, reason=assignment, details=EventDetails(helpers_before=before))
    perform(session, entry, Action.ASSIGN, noted, **changes)
    latest = min(opinions_by or entry.due_on, entry.due_on)
    for helper in _set_helpers(session, entry, beside, due_on=latest):
        ask_opinion(session, entry, helper, now=step.now)
    mail_unit(session, entry, "新交办的咨询", now=step.now, rests_on=(waits_for(Role.UNIT, entry),))


def opinions_due(now: datetime, *, calendar: WorkCalendar, workdays: int) -> date:
    """Return the date by which helping units asked at ``now`` give their opinion."""
    return due_date(now, days=workdays, calendar=calendar).due_on


def accept(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Accept the entry (签收) on behalf of its unit; raises what ``perform`` raises."""
    perform(session, entry, Action.ACCEPT, step)


def return_entry(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    calendar: WorkCalendar,
    return_workdays: int,
) -> None:
    """Return an entry outside the unit's remit (退回), within ``return_workdays`` of 交办.

    Raises ReturnTooLateError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.RETURN, step)
    last_day = return_by(entry, calendar=calendar, workdays=return_workdays)
    if beijing_day(step.now) > last_day:
        raise ReturnTooLateError(
            f"退回应在交办后 {return_workdays} 个工作日内（{last_day.isoformat()} 前）提出，"
            "请签收办理或与督查联系"
        )
    perform(session, entry, Action.RETURN, step)
    mail_people(
        session,
        entry,
        {Role.SUPERVISOR},
        "退回待改派",
        now=step.now,
        rests_on=(waits_for(Role.SUPERVISOR, entry),),
        besides=step.actor,
    )


def return_by(entry: LedgerEntry, *, calendar: WorkCalendar, workdays: int) -> date:
    """Return the last day on which the unit may return the entry."""
    since = entry.assigned_at or entry.received_at
    return due_date(since, days=workdays, calendar=calendar).due_on


def contribute(session: Session, entry: LedgerEntry, step: Command, opinion: str) -> None:
    """Store a helping unit's opinion (协办意见) for the lead unit's reply.

    Raises OpinionNeededError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.CONTRIBUTE, step)
    if not opinion.strip() or len(opinion) > OPINION_CHARACTERS:
        message = f"协办意见应为 1 至 {OPINION_CHARACTERS} 个字"
        raise OpinionNeededError(message, problems=(FieldProblem("opinion", message),))
    for helper in co_units(session, entry):
        if step.actor.authority.holds({Role.UNIT}, [helper.unit_id]):
            helper.opinion = opinion
            helper.given_by, helper.given_by_person_id, helper.given_by_key_id = step.actor.recorded
            helper.given_at = step.now
            session.add(helper)
    perform(session, entry, Action.CONTRIBUTE, step)


def join(session: Session, entry: LedgerEntry, lead: LedgerEntry, step: Command) -> None:
    """Join the entry to the task of ``lead`` (并案): one reply, each asker called separately.

    The entry takes the state of the lead and follows it, keeps its own deadline, and is
    called back and closed separately; those joined to it that are not finished go along. Both
    are locked first: of two entries joined into each other at once, one is. Raises
    JoinRefusedError, TransitionNotPermittedError for a unit and another unit's lead, and what
    ``perform`` raises.
    """
    lock_entries(session, (entry, lead))
    check_transition(session, entry, Action.JOIN, step)
    if not may_join_to(lead, entry, step.actor):
        raise TransitionNotPermittedError(
            f"{lead.number} 不由本单位承办，不能并入；"
            "不属本单位职责的，请退回并说明理由，由督查改派"
        )
    _check_lead(entry, lead)
    target = EntryState.APPROVED if lead.state in _ANSWERED else lead.state
    noted = _with_reason(step, f"并入 {lead.number}" + (f"；{step.reason}" if step.reason else ""))
    changes = {
        "joined_to_id": lead.id,
        "unit_id": lead.unit_id,
        "pair_id": lead.pair_id,
        "pair_declined": lead.pair_declined,
        "assigned_at": lead.assigned_at,
    }
    for moved in (entry, *joined_entries(session, entry)):
        write_transition(session, moved, Action.JOIN, noted, target, **changes)


def may_join_to(lead: LedgerEntry, entry: LedgerEntry, actor: Actor) -> bool:
    """Return whether an actor who may join the entry may join it to ``lead``.

    A unit joins to its own leads only: it would hand its task to another, past 退回.
    """
    others = TRANSITIONS[Action.JOIN].roles - {Role.UNIT}
    if actor.authority.holds(others, {entry.unit_id}):
        return True
    return actor.authority.holds({Role.UNIT}, {lead.unit_id})


def _check_lead(entry: LedgerEntry, lead: LedgerEntry) -> None:
    if lead.id == entry.id:
        raise JoinRefusedError("不能并入自身，请选择另一条台账")
    if lead.joined_to_id is not None:
        raise JoinRefusedError(f"{lead.number} 本身已并入他案，请选择其主案")
    if lead.kind is not entry.kind:
        raise JoinRefusedError(f"{lead.number} 的事项类别不同，不能并案")
    if lead.state in FINISHED:
        raise JoinRefusedError(f"{lead.number} {lead.state.label}，不能并入，请另行办理")


def _assignment(lead: Unit, beside: Sequence[Unit], reason: str) -> str:
    parts = [f"交{lead.name}办理"]
    if beside:
        parts.append("、".join(unit.name for unit in beside) + "协办")
    return "；".join([*parts, *([reason] if reason else [])])


def _units(session: Session, keys: Sequence[str]) -> list[Unit]:
    found = session.exec(select(Unit).where(col(Unit.key).in_(keys), Unit.is_active)).all()
    by_key = {unit.key: unit for unit in found}
    if "" in keys:
        raise _unit_problem("请选择承办单位")
    missing = [key for key in keys if key not in by_key]
    if missing:
        raise _unit_problem(f"没有承办单位“{'、'.join(missing)}”，请从单位名录中选择")
    if len(set(keys)) < len(keys):
        raise _unit_problem("主办与协办单位不能重复，请重新选择")
    return [by_key[key] for key in keys]


def _unit_problem(message: str) -> UnknownUnitError:
    return UnknownUnitError(message, problems=(FieldProblem("unit", message),))


def _set_helpers(
    session: Session, entry: LedgerEntry, helpers: Iterable[Unit], *, due_on: date
) -> Sequence[CoUnit]:
    """Make ``helpers`` the helping units; return those that were not yet."""
    wanted = {unit.id for unit in helpers if unit.id is not None}
    for helper in co_units(session, entry):
        if helper.unit_id in wanted:
            wanted.discard(helper.unit_id)
        elif helper.opinion is None:
            session.delete(helper)
    added = [
        CoUnit(entry_id=entry_id(entry), unit_id=unit_id, due_on=due_on)
        for unit_id in sorted(wanted)
    ]
    session.add_all(added)
    session.flush()
    return added


def _with_reason(step: Command, reason: str) -> Command:
    return replace(step, reason=reason)
