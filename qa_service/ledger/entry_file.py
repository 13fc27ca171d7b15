"""The full record of one entry, for pages and REST."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.knowledge.review.text_checks import Finding
from qa_service.ledger.deadlines.due_dates import may_extend, proof_of
from qa_service.ledger.models import Callback, CoUnit, LedgerEntry, LedgerEvent, LedgerReply
from qa_service.ledger.queries import EntryView, entry_events, load_entry
from qa_service.ledger.replies.reply_checks import stored_findings
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.workflow.assignment import return_by
from qa_service.ledger.workflow.closing import callbacks, closing_blockers, is_reply_settled
from qa_service.ledger.workflow.replies import is_own_reply, last_reply
from qa_service.ledger.workflow.steps import concerned_units
from qa_service.ledger.workflow.transitions import SHARED, TRANSITIONS, may
from qa_service.vocabulary import Action
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import DueDate


@dataclass(frozen=True, slots=True)
class Helper:
    """A helping unit (协办单位) and its opinion, if it gave one."""

    unit_key: str
    unit_name: str
    opinion: CoUnit


@dataclass(frozen=True, slots=True)
class EntryFile:
    """The file (卷宗) of an entry: its events, reply and callbacks.

    ``view`` is the entry as listed, ``due`` its deadline counted day by day; ``findings`` are
    what the word checks find in a reply that is not approved.
    """

    entry: LedgerEntry
    view: EntryView
    events: Sequence[LedgerEvent]
    due: DueDate
    reply: LedgerReply | None
    callbacks: Sequence[Callback]
    helpers: Sequence[Helper]
    joined: Sequence[str]
    findings: Sequence[Finding]


def open_file(
    session: Session, number: str, *, today: date, calendar: WorkCalendar, within: Within = None
) -> EntryFile:
    """Return the file of the entry of this number.

    Raises EntryNotFoundError, also for an entry that concerns none of the units ``within``.
    """
    entry, view = load_entry(session, number, today=today, calendar=calendar, within=within)
    helpers = session.exec(
        select(CoUnit, Unit)
        .join(Unit, col(Unit.id) == CoUnit.unit_id)
        .where(CoUnit.entry_id == entry.id)
        .order_by(Unit.name)
    ).all()
    joined = select(LedgerEntry.number).where(LedgerEntry.joined_to_id == entry.id)
    reply = last_reply(session, entry)
    return EntryFile(
        entry=entry,
        view=view,
        events=entry_events(session, number),
        due=proof_of(entry, calendar),
        reply=reply,
        callbacks=callbacks(session, entry),
        helpers=[Helper(unit.key, unit.name, opinion) for opinion, unit in helpers],
        joined=session.exec(joined.order_by(LedgerEntry.number)).all(),
        findings=_findings(session, reply),
    )


def _findings(session: Session, reply: LedgerReply | None) -> Sequence[Finding]:
    if reply is None or reply.approved_at is not None:
        return ()
    return stored_findings(session, reply)


def allowed_actions(
    session: Session,
    entry: LedgerEntry,
    actor: Actor,
    *,
    now: datetime,
    calendar: WorkCalendar,
    rules: LedgerRules,
) -> tuple[Action, ...]:
    """Return the actions open to the actor now, in the order of the table.

    Whether others wait for the entry's reply is checked only when it is voided.
    """
    refused = set(_refused(session, entry, actor, now=now, rules=rules))
    last_day = return_by(entry, calendar=calendar, workdays=rules.return_workdays)
    if beijing_day(now) > last_day:
        refused.add(Action.RETURN)
    return tuple(
        verb
        for verb, move in TRANSITIONS.items()
        if entry.state in move.sources
        and verb not in refused
        and may(verb, actor, concerned_units(session, entry, verb))
    )


def _refused(
    session: Session, entry: LedgerEntry, actor: Actor, *, now: datetime, rules: LedgerRules
) -> Iterator[Action]:
    """Yield the actions that the entry's state would allow and something else forbids."""
    if entry.joined_to_id is not None:
        yield from SHARED
    if entry.extension_asked_at is None:
        yield Action.REFUSE_EXTENSION
    if not may_extend(entry, actor, now=now, longest=rules.extension_workdays):
        yield Action.EXTEND
    if is_own_reply(session, entry, actor):
        yield Action.APPROVE
    if is_reply_settled(session, entry):
        yield Action.DECLINE
    if any(closing_blockers(session, entry)):
        yield Action.CLOSE
