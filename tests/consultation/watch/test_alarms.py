"""Alarms of emerging topics: a burst above its weekday's baseline, and nothing smaller."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from actors import person
from desk import MORNING
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.clock import BEIJING
from qa_service.consultation.models import Consultation
from qa_service.consultation.watch.alarms import (
    InvalidAlarmNoteError,
    bursts_now,
    find_bursts,
    list_alarms,
    raise_alarms,
    settle_alarm,
    weekly_fires,
)
from qa_service.consultation.watch.bursts import baseline_days, is_burst, limit_of
from qa_service.consultation.watch.models import AlarmKind, TopicAlarm
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, Role, Verdict
from qa_service.workdays.calendar import WorkCalendar

TUESDAY = date(2026, 11, 24)
EDITOR: Actor = person("编辑甲", Authority.of({Role.EDITOR}))


def ask(session: Session, day: date, times: int, unit: str | None = None) -> None:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=BEIJING)
    session.add_all(
        Consultation(
            id=f"{day:%Y%m%d}-{unit}-{number}",
            channel=Channel.HOTLINE,
            question=f"新问题{number}",
            verdict=Verdict.UNMATCHED,
            confidence=0.1,
            nearest_unit=unit,
            operator="坐席甲",
            created_at=at + timedelta(minutes=number),
        )
        for number in range(times)
    )
    session.flush()


def usual_weeks(session: Session, counts: Iterable[int], unit: str | None = None) -> None:
    """The Tuesdays before, the latest first, and a first record before all of them."""
    for week, times in enumerate(counts, start=1):
        ask(session, TUESDAY - timedelta(weeks=week), times, unit)


class TestRule:
    def test_a_limit_is_three_deviations_above_the_mean_of_the_weekday(self) -> None:
        days = [TUESDAY - timedelta(weeks=week) for week in range(1, 9)]
        even = limit_of(dict.fromkeys(days, 9), days)
        assert even is not None
        assert (even.expected, even.above) == (9.0, 18.0)  # 9 + 3 * sqrt(9), a c chart
        scattered = limit_of(dict(zip(days, (0, 18) * 4, strict=True)), days)
        assert scattered is not None
        assert scattered.above > 37  # counts that scatter more than chance are given more room

    def test_too_few_weeks_and_small_counts_never_fire(self) -> None:
        days = [TUESDAY - timedelta(weeks=week) for week in range(1, 4)]
        assert limit_of({}, days) is None
        quiet = limit_of({}, [*days, TUESDAY - timedelta(weeks=4)])
        assert quiet is not None
        assert [is_burst(count, quiet, least=8) for count in (3, 4, 7, 8)] == [
            False, False, False, True,
        ]  # fmt: skip

    def test_holidays_are_not_compared_with_working_days(self, calendar: WorkCalendar) -> None:
        days = baseline_days(date(2026, 10, 13), date(2026, 1, 1), calendar)
        assert date(2026, 10, 6) not in days  # a Tuesday of the National Day holiday
        assert len(days) == 8
        assert baseline_days(date(2026, 10, 13), date(2026, 9, 1), calendar)[-1] >= date(2026, 9, 1)


class TestAlarms:
    def test_are_raised_once_and_grow_with_the_day(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            usual_weeks(session, (2, 1, 3, 2, 2, 1, 2, 2, 1), "tax")
            for count in (5, 9, 9):
                found = session.exec(select(Consultation.id)).all()
                today = [one for one in found if one.startswith("20261124")]
                at = len(today)
                session.add_all(
                    Consultation(
                        id=f"20261124-{number}",
                        channel=Channel.HOTLINE,
                        question=f"停气怎么办{number}",
                        verdict=Verdict.UNMATCHED,
                        confidence=0.1,
                        nearest_unit="tax",
                        operator="坐席甲",
                        created_at=MORNING - timedelta(minutes=number),
                    )
                    for number in range(at, max(at, count))
                )
                session.flush()
                bursts = bursts_now(session, calendar=calendar, now=MORNING, least=8)
                raise_alarms(session, bursts, now=MORNING)
            raised = {(one.kind, one.subject): one.count for one in list_alarms(session)}
            assert raised == {(AlarmKind.NO_MATCH, "tax"): 9, (AlarmKind.NO_MATCH, "*"): 9}

    def test_the_same_count_on_a_usual_tuesday_raises_none(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            usual_weeks(session, (9, 11, 8, 10, 9, 9, 12, 8, 9))
            ask(session, TUESDAY, 14)
            assert bursts_now(session, calendar=calendar, now=MORNING, least=8) == []

    def test_before_the_first_record_there_are_none(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            found = find_bursts(session, date(2026, 1, 1), TUESDAY, calendar=calendar, least=3)
            assert found == []
            assert dict(weekly_fires(found, TUESDAY, 3)) == {
                date(2026, 11, 9): 0, date(2026, 11, 16): 0, date(2026, 11, 23): 0,
            }  # fmt: skip

    def test_the_chart_counts_past_bursts_by_week(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            usual_weeks(session, (30, 2, 1, 3, 2, 2, 1, 2, 2, 1), "tax")
            first = TUESDAY - timedelta(weeks=3)
            found = find_bursts(session, first, TUESDAY, calendar=calendar, least=8)
            assert [count for _, count in weekly_fires(found, TUESDAY, 3)] == [0, 2, 0]

    def test_are_settled_with_what_was_done(self, ledger: Engine) -> None:
        with session_scope(ledger) as session:
            alarm = TopicAlarm(
                day=TUESDAY, kind=AlarmKind.NO_MATCH, subject="*", count=9, expected=1, limit=4,
                raised_at=MORNING,
            )  # fmt: skip
            session.add(alarm)
            session.flush()
            with pytest.raises(InvalidAlarmNoteError):
                settle_alarm(session, alarm.id or 0, " ", actor=EDITOR, now=MORNING)
            settle_alarm(session, alarm.id or 0, "已起草问答", actor=EDITOR, now=MORNING)
            assert (alarm.note, alarm.seen_by) == ("已起草问答", "编辑甲")
