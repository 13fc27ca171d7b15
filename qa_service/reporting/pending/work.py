"""Work that waits for a person (我的待办), by kind, in one place for every role."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.ledger.entry_indexes import is_running
from qa_service.ledger.models import CoUnit, LedgerEntry, LedgerReply
from qa_service.ledger.workflow.transitions import TRANSITIONS
from qa_service.reporting.pending.bank import contradictions, ending_soon, gaps
from qa_service.reporting.pending.calls import correction_calls, unhandled
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.reporting.pending.pairs import (
    drafts_to_submit,
    pairs_coming_due,
    returned_pairs,
    rework,
)
from qa_service.reporting.pending.policies import (
    corrections_to_confirm,
    endings_to_confirm,
    links_awaiting,
    policy_notices,
)
from qa_service.reporting.pending.reply_links import links_to_resend
from qa_service.reporting.pending.reviews import (
    grounds_to_state,
    media_to_approve,
    pairs_to_sign,
    plan_to_confirm,
    wordings_to_confirm,
)
from qa_service.reporting.pending.starter import adoption
from qa_service.reporting.pending.tasks import tasks_overdue, tasks_to_close, tasks_to_do
from qa_service.reporting.pending.watch import alarms, changed_verdicts
from qa_service.vocabulary import FINISHED, Action, EntryState, Role

SHOWN = 50
"""Items listed of each kind; the count is of all."""


_SHOWN_COLUMNS = (
    col(LedgerEntry.number),
    col(LedgerEntry.question),
    col(LedgerEntry.state),
    col(LedgerEntry.due_on),
)


def pending_sections(session: Session, actor: Actor, watch: Watch) -> tuple[PendingSection, ...]:
    """Return what waits for ``actor``, kind by kind, without the kinds that have nothing."""
    found = (section(session, actor, watch) for section in _SECTIONS.values())
    return tuple(one for one in found if one is not None and one.count)


def pending_of_kinds(
    session: Session, actor: Actor, watch: Watch, kinds: Sequence[PendingKind]
) -> tuple[PendingSection, ...]:
    """Return what waits for ``actor`` of these kinds alone, without those that have nothing."""
    found = (_SECTIONS[kind](session, actor, watch) for kind in kinds)
    return tuple(one for one in found if one is not None and one.count)


def pending_counts(session: Session, actor: Actor, watch: Watch) -> dict[PendingKind, int]:
    """Return how many things of each kind wait for ``actor``, for the menu."""
    return {one.kind: one.count for one in pending_sections(session, actor, watch)}


def next_pending(
    session: Session, actor: Actor, watch: Watch, kind: PendingKind, *, besides: str
) -> PendingItem | None:
    """Return the most urgent thing of a kind that waits for ``actor``, after one was done."""
    section = _SECTIONS[kind](session, actor, watch)
    items = section.items if section else ()
    return next((item for item in items if item.ref != besides), None)


def _entries(
    kind: PendingKind, role: Role, wanted: Callable[[Actor, Watch], Sequence[ColumnElement[bool]]]
) -> Callable[[Session, Actor, Watch], PendingSection | None]:
    """Return the section of the entries that wait for ``role``, most urgent first."""

    def section(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
        within = actor.authority.units({role})
        if within is not None and not within:
            return None
        conditions = [*wanted(actor, watch), *_of_units(within)]
        count = session.exec(select(func.count(col(LedgerEntry.id))).where(*conditions)).one()
        if not watch.lists or not count:
            return PendingSection(kind, count)
        statement = sa_select(*_SHOWN_COLUMNS).where(*conditions).limit(SHOWN)
        # In the order of the index of states and limits; ids follow the numbers.
        ordered = statement.order_by(col(LedgerEntry.due_on), col(LedgerEntry.id))
        items = tuple(
            PendingItem(kind, number, question, state.label, due_on)
            for number, question, state, due_on in session.execute(ordered).all()
        )
        return PendingSection(kind, count, items)

    return section


def _of_units(within: Within) -> Iterator[ColumnElement[bool]]:
    if within is not None:
        yield col(LedgerEntry.unit_id).in_(within)


def _awaits_approval(actor: Actor, _watch: Watch) -> Sequence[ColumnElement[bool]]:
    last = (
        select(func.max(LedgerReply.number))
        .where(LedgerReply.entry_id == LedgerEntry.id)
        .correlate(LedgerEntry)
        .scalar_subquery()
    )
    own = select(LedgerReply.id).where(
        LedgerReply.entry_id == LedgerEntry.id,
        LedgerReply.number == last,
        LedgerReply.author_person_id == actor.person_id,
        col(LedgerReply.author_person_id).is_not(None),
    )
    return (
        col(LedgerEntry.state) == EntryState.DRAFTED,
        col(LedgerEntry.joined_to_id).is_(None),
        ~own.exists(),
    )


def _awaits_call(_actor: Actor, _watch: Watch) -> Sequence[ColumnElement[bool]]:
    return (
        col(LedgerEntry.state) == EntryState.APPROVED,
        col(LedgerEntry.informed_at).is_(None),
    )


def _asks_extension(_actor: Actor, _watch: Watch) -> Sequence[ColumnElement[bool]]:
    return (
        col(LedgerEntry.extension_asked_at).is_not(None),
        col(LedgerEntry.state).not_in(FINISHED),
        col(LedgerEntry.informed_at).is_(None),
    )


def _is_overdue(_actor: Actor, watch: Watch) -> Sequence[ColumnElement[bool]]:
    return (
        col(LedgerEntry.due_on) < watch.today,
        is_running(),
    )


def _is_returned(_actor: Actor, _watch: Watch) -> Sequence[ColumnElement[bool]]:
    return (
        col(LedgerEntry.state).in_((EntryState.RETURNED, EntryState.REGISTERED)),
        col(LedgerEntry.joined_to_id).is_(None),
    )


def _awaits_unit(
    state: EntryState,
) -> Callable[[Actor, Watch], Sequence[ColumnElement[bool]]]:
    def wanted(_actor: Actor, _watch: Watch) -> Sequence[ColumnElement[bool]]:
        return col(LedgerEntry.state) == state, col(LedgerEntry.joined_to_id).is_(None)

    return wanted


def _opinions(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the entries on which the actor's unit owes an opinion, with its date."""
    within = actor.authority.units({Role.UNIT})
    conditions = [
        col(CoUnit.opinion).is_(None),
        col(LedgerEntry.state).in_(TRANSITIONS[Action.CONTRIBUTE].sources),
    ]
    if within is not None:
        conditions.append(col(CoUnit.unit_id).in_(within))
    statement = (
        select(LedgerEntry, CoUnit)
        .join(CoUnit, col(CoUnit.entry_id) == LedgerEntry.id)
        .where(*conditions)
        .order_by(func.coalesce(CoUnit.due_on, LedgerEntry.due_on), col(LedgerEntry.number))
    )
    found = session.exec(statement).all()
    kind = PendingKind.OPINIONS
    items = [
        PendingItem(kind, entry.number, entry.question, "协办", helper.due_on or entry.due_on)
        for entry, helper in found[:SHOWN]
    ]
    return PendingSection(kind, len(found), tuple(items))


_Section = Callable[[Session, Actor, Watch], PendingSection | None]

_SECTIONS: Mapping[PendingKind, _Section] = {
    PendingKind.REPLIES_TO_TELL: _entries(PendingKind.REPLIES_TO_TELL, Role.OPERATOR, _awaits_call),
    PendingKind.UNHANDLED: unhandled,
    PendingKind.CORRECTION_CALLS: correction_calls,
    PendingKind.TO_ACCEPT: _entries(
        PendingKind.TO_ACCEPT, Role.UNIT, _awaits_unit(EntryState.ASSIGNED)
    ),
    PendingKind.TO_REPLY: _entries(
        PendingKind.TO_REPLY, Role.UNIT, _awaits_unit(EntryState.ACCEPTED)
    ),
    PendingKind.OPINIONS: _opinions,
    PendingKind.REWORK: rework,
    PendingKind.DRAFTS_TO_SUBMIT: drafts_to_submit,
    PendingKind.DUE_PAIRS: pairs_coming_due,
    PendingKind.REPLIES_TO_APPROVE: _entries(
        PendingKind.REPLIES_TO_APPROVE, Role.REVIEWER, _awaits_approval
    ),
    PendingKind.PAIRS_TO_SIGN: pairs_to_sign,
    PendingKind.GROUNDS_TO_STATE: grounds_to_state,
    PendingKind.WORDINGS_TO_CONFIRM: wordings_to_confirm,
    PendingKind.MEDIA_TO_APPROVE: media_to_approve,
    PendingKind.ENDINGS_TO_CONFIRM: endings_to_confirm,
    PendingKind.CORRECTIONS_TO_CONFIRM: corrections_to_confirm,
    PendingKind.LINKS_TO_CONFIRM: links_awaiting,
    PendingKind.PLAN_TO_CONFIRM: plan_to_confirm,
    PendingKind.EXTENSIONS: _entries(PendingKind.EXTENSIONS, Role.SUPERVISOR, _asks_extension),
    PendingKind.RETURNED_ENTRIES: _entries(
        PendingKind.RETURNED_ENTRIES, Role.SUPERVISOR, _is_returned
    ),
    PendingKind.LINKS_TO_RESEND: links_to_resend,
    PendingKind.OVERDUE: _entries(PendingKind.OVERDUE, Role.SUPERVISOR, _is_overdue),
    PendingKind.RETURNED_PAIRS: returned_pairs,
    PendingKind.CONTRADICTIONS: contradictions,
    PendingKind.POLICY_NOTICES: policy_notices,
    PendingKind.ADOPTION: adoption,
    PendingKind.GAPS: gaps,
    PendingKind.ENDING_SOON: ending_soon,
    PendingKind.TASKS_TO_DO: tasks_to_do,
    PendingKind.TASKS_TO_CLOSE: tasks_to_close,
    PendingKind.TASKS_OVERDUE: tasks_overdue,
    PendingKind.ALARMS: alarms,
    PendingKind.CHANGED_VERDICTS: changed_verdicts,
}
"""Every kind of pending work, in the order of the page."""
