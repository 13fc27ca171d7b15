"""Sources of figures in the ledger: entries by what happened to them in the period."""

from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import col

from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.reporting.figures.contract import Condition
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources import ledger_conditions as on
from qa_service.reporting.figures.sources.sql_source import Expression, ShownAs, SQLSource
from qa_service.vocabulary import Action, CallOutcome, EntryState

_PAGE = "/ledger/{}"
_STEPS = (Action.RETURN, Action.EXTEND)
_COUNTED = (CallOutcome.REACHED, CallOutcome.NOT_REACHED)


def _alone(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(LedgerEntry)


def _with_entry(statement: Select[Any]) -> Select[Any]:
    entry = col(LedgerEntry.id) == LedgerEvent.entry_id
    return statement.select_from(LedgerEvent).join(LedgerEntry, entry)


def _entries(
    key: str,
    label: str,
    when: Condition,
    at: Expression,
    *,
    counts: bool = True,
    ordered_by: tuple[Expression, ...] = (),
) -> SQLSource:
    def held(scope: Scope) -> list[ColumnElement[bool]]:
        return [on.is_counted if counts else ~on.is_counted, when(scope)]

    return SQLSource(
        key=key,
        label=label,
        joined=_alone,
        held=held,
        shown=ShownAs(col(LedgerEntry.number), col(LedgerEntry.question), at, _PAGE),
        unit=col(LedgerEntry.unit_id),
        area=col(LedgerEntry.area),
        channel=col(LedgerEntry.channel),
        at=col(LedgerEntry.received_at),
        ordered_by=ordered_by,
    )


def _was_voided(scope: Scope) -> ColumnElement[bool]:
    at = col(LedgerEntry.closed_at)
    is_then = (at >= scope.period.begins_at) & (at < scope.period.ends_at)
    return (col(LedgerEntry.state) == EntryState.VOIDED) & is_then


def _was_called(scope: Scope) -> ColumnElement[bool]:
    return on.called(scope, *_COUNTED)


def _moves(scope: Scope) -> list[ColumnElement[bool]]:
    return [on.is_counted, col(LedgerEvent.verb).in_(_STEPS), on.moved(scope)]


RECEIVED = _entries(
    "received",
    "本期收到的台账（按受理时间），按现承办单位归属",
    on.received,
    col(LedgerEntry.received_at),
)
EXPIRED = _entries(
    "expired",
    "本期内期限届满的台账：以最早错过的期限为准，没有错过的以现行期限为准；期限当日过完才计",
    on.expired,
    on.first_due,
    ordered_by=(on.first_due, col(LedgerEntry.state)),
)
ENDED = _entries(
    "ended", "本期内已回复咨询人（或销号）的台账", on.ended, col(LedgerEntry.received_at)
)
WAITING = _entries(
    "waiting",
    "期末尚未回复咨询人的台账，不论何时受理",
    on.waiting,
    on.first_due,
)
VOIDED = _entries("voided", "本期作废的台账", _was_voided, col(LedgerEntry.closed_at), counts=False)
CALLED = _entries(
    "called",
    "本期拨打过回访电话的台账（已告知或未接通）",
    _was_called,
    col(LedgerEntry.received_at),
)

MOVES = SQLSource(
    key="moves",
    label="本期台账办理经过中的退回和延期，按办理当时的承办单位归属",
    joined=_with_entry,
    held=_moves,
    shown=ShownAs(
        col(LedgerEntry.number), col(LedgerEvent.reason), col(LedgerEvent.occurred_at), _PAGE
    ),
    unit=on.unit_then(),
    area=col(LedgerEntry.area),
    channel=col(LedgerEntry.channel),
    at=col(LedgerEvent.occurred_at),
)
