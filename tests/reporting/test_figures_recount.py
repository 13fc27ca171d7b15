"""Every figure of the table, counted again from all rows in plain Python over random histories."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from random_histories import AREAS, NOW, UNITS, History, unit_keys
from random_tasks import write_tasks
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from qa_service.accounts.models import UnitArea
from qa_service.clock import BEIJING
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.sending.models import SentAnswer
from qa_service.knowledge.coverage.counting import PublishedCounts
from qa_service.knowledge.models import PairChange, PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.task_models import Task, TaskState
from qa_service.knowledge.upkeep_models import Contradiction, Media, ReworkTask, Topic
from qa_service.ledger.models import Callback, LedgerEntry, LedgerEvent
from qa_service.reporting.figures.contract import Measure, Part, Tally
from qa_service.reporting.figures.counting import (
    FigureValue,
    break_down,
    compare_figures,
    count_figures,
    figure_rows,
)
from qa_service.reporting.figures.period import Period, quarter_of, year_until
from qa_service.reporting.figures.scope import Dimension, Key, Scope, open_scope
from qa_service.reporting.figures.table import BY_NAME, FIGURES
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import (
    Action,
    CallOutcome,
    EntryKind,
    EntryState,
    PairStatus,
    Validity,
    Verdict,
)
from qa_service.workdays.calendar import WorkCalendar

SEEDS = (3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (14, 159)))
PERIODS = (
    quarter_of(date(2026, 8, 1)),
    quarter_of(date(2026, 11, 24)),
    year_until(date(2026, 9, 30)),
    Period(date(2026, 9, 29), date(2026, 10, 2)),
)
VOIDED, DONE = EntryState.VOIDED, EntryState.CLOSED
ACCEPTED = {EntryState.ACCEPTED, EntryState.DRAFTED, EntryState.APPROVED, EntryState.INFORMED, DONE}


def day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


@dataclass
class Item:
    """Something counted: how much it adds, whether it is in the numerator, and what it is of."""

    is_counted: bool
    unit: str = ""
    area: str | None = None
    channel: str = ""
    at: datetime | None = None
    amount: float = 1


@dataclass
class Raw:
    """All rows, as Python lists, and the period asked about."""

    session: Session
    period: Period
    calendar: WorkCalendar

    def __post_init__(self) -> None:
        self.today = day(NOW)
        self.units = unit_keys(self.session)
        self.entries = self.all(LedgerEntry)
        self.events = self.all(LedgerEvent)
        self.consultations = self.all(Consultation)
        self.choices = {one.consultation_id: one for one in self.all(Choice)}
        self.pairs = {one.id: one for one in self.all(QAPair)}
        self.undone = {one.details.undone for one in self.events if one.details.undone}

    def all(self, model: type[SQLModel]) -> list[Any]:
        return list(self.session.exec(select(model)).all())

    def holds(self, when: date | datetime | None) -> bool:
        if when is None:
            return False
        on = day(when) if isinstance(when, datetime) else when
        return self.period.first <= on <= self.period.last

    def is_later(self, when: datetime | None) -> bool:
        """Whether it happened after the period, or has not."""
        return when is None or day(when) > self.period.last

    def is_begun(self, when: datetime) -> bool:
        return day(when) <= self.period.last

    def of_entry(self, entry: LedgerEntry, is_counted: bool, **given: Any) -> Item:
        place = {"unit": self.units[entry.unit_id], "area": entry.area, "at": entry.received_at}
        channel = entry.channel.value if entry.channel else ""
        return Item(is_counted, **{**place, "channel": channel, **given})

    def of_pair(self, pair: QAPair, is_counted: bool, **given: Any) -> Item:
        return Item(is_counted, **{"unit": self.units[pair.unit_id], "area": pair.area, **given})

    def asked(self) -> Iterator[tuple[Consultation, Choice | None, Callable[[bool], Item]]]:
        for one in self.consultations:
            if self.holds(one.created_at):

                def item(is_counted: bool, one: Consultation = one, **given: Any) -> Item:
                    unit, channel = one.nearest_unit or "", one.channel.value
                    return Item(is_counted, unit, one.area, channel, one.created_at, **given)

                yield one, self.choices.get(one.id), item

    def standing(self) -> Iterator[LedgerEntry]:
        return (one for one in self.entries if one.state is not VOIDED)

    def received(self) -> Iterator[LedgerEntry]:
        return (one for one in self.standing() if self.holds(one.received_at))

    def expired(self) -> Iterator[tuple[LedgerEntry, bool]]:
        for one in self.standing():
            due = one.was_overdue_on or one.due_on
            ended = one.informed_at or one.closed_at
            if self.holds(due) and due < self.today:
                yield one, ended is not None and day(ended) <= due

    def waiting(self) -> Iterator[LedgerEntry]:
        for one in self.standing():
            if self.is_begun(one.received_at) and self.is_later(one.informed_at or one.closed_at):
                yield one

    def moves(self, verb: Action) -> Iterator[Item]:
        entries = {one.id: one for one in self.entries}
        for event in self.events:
            entry = entries[event.entry_id]
            if (
                event.id in self.undone
                or event.verb not in (Action.RETURN, Action.EXTEND)
                or entry.state is VOIDED
                or not self.holds(event.occurred_at)
            ):
                continue
            unit = self.units[self.unit_then(entry, event)]
            yield self.of_entry(entry, event.verb is verb, unit=unit, at=event.occurred_at)

    def unit_then(self, entry: LedgerEntry, event: LedgerEvent) -> int:
        for later in sorted(self.events, key=lambda one: one.id or 0):
            is_later = later.entry_id == entry.id and (later.id or 0) > (event.id or 0)
            if is_later and later.prior and later.prior.values.get("unit_id") is not None:
                return int(str(later.prior.values["unit_id"]))
        return entry.unit_id

    def was_accepted(self, entry: LedgerEntry) -> bool:
        taken = [
            one.occurred_at
            for one in self.events
            if one.entry_id == entry.id
            and one.verb in (Action.ACCEPT, Action.JOIN)
            and one.to_state in ACCEPTED
        ]
        return entry.state in ACCEPTED and any(not self.is_later(at) for at in taken)

    def was_searched(self, entry: LedgerEntry) -> bool:
        searched = {one.id: one.created_at for one in self.consultations}
        registered = min(
            one.occurred_at
            for one in self.events
            if one.entry_id == entry.id and one.verb is Action.REGISTER
        )
        at = searched.get(entry.consultation_id or "")
        return at is not None and at <= registered

    def workdays(self, entry: LedgerEntry) -> int:
        ended = day(entry.informed_at or entry.closed_at)  # type: ignore[arg-type]
        on, total = day(entry.received_at), 0
        while on < ended:
            on += timedelta(days=1)
            total += self.calendar.day(on).is_workday
        return total

    def outcomes(self, entry: LedgerEntry) -> set[CallOutcome]:
        calls = self.all(Callback)
        return {
            one.outcome for one in calls if one.entry_id == entry.id and self.holds(one.called_at)
        }

    def ratings(self, entry: LedgerEntry) -> set[str]:
        return {
            one.satisfaction.label
            for one in self.all(Callback)
            if one.entry_id == entry.id and one.satisfaction and self.holds(one.called_at)
        }

    def topics(self) -> Iterator[Item]:
        leads = {one.area: self.units[one.unit_id] for one in self.all(UnitArea)}
        versions = {one.id: one for one in self.all(QAVersion)}
        for topic in self.all(Topic):
            about = [
                pair
                for pair in self.pairs.values()
                if pair.area == topic.area
                and pair.status is not PairStatus.WITHDRAWN
                and any(
                    word in versions[pair.current_version_id].question for word in topic.keywords
                )
            ]
            owners = Counter(self.units[pair.unit_id] for pair in about)
            unit = max(
                owners, key=lambda key: (owners[key], key), default=leads.get(topic.area, "")
            )
            is_told = any(not versions[pair.current_version_id].has_blanks for pair in about)
            yield Item(is_told, unit, topic.area)

    def told(self) -> Counter[int | None]:
        return Counter(one.pair_id for one in self.choices.values() if self.holds(one.created_at))


def verdicts(raw: Raw, verdict: Verdict) -> Iterable[Item]:
    return (item(one.verdict is verdict) for one, _, item in raw.asked())


def with_outcome(raw: Raw, outcome: ChoiceOutcome) -> Iterable[Item]:
    return (
        item(choice is not None and choice.outcome is outcome) for _, choice, item in raw.asked()
    )


def seconds(raw: Raw) -> Iterator[Item]:
    for one, choice, item in raw.asked():
        if choice is not None and choice.pair_id is not None:
            yield item(True, amount=(choice.created_at - one.created_at).total_seconds())  # type: ignore[call-arg]


def pairs_to_review(raw: Raw) -> Iterator[Item]:
    for pair in raw.pairs.values():
        if pair.status is PairStatus.PUBLISHED:
            is_due = pair.review_by is not None and pair.review_by <= raw.today
            kept = pair.confirmed_on and pair.review_by
            is_kept = bool(kept) and pair.confirmed_on >= pair.review_by - timedelta(days=30)
            yield raw.of_pair(pair, is_due and not is_kept)


def frequent(raw: Raw) -> Iterator[Item]:
    approved = {one.pair_id for one in raw.all(Media) if one.approved_at}
    for pair_id, times in raw.told().items():
        if pair_id is not None and times >= 10:
            pair = raw.pairs[pair_id]
            if pair.status is PairStatus.PUBLISHED:
                yield raw.of_pair(pair, pair_id in approved)


def documents(raw: Raw) -> Iterator[Item]:
    for one in raw.all(PolicyDocument):
        if one.validity in (Validity.IN_FORCE, Validity.AMENDED):
            is_fresh = one.confirmed_on and one.confirmed_on >= raw.today - timedelta(days=365)
            yield Item(bool(is_fresh), raw.units.get(one.unit_id, ""))


def tellings(raw: Raw) -> Iterator[Item]:
    channels = {one.id: one.channel.value for one in raw.consultations}
    for one in raw.choices.values():
        if one.pair_id is not None and raw.holds(one.created_at):
            channel = channels[one.consultation_id]
            yield raw.of_pair(raw.pairs[one.pair_id], True, channel=channel, at=one.created_at)


def tasks(raw: Raw) -> Iterator[Item]:
    for one in raw.all(Task):
        if one.state is TaskState.VOIDED or not raw.holds(one.due_on) or one.due_on >= raw.today:
            continue
        in_time = one.reported_at is not None and day(one.reported_at) <= one.due_on
        yield Item(one.state is TaskState.CLOSED and in_time, raw.units[one.unit_id])


def open_at_the_end(raw: Raw, begun: datetime, ended: datetime | None) -> bool:
    return raw.is_begun(begun) and raw.is_later(ended)


RECOUNT: dict[str, Callable[[Raw], Iterable[Item]]] = {
    "consultations": lambda raw: (item(True) for _, _, item in raw.asked()),
    "hit_rate": lambda raw: verdicts(raw, Verdict.ANSWERED),
    "choose_rate": lambda raw: verdicts(raw, Verdict.CHOOSE),
    "unmatched_rate": lambda raw: verdicts(raw, Verdict.UNMATCHED),
    "direct_answer_rate": lambda raw: (
        item(choice is not None and choice.pair_id is not None)
        for one, choice, item in raw.asked()
        if one.repeat_of is None
        and (choice is None or choice.outcome is not ChoiceOutcome.DISMISSED)
    ),
    "handling_seconds": seconds,
    "transferred": lambda raw: with_outcome(raw, ChoiceOutcome.TRANSFERRED),
    "dismissed": lambda raw: with_outcome(raw, ChoiceOutcome.DISMISSED),
    "tellings": tellings,
    "links_sent": lambda raw: (
        raw.of_pair(raw.pairs[one.pair_id], True, at=one.sent_at)
        for one in raw.all(SentAnswer)
        if raw.holds(one.sent_at)
    ),
    "task_on_time_rate": tasks,
    "entries": lambda raw: (raw.of_entry(one, True) for one in raw.received()),
    "corrections": lambda raw: (
        raw.of_entry(one, one.kind is EntryKind.CORRECTION) for one in raw.received()
    ),
    "search_first_rate": lambda raw: (
        raw.of_entry(one, raw.was_searched(one))
        for one in raw.received()
        if one.kind is EntryKind.CONSULTATION
    ),
    "response_rate": lambda raw: (
        raw.of_entry(one, raw.was_accepted(one)) for one in raw.received()
    ),
    "on_time_rate": lambda raw: (raw.of_entry(one, in_time) for one, in_time in raw.expired()),
    "once_overdue": lambda raw: (raw.of_entry(one, not in_time) for one, in_time in raw.expired()),
    "overdue_waiting": lambda raw: (
        raw.of_entry(
            one,
            (one.was_overdue_on or one.due_on) <= raw.period.last
            and (one.was_overdue_on or one.due_on) < raw.today,
        )
        for one in raw.waiting()
    ),
    "waiting": lambda raw: (raw.of_entry(one, True) for one in raw.waiting()),
    "average_workdays": lambda raw: (
        raw.of_entry(one, True, amount=raw.workdays(one))
        for one in raw.standing()
        if raw.holds(one.informed_at or one.closed_at)
    ),
    "returns": lambda raw: raw.moves(Action.RETURN),
    "extensions": lambda raw: raw.moves(Action.EXTEND),
    "voided": lambda raw: (
        raw.of_entry(one, True)
        for one in raw.entries
        if one.state is VOIDED and raw.holds(one.closed_at)
    ),
    "callback_success_rate": lambda raw: (
        raw.of_entry(one, CallOutcome.REACHED in raw.outcomes(one))
        for one in raw.standing()
        if raw.outcomes(one) & {CallOutcome.REACHED, CallOutcome.NOT_REACHED}
    ),
    "satisfaction_rate": lambda raw: (
        raw.of_entry(one, "不满意" not in raw.ratings(one))
        for one in raw.standing()
        if raw.ratings(one) & {"满意", "基本满意", "不满意"}
    ),
    "withdrawals": lambda raw: (
        raw.of_pair(raw.pairs[one.pair_id], True)
        for one in raw.all(PairChange)
        if one.kind is PairStatus.WITHDRAWN and raw.holds(one.changed_at)
    ),
    "coverage_rate": lambda raw: raw.topics(),
    "media_rate": frequent,
    "review_overdue_rate": pairs_to_review,
    "clean_up_rate": documents,
    "rework_open": lambda raw: (
        raw.of_pair(raw.pairs[one.pair_id], True, unit=raw.units[one.unit_id])
        for one in raw.all(ReworkTask)
        if open_at_the_end(raw, one.opened_at, one.closed_at)
    ),
    "contradictions_open": lambda raw: (
        raw.of_pair(raw.pairs[one.first_id], True)
        for one in raw.all(Contradiction)
        if open_at_the_end(raw, one.found_at, one.settled_at)
    ),
}

KEYS: dict[Dimension, Callable[[Item], Key]] = {
    Dimension.UNIT: lambda item: item.unit,
    Dimension.FIELD: lambda item: item.area or "",
    Dimension.CHANNEL: lambda item: item.channel,
    Dimension.DAY: lambda item: day(item.at) if item.at else "",
    Dimension.HOUR: lambda item: item.at.astimezone(BEIJING).hour if item.at else "",
}


def tally(items: Iterable[Item]) -> tuple[float, int]:
    listed = list(items)
    return round(sum(one.amount for one in listed if one.is_counted), 3), len(listed)


def tallied(value: FigureValue) -> tuple[float, int]:
    return round(value.numerator or 0, 3), value.denominator or 0


@pytest.fixture(params=SEEDS)
def history(request: pytest.FixtureRequest, ledger: Engine, calendar: WorkCalendar) -> Engine:
    with session_scope(ledger) as session:
        written = History(session, calendar, Random(request.param))  # noqa: S311
        written.write()
        write_tasks(written)
    return ledger


def scope_of(
    session: Session, period: Period, calendar: WorkCalendar, **within: str | None
) -> Scope:
    return open_scope(session, period, now=NOW, calendar=calendar, **within)


def test_every_figure_has_a_second_count() -> None:
    assert RECOUNT.keys() == BY_NAME.keys()


def test_every_figure_is_what_a_second_count_of_all_rows_gives(
    history: Engine, calendar: WorkCalendar
) -> None:
    seen: Counter[str] = Counter()
    with session_scope(history, read_only=True) as session:
        for period in PERIODS:
            raw = Raw(session, period, calendar)
            items = {name: list(recount(raw)) for name, recount in RECOUNT.items()}
            for unit in (None, *UNITS):
                for area in AREAS:
                    scope = scope_of(session, period, calendar, unit=unit, area=area)
                    for value in count_figures(session, scope):
                        wanted = [
                            one
                            for one in items[value.name]
                            if unit in (None, one.unit) and area in (None, one.area)
                        ]
                        if area and Dimension.FIELD not in value.figure.source.dimensions:
                            assert value.value is None
                            continue
                        total, held = tally(wanted)
                        is_count = value.figure.measure is Measure.COUNT
                        expected = (total, 0 if is_count else held)
                        assert tallied(value) == expected, (value.name, period, unit, area)
                        assert (value.value is None) is (not is_count and not held)
                        seen[value.name] += bool(total)
    # A figure that is nowhere more than nothing would agree with anything.
    assert len([name for name in BY_NAME if seen[name]]) >= len(BY_NAME) - 3


def test_figures_counted_at_once_are_what_each_gives_alone(
    history: Engine, calendar: WorkCalendar
) -> None:
    kept = PublishedCounts()
    with session_scope(history, read_only=True) as session:
        for unit, area in ((None, None), (UNITS[0], None), (None, AREAS[-1])):
            period = PERIODS[0]
            scope = scope_of(session, period, calendar, unit=unit, area=area)
            alone = [count_figures(session, scope, [figure])[0] for figure in FIGURES]
            for _ in range(2):
                keeping = replace(scope, published=kept)
                compared = compare_figures(session, keeping)
                assert [one.now for one in compared] == alone
                assert count_figures(session, keeping) == alone


def test_breakdowns_add_up_to_what_all_rows_give(history: Engine, calendar: WorkCalendar) -> None:
    with session_scope(history, read_only=True) as session:
        for period in PERIODS[:2]:
            raw = Raw(session, period, calendar)
            scope = scope_of(session, period, calendar)
            for by in Dimension:
                found = break_down(session, scope, by)
                for figure in FIGURES:
                    if by not in figure.source.dimensions:
                        assert all(figure.name not in held for held in found.values())
                        continue
                    items: dict[Key, list[Item]] = {}
                    for one in RECOUNT[figure.name](raw):
                        items.setdefault(KEYS[by](one), []).append(one)
                    is_count = figure.measure is Measure.COUNT
                    for key in {*found, *items}:
                        total, held = tally(items.get(key, ()))
                        expected = (total, 0 if is_count else held)
                        assert tallied(found[key][figure.name]) == expected, (figure.name, by, key)


def test_totals_of_a_breakdown_are_what_counting_by_itself_gives(
    history: Engine, calendar: WorkCalendar
) -> None:
    with session_scope(history, read_only=True) as session:
        scope = scope_of(session, PERIODS[0], calendar)
        alone = count_figures(session, scope)
        for by in Dimension:
            totals: dict[str, Tally] = {}
            break_down(session, scope, by, totals=totals)
            assert totals
            for one, other in zip(
                alone, count_figures(session, scope, counted=totals), strict=True
            ):
                assert tallied(one) == tallied(other), (one.name, by)


def test_the_rows_behind_a_figure_are_as_many_as_it_says(
    history: Engine, calendar: WorkCalendar
) -> None:
    with session_scope(history, read_only=True) as session:
        scope = scope_of(session, PERIODS[0], calendar)
        for value in count_figures(session, scope):
            figure = value.figure

            def rows(part: Part, figure: Any = figure) -> int:
                return len(figure_rows(session, scope, figure, part, limit=1_000))

            if figure.measure in (Measure.COUNT, Measure.SHARE):
                assert rows(Part.NUMERATOR) == value.numerator, figure.name
            if figure.measure is not Measure.COUNT:
                assert rows(Part.DENOMINATOR) == value.denominator, figure.name
            assert rows(Part.NUMERATOR) + rows(Part.REST) == rows(Part.DENOMINATOR), figure.name


def test_a_period_is_compared_with_the_one_before(history: Engine, calendar: WorkCalendar) -> None:
    with session_scope(history, read_only=True) as session:
        scope = scope_of(session, quarter_of(date(2026, 11, 1)), calendar)
        before = count_figures(session, scope_of(session, quarter_of(date(2026, 8, 1)), calendar))
        for one, earlier in zip(compare_figures(session, scope), before, strict=True):
            if one.now.figure.source.is_present:
                assert one.before.value is None
            else:
                assert one.before == earlier
