"""Counts the figures of the table for a period, and beside them those of the period before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, func, select

from qa_service.clock import beijing_day
from qa_service.consultation.models import Consultation
from qa_service.errors import NotFoundError
from qa_service.ledger.models import LedgerEntry
from qa_service.reporting.figures.contract import (
    Figure,
    Measure,
    Part,
    Source,
    SourceRow,
    Tallies,
    Tally,
)
from qa_service.reporting.figures.scope import Dimension, Key, Scope
from qa_service.reporting.figures.table import BY_NAME, FIGURES

NO_DATA = "无数据"
"""Shown where a figure has no value: nothing was counted, or its denominator is zero."""

NOT_RECORDED = "没有记录（早于第一条记录，或还没有到）"
"""What is said of a period that the records do not reach into."""

_NOTHING = Tally()


class FigureNotFoundError(NotFoundError):
    """No figure has this name."""

    code = "figure_not_found"
    title = "没有这项指标"


@dataclass(frozen=True, slots=True)
class FigureValue:
    """The value of a figure; ``value`` is None where it has none, never 0 instead.

    ``numerator`` and ``denominator`` are None outside the time of the records; a count has no
    denominator at any time.
    """

    name: str
    numerator: float | None
    denominator: int | None

    @property
    def figure(self) -> Figure:
        """Return the definition."""
        return BY_NAME[self.name]

    @property
    def value(self) -> float | None:
        """Return a share in per cent, a mean or a count, rounded to a decimal."""
        if self.numerator is None:
            return None
        if self.figure.measure is Measure.COUNT:
            return self.numerator
        if not self.denominator:
            return None
        share = self.numerator / self.denominator
        return round(100 * share if self.figure.is_share else share, 1)

    @property
    def shown(self) -> str:
        """Return the value as people read it."""
        return shown_value(self.figure.measure, self.value)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the period and of the period before."""

    now: FigureValue
    before: FigureValue

    @property
    def change(self) -> str:
        """Return the difference in Chinese: percentage points of a share; "" without both."""
        new, old = self.now.value, self.before.value
        if new is None or old is None:
            return ""
        step = round(new - old, 1)
        if not step:
            return "持平"
        unit = "个百分点" if self.now.figure.is_share else self.now.figure.measure.label
        # Words, because a sheet takes a leading plus sign for a formula.
        size = f"{abs(step):,.1f}".removesuffix(".0")
        return f"{'增' if step > 0 else '减'} {size} {unit}"


def count_figures(
    session: Session,
    scope: Scope,
    figures: Sequence[Figure] = FIGURES,
    *,
    counted: Mapping[str, Tally] | None = None,
) -> list[FigureValue]:
    """Return the values of ``figures`` in their order; those ``counted`` are not counted again."""
    if not is_recorded(session, scope):
        return [FigureValue(figure.name, None, None) for figure in figures]
    tallies: dict[str, Tally] = dict(counted or {})
    known: set[str] = set(tallies)
    for source_figures in _by_source(one for one in figures if one.name not in known):
        source = source_figures[0].source
        found = source.count(session, scope, source_figures, None)
        tallies |= found.get("", {})
        if found or not _lacks_areas(source, scope):
            known |= {figure.name for figure in source_figures}
    return [_value(figure, tallies.get(figure.name), figure.name in known) for figure in figures]


def compare_figures(
    session: Session,
    scope: Scope,
    figures: Sequence[Figure] = FIGURES,
    *,
    counted: Mapping[str, Tally] | None = None,
) -> list[Compared]:
    """Return ``figures`` beside those of the period before.

    A figure that is as of now whatever the period has nothing to compare with. ``counted`` are
    tallies of the period that a breakdown has given already.
    """
    of_period = [figure for figure in figures if not figure.source.is_present]
    before = {one.name: one for one in count_figures(session, scope.before(), of_period)}
    return [
        Compared(one, before.get(one.name, FigureValue(one.name, None, None)))
        for one in count_figures(session, scope, figures, counted=counted)
    ]


def break_down(
    session: Session,
    scope: Scope,
    by: Dimension,
    figures: Sequence[Figure] = FIGURES,
    *,
    totals: dict[str, Tally] | None = None,
) -> dict[Key, dict[str, FigureValue]]:
    """Return those of ``figures`` that can be broken down ``by`` the dimension, by its values.

    ``totals`` is given the tallies over all values, also of other figures of the same rows, so
    that a page that shows both counts the rows once.
    """
    if not is_recorded(session, scope):
        return {}
    found: dict[Key, dict[str, FigureValue]] = {}
    wanted = [figure for figure in figures if by in figure.source.dimensions]
    for source_figures in _by_source(wanted):
        source = source_figures[0].source
        every = source_figures if totals is None else _all_of(source)
        counted = source.count(session, scope, every, by)
        if totals is not None and not _lacks_areas(source, scope):
            totals |= {one.name: _total(one.name, counted) for one in every}
        for key, tallies in counted.items():
            held = found.setdefault(key, {})
            held |= {one.name: _value(one, tallies.get(one.name), True) for one in source_figures}
    for held in found.values():
        for figure in wanted:
            held.setdefault(figure.name, _value(figure, None, True))
    return found


def figure_rows(
    session: Session, scope: Scope, figure: Figure, part: Part, *, skip: int = 0, limit: int = 50
) -> list[SourceRow]:
    """Return the rows behind a figure, so that everybody can count them again."""
    return figure.source.rows(session, scope, figure, part, skip=skip, limit=limit)


def find_figure(name: str) -> Figure:
    """Return the figure of this name; raises FigureNotFoundError."""
    if name not in BY_NAME:
        raise FigureNotFoundError("没有这项指标，请从统计页的清单中选择")
    return BY_NAME[name]


def is_recorded(session: Session, scope: Scope) -> bool:
    """Return whether the period is one the records reach into: not before the first, not ahead."""
    firsts = [
        session.exec(select(func.min(Consultation.created_at))).one(),
        session.exec(select(func.min(LedgerEntry.received_at))).one(),
    ]
    days = [beijing_day(first) for first in firsts if first is not None]
    is_begun = bool(days) and min(days) <= scope.period.last
    return is_begun and scope.period.first <= scope.today


def shown_value(measure: Measure, value: float | None) -> str:
    """Return a value as people read it, with its unit of measure; 无数据 for None."""
    if value is None:
        return NO_DATA
    if measure is Measure.SHARE:
        return f"{value:.1f}%"
    return f"{value:,.0f}" if measure is Measure.COUNT else f"{value:.1f} {measure.label}"


def _by_source(figures: Iterable[Figure]) -> list[list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.source.key, []).append(figure)
    return list(found.values())


def _lacks_areas(source: Source, scope: Scope) -> bool:
    """Return whether an area is asked for and the rows have none: nothing is known then."""
    return bool(scope.area) and Dimension.FIELD not in source.dimensions


def _all_of(source: Source) -> list[Figure]:
    return [figure for figure in FIGURES if figure.source is source]


def _total(name: str, counted: Tallies) -> Tally:
    held = [tallies[name] for tallies in counted.values() if name in tallies]
    return Tally(sum(one.numerator for one in held), sum(one.denominator for one in held))


def _value(figure: Figure, tally: Tally | None, is_known: bool) -> FigureValue:
    """Return the value of a tally; without one nothing was counted."""
    if not is_known:
        return FigureValue(figure.name, None, None)
    tally = tally or _NOTHING
    is_count = figure.measure is Measure.COUNT
    return FigureValue(figure.name, tally.numerator, None if is_count else tally.denominator)
