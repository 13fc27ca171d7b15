"""Alarms of emerging topics: bursts of questions without a match, and of one answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.permissions import Permission
from qa_service.clock import beijing_day, beijing_midnight
from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.watch.bursts import (
    REACH,
    Limit,
    baseline_days,
    is_burst,
    limit_of,
)
from qa_service.consultation.watch.models import AlarmKind, TopicAlarm
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.storage.dates import beijing_date
from qa_service.vocabulary import REASON_CHARACTERS, Verdict
from qa_service.workdays.calendar import WorkCalendar

WHOLE = "*"
"""Subject of a burst over all units; "" are questions near no pair at all."""

KEPT_OPEN = timedelta(days=7)
"""How long an alarm nobody looked at stands in the work lists."""

Counts = Mapping[tuple[AlarmKind, str], Mapping[date, int]]


class AlarmNotFoundError(NotFoundError):
    """No alarm has this id."""

    code = "alarm_not_found"
    title = "没有这条预警"


class InvalidAlarmNoteError(InvalidInputError):
    """The note on what was done about the alarm is missing or too long."""

    code = "invalid_alarm_note"
    title = "请写明处理情况"


@dataclass(frozen=True, slots=True)
class Burst:
    """A count above its limit: of the questions without a match, or of one answer told."""

    day: date
    kind: AlarmKind
    subject: str
    count: int
    limit: Limit


def bursts_now(
    session: Session, *, calendar: WorkCalendar, now: datetime, least: int
) -> list[Burst]:
    """Return the bursts of today and yesterday.

    Today's count so far is compared with whole days, so that an alarm is early at best, never
    rash. The weeks before are counted only where a count reaches ``least``.
    """
    today = beijing_day(now)
    first = today - timedelta(days=1)
    recent = counts_by_day(session, first, today, least=least)
    if not any(count >= least for held in recent.values() for count in held.values()):
        return []
    return find_bursts(session, first, today, calendar=calendar, least=least)


def raise_alarms(session: Session, bursts: Sequence[Burst], *, now: datetime) -> int:
    """Raise an alarm for each burst, or bring its count up to date; return how many are new."""
    return sum(_store(session, burst, now) for burst in bursts)


def find_bursts(
    session: Session, first: date, last: date, *, calendar: WorkCalendar, least: int
) -> list[Burst]:
    """Return the bursts of the days ``first`` to ``last``, by day."""
    recorded = _first_day(session)
    if recorded is None:
        return []
    counts = counts_by_day(session, first - REACH, last, least=least)
    found = []
    for (kind, subject), held in counts.items():
        for day, count in held.items():
            if count < least or not first <= day <= last:
                continue
            limit = limit_of(held, baseline_days(day, recorded, calendar))
            if limit is not None and is_burst(count, limit, least=least):
                found.append(Burst(day, kind, subject, count, limit))
    return sorted(found, key=lambda one: (one.day, one.kind, one.subject))


def counts_by_day(session: Session, first: date, last: date, *, least: int) -> Counts:
    """Return how often each subject was counted on each day of Beijing from ``first`` on.

    Pairs that were never told ``least`` times on a day, nearly all of them, are left out.
    """
    found: dict[tuple[AlarmKind, str], dict[date, int]] = {}
    for day, unit, count in session.execute(_unmatched(first, last)).all():
        for subject in {unit or "", WHOLE}:
            held = found.setdefault((AlarmKind.NO_MATCH, subject), {})
            held[day] = held.get(day, 0) + count
    for day, pair_id, count in session.execute(_told(first, last, least)).all():
        held = found.setdefault((AlarmKind.SAME_ANSWER, str(pair_id)), {})
        held[day] = held.get(day, 0) + count
    return found


def list_alarms(session: Session, *, limit: int = 100) -> Sequence[TopicAlarm]:
    """Return the alarms, the newest day first."""
    statement = select(TopicAlarm).order_by(
        col(TopicAlarm.day).desc(), col(TopicAlarm.count).desc(), col(TopicAlarm.id)
    )
    return session.exec(statement.limit(limit)).all()


def unseen_alarms(session: Session, *, today: date) -> Sequence[TopicAlarm]:
    """Return the alarms of the last days that nobody has dealt with, the newest first."""
    statement = select(TopicAlarm).where(
        col(TopicAlarm.seen_at).is_(None), col(TopicAlarm.day) > today - KEPT_OPEN
    )
    return session.exec(statement.order_by(col(TopicAlarm.id).desc())).all()


def settle_alarm(
    session: Session, alarm_id: int, note: str, *, actor: Actor, now: datetime
) -> None:
    """Record what was done about an alarm; raises AlarmNotFoundError, InvalidAlarmNoteError."""
    check_permission(actor, Permission.READ_GAPS)
    alarm = session.get(TopicAlarm, alarm_id)
    if alarm is None:
        raise AlarmNotFoundError("没有这条预警，请从清单中选择")
    note = note.strip()
    if not note or len(note) > REASON_CHARACTERS:
        message = f"请用 1 至 {REASON_CHARACTERS} 个字写明处理情况"
        raise InvalidAlarmNoteError(message, problems=(FieldProblem("note", message),))
    alarm.note = note
    alarm.seen_by, alarm.seen_by_person_id, alarm.seen_by_key_id = actor.recorded
    alarm.seen_at = now
    session.add(alarm)
    session.flush()


def questions_of(session: Session, alarm: TopicAlarm, *, limit: int = 10) -> list[str]:
    """Return different questions behind an alarm, the newest first."""
    begins, ends = beijing_midnight(alarm.day), beijing_midnight(alarm.day + timedelta(days=1))
    statement = select(Consultation.question)
    if alarm.kind is AlarmKind.SAME_ANSWER:
        told = col(Choice.consultation_id) == Consultation.id
        at = col(Choice.created_at)
        statement = statement.join(Choice, told).where(Choice.pair_id == alarm.pair_id)
    else:
        at = col(Consultation.created_at)
        statement = statement.where(col(Consultation.verdict) == Verdict.UNMATCHED)
        if alarm.subject != WHOLE:
            unit = col(Consultation.nearest_unit)
            statement = statement.where(unit == alarm.subject if alarm.subject else unit.is_(None))
    statement = statement.where(at >= begins, at < ends).order_by(at.desc()).limit(limit * 5)
    return list(dict.fromkeys(session.exec(statement).all()))[:limit]


def weekly_fires(bursts: Sequence[Burst], last: date, weeks: int) -> Iterator[tuple[date, int]]:
    """Yield each of the last ``weeks`` weeks by its Monday, with the bursts in it."""
    monday = last - timedelta(days=last.weekday())
    for back in range(weeks - 1, -1, -1):
        begins = monday - timedelta(weeks=back)
        ends = begins + timedelta(days=7)
        yield begins, sum(begins <= one.day < ends for one in bursts)


def _unmatched(first: date, last: date) -> Select[tuple[date, str | None, int]]:
    at = col(Consultation.created_at)
    day, unit = beijing_date(at).label("day"), col(Consultation.nearest_unit)
    return (
        sa_select(day, unit, func.count())
        .where(
            at >= beijing_midnight(first),
            at < beijing_midnight(last + timedelta(days=1)),
            col(Consultation.verdict) == Verdict.UNMATCHED,
        )
        .group_by(day, unit)
    )


def _told(first: date, last: date, least: int) -> Select[tuple[date, int | None, int]]:
    at = col(Choice.created_at)
    day, pair = beijing_date(at).label("day"), col(Choice.pair_id)
    is_then = at >= beijing_midnight(first), at < beijing_midnight(last + timedelta(days=1))
    often = (
        sa_select(pair)
        .where(*is_then, pair.is_not(None))
        .group_by(beijing_date(at), pair)
        .having(func.count() >= least)
    )
    counted = sa_select(day, pair, func.count()).where(*is_then, pair.in_(often))
    return counted.group_by(day, pair)


def _first_day(session: Session) -> date | None:
    first = session.exec(select(func.min(Consultation.created_at))).one()
    # The first day is rarely a whole one.
    return None if first is None else beijing_day(first) + timedelta(days=1)


def _store(session: Session, burst: Burst, now: datetime) -> bool:
    is_answer = burst.kind is AlarmKind.SAME_ANSWER
    row = {
        "day": burst.day,
        "kind": burst.kind,
        "subject": burst.subject,
        "pair_id": int(burst.subject) if is_answer else None,
        "count": burst.count,
        "expected": burst.limit.expected,
        "limit": burst.limit.above,
        "raised_at": now,
        "note": "",
    }
    known = select(TopicAlarm).where(
        TopicAlarm.day == burst.day,
        TopicAlarm.kind == burst.kind,
        TopicAlarm.subject == burst.subject,
    )
    stored = session.exec(known).first()
    if stored is not None:
        if stored.count != burst.count:
            stored.count = burst.count
            session.add(stored)
            session.flush()
        return False
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(TopicAlarm)
        .values(row)
        .on_conflict_do_nothing(index_elements=["day", "kind", "subject"])
        .returning(col(TopicAlarm.id))
    )
    return session.execute(statement).first() is not None
