"""The ledger as an XLSX workbook (登记台账), with the columns an inspection asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from sqlmodel import Session, col, select

from qa_service.accounts.areas import area_names
from qa_service.accounts.models import Unit
from qa_service.accounts.names.display_names import every_display_name
from qa_service.clock import BEIJING, beijing_day
from qa_service.knowledge.exchange.xlsx_writer import A3, Cell, NotedDay, write_sheet
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.policies.citing import document_citations
from qa_service.ledger.entry_filter import EntryFilter
from qa_service.ledger.models import Callback, CoUnit, LedgerEntry, LedgerEvent, LedgerReply
from qa_service.ledger.queries import EntryView, list_entries
from qa_service.vocabulary import Action, AreaKey, EntryState
from qa_service.workdays.calendar import WorkCalendar

BATCH = 500

COLUMNS = (
    ("序号", 6),
    ("台账编号", 18),
    ("事项类别", 10),
    ("受理时间", 17),
    ("受理渠道", 14),
    ("联系电话（已遮盖）", 16),
    ("咨询内容", 50),
    ("领域", 10),
    ("承办单位", 24),
    ("协办单位", 24),
    ("交办时间", 17),
    ("签收时间", 17),
    ("办理期限", 20),
    ("原定期限", 12),
    ("延期（工作日）", 10),
    ("延期批准人与理由", 30),
    ("答复时间", 17),
    ("答复内容", 60),
    ("政策依据", 40),
    ("审核人", 12),
    ("审核时间", 17),
    ("回复记录", 40),
    ("办理状态", 10),
    ("是否超期", 10),
    ("曾超期（错过的期限）", 14),
    ("回复时间", 17),
    ("销号时间", 17),
    ("入库情况", 24),
    ("补录理由（收到后补登记的）", 24),
)


@dataclass(frozen=True, slots=True)
class _History:
    """The history of one batch of entries, by entry id.

    ``leads`` maps an entry's number to the id of the entry it was joined to, ``ids`` a number
    to the entry's own id. ``people`` and ``documents`` are the names of what rows record by login
    or id, and by key.
    """

    events: dict[int, list[LedgerEvent]]
    replies: dict[int, LedgerReply]
    calls: dict[int, list[Callback]]
    helpers: dict[int, list[str]]
    leads: dict[str, int]
    ids: dict[str, int]
    areas: dict[AreaKey, str]
    pairs: dict[int, str]
    people: dict[int | str, str]
    documents: dict[str, str]

    def name(self, recorded: str | None, person_id: int | None) -> str:
        """Return the present name of a person; what was recorded of a system or a stranger."""
        return self.people.get(person_id or recorded or "", recorded or "")


def write_ledger(
    session: Session, wanted: EntryFilter, *, today: date, calendar: WorkCalendar
) -> bytes:
    """Return an XLSX file of the entries that pass the filter, newest first.

    Numbers, days and times are such, to be sorted and added; every other cell is text, so that
    no citizen's wording is executed as a formula. Contacts are masked.
    """
    rows = enumerate(_rows(session, wanted, today, calendar), start=1)
    file = BytesIO()
    numbered = ((place, *cells) for place, cells in rows)
    write_sheet(file, "登记台账", COLUMNS, numbered, frozen_columns=2, prints_on=A3)
    return file.getvalue()


def _rows(
    session: Session, wanted: EntryFilter, today: date, calendar: WorkCalendar
) -> Iterator[tuple[Cell, ...]]:
    after: str | None = None
    while True:
        page = list_entries(
            session, wanted, today=today, calendar=calendar, after=after, limit=BATCH
        )
        history = _history(session, page.items)
        for view in page.items:
            yield _row(view, history, today)
        after = page.next_after
        if after is None:
            return


def _row(view: EntryView, history: _History, today: date) -> tuple[Cell, ...]:
    own = history.ids[view.number]
    task = history.leads.get(view.number, own)
    events = history.events.get(own, [])
    reply = history.replies.get(task)
    undone = {event.details.undone for event in events if event.details.undone}
    extended = [event for event in events if event.verb is Action.EXTEND and event.id not in undone]
    return (
        view.number,
        view.kind.label,
        view.received_at,
        view.channel.label if view.channel else "",
        view.contact_masked or "",
        view.question,
        history.areas.get(view.area, view.area) if view.area else "",
        view.unit_name,
        "、".join(history.helpers.get(own, [])),
        _when(events, EntryState.ASSIGNED),
        _when(events, EntryState.ACCEPTED),
        NotedDay(view.due_on, "（暂定）") if view.due_provisional else view.due_on,
        view.original_due_on,
        view.extended_workdays or None,
        "；".join(_extension(event, history) for event in extended),
        reply.created_at if reply else None,
        reply.answer if reply else "",
        _basis(reply, history),
        history.name(reply.approved_by, reply.approved_by_person_id) if reply else "",
        reply.approved_at if reply else None,
        "；".join(_call(call, history) for call in history.calls.get(own, [])),
        view.state.label,
        lateness(view, today),
        view.was_overdue_on,
        view.informed_at,
        view.closed_at,
        _kept(view, history),
        view.late_reason or "",
    )


def _history(session: Session, views: Sequence[EntryView]) -> _History:
    numbers = [view.number for view in views]
    found = session.exec(select(LedgerEntry).where(col(LedgerEntry.number).in_(numbers))).all()
    ids = {entry.number: entry.id or 0 for entry in found}
    leads = {entry.number: entry.joined_to_id for entry in found if entry.joined_to_id}
    tasks = [*ids.values(), *leads.values()]
    events: dict[int, list[LedgerEvent]] = {}
    statement = select(LedgerEvent).where(col(LedgerEvent.entry_id).in_(ids.values()))
    for event in session.exec(statement.order_by(col(LedgerEvent.id))).all():
        events.setdefault(event.entry_id, []).append(event)
    replies = select(LedgerReply).where(col(LedgerReply.entry_id).in_(tasks))
    calls: dict[int, list[Callback]] = {}
    for call in session.exec(
        select(Callback)
        .where(col(Callback.entry_id).in_(ids.values()))
        .order_by(col(Callback.attempt))
    ).all():
        calls.setdefault(call.entry_id, []).append(call)
    helpers: dict[int, list[str]] = {}
    for entry_id, name in session.exec(
        select(CoUnit.entry_id, Unit.name)
        .join(Unit, col(Unit.id) == CoUnit.unit_id)
        .where(col(CoUnit.entry_id).in_(ids.values()))
    ).all():
        helpers.setdefault(entry_id, []).append(name)
    ordered = session.exec(replies.order_by(col(LedgerReply.number))).all()
    last = {reply.entry_id: reply for reply in ordered}
    pairs = questions_of(session, {view.pair_id for view in views if view.pair_id})
    keys = {cited.policy for reply in ordered for cited in reply.basis}
    return _History(
        events,
        last,
        calls,
        helpers,
        leads,
        ids,
        area_names(session),
        pairs,
        every_display_name(session),
        document_citations(session, keys),
    )


def _when(events: Sequence[LedgerEvent], state: EntryState) -> datetime | None:
    reached = (
        event.occurred_at
        for event in events
        if event.to_state is state and event.from_state is not state
    )
    return next(reached, None)


def _basis(reply: LedgerReply | None, history: _History) -> str:
    if reply is None:
        return ""
    if not reply.basis:
        return f"无：{reply.no_basis_reason}"
    named = history.documents
    cited = ((named.get(one.policy, one.policy), one.article or "") for one in reply.basis)
    return "；".join(f"{document} {article}".strip() for document, article in cited)


def _call(call: Callback, history: _History) -> str:
    note = f"（{call.note}）" if call.note else ""
    operator = history.name(call.operator, call.operator_person_id)
    return (
        f"{call.called_at.astimezone(BEIJING):%Y-%m-%d %H:%M} {call.outcome.label} {operator}{note}"
    )


def _extension(event: LedgerEvent, history: _History) -> str:
    """Return who extended the deadline and why; an extension after the due day is marked."""
    mark = "（超期后延期）" if event.details.after_due else ""
    return f"{history.name(event.actor, event.actor_person_id)}{mark}：{event.reason}"


def lateness(view: EntryView, today: date) -> str:
    """Return 是 or 否 by the day the asker knew; 作废 for a voided entry."""
    if view.state is EntryState.VOIDED:
        return "作废"
    ended = view.informed_at or view.closed_at
    return "是" if (beijing_day(ended) if ended else today) > view.due_on else "否"


def _kept(view: EntryView, history: _History) -> str:
    if view.pair_declined:
        return f"不入库：{view.pair_declined}"
    return f"问答：{history.pairs.get(view.pair_id, view.pair_id)}" if view.pair_id else ""
