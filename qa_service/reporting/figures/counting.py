"""Counts the figures of the table for a period, and beside them those of the period before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from qa_service.errors import NotFoundError
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
from qa_service.reporting.figures.sources.at_once import Wanted, count_at_once
from qa_service.reporting.figures.sources.sql_source import SQLSource
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
    [values] = _count(session, [_Asked(scope, figures, counted or {})])
    return values


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
    asked = [_Asked(scope, figures, counted or {}), _Asked(scope.before(), of_period, {})]
    now, earlier = _count(session, asked)
    before = {one.name: one for one in earlier}
    return [Compared(one, before.get(one.name, FigureValue(one.name, None, None))) for one in now]


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
    if not scope.is_recorded:
        return {}
    found: dict[Key, dict[str, FigureValue]] = {}
    wanted = [figure for figure in figures if by in figure.source.dimensions]
    for source_figures in _by_source(wanted):
        source = source_figures[0].source
        every = source_figures if totals is None else _all_of(source)
        [counted] = source.count(session, [scope], every, by)
        if totals is not None and not _lacks_areas(source, scope):
            totals |= {one.name: _total(one.name, counted) for one in every}
        for key, tallies in counted.items():
            held = found.setdefault(key, {})
            held |= {
                one.name: _value(one, tallies.get(one.name, _NOTHING)) for one in source_figures
            }
    for held in found.values():
        for figure in wanted:
            held.setdefault(figure.name, _value(figure, _NOTHING))
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


def shown_value(measure: Measure, value: float | None) -> str:
    """Return a value as people read it, with its unit of measure; 无数据 for None."""
    if value is None:
        return NO_DATA
    if measure is Measure.SHARE:
        return f"{value:.1f}%"
    return f"{value:,.0f}" if measure is Measure.COUNT else f"{value:.1f} {measure.label}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Figures asked for of one period; those ``counted`` are known."""

    scope: Scope
    figures: Sequence[Figure]
    counted: Mapping[str, Tally]

    def of(self, source: Source) -> list[Figure]:
        """Return the figures that are to be counted from ``source``."""
        if not self.scope.is_recorded:
            return []
        found = (figure for figure in self.figures if figure.source is source)
        return [figure for figure in found if figure.name not in self.counted]


def _count(session: Session, asked: Sequence[_Asked]) -> list[list[FigureValue]]:
    """Return the values asked for; each source is asked once for all periods."""
    known: list[dict[str, Tally]] = [dict(one.counted) for one in asked]
    wanted = list(_wanted(asked))
    for one, found in zip(wanted, _found(session, wanted), strict=True):
        for place, scope, tallies in zip(one.places, one.scopes, found, strict=True):
            if tallies or not _lacks_areas(one.source, scope):
                known[place] |= {name: tallies.get(name, _NOTHING) for name in one.names}
    return [
        [_value(figure, held.get(figure.name)) for figure in one.figures]
        if one.scope.is_recorded
        else [FigureValue(figure.name, None, None) for figure in one.figures]
        for one, held in zip(asked, known, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _OfSource:
    """The figures of one source, and the ``places`` of those who ask for them, by scope."""

    source: Source
    figures: tuple[Figure, ...]
    places: tuple[int, ...]
    scopes: tuple[Scope, ...]

    @property
    def names(self) -> list[str]:
        return [figure.name for figure in self.figures]


def _wanted(asked: Sequence[_Asked]) -> Iterator[_OfSource]:
    """Yield what is to be counted, source by source."""
    sources = {figure.source.key: figure.source for one in asked for figure in one.figures}
    for source in sources.values():
        found = {place: figures for place, one in enumerate(asked) if (figures := one.of(source))}
        named = {figure.name: figure for held in found.values() for figure in held}
        if found:
            scopes = tuple(asked[place].scope for place in found)
            yield _OfSource(source, tuple(named.values()), tuple(found), scopes)


def _found(session: Session, wanted: Sequence[_OfSource]) -> list[Sequence[Mapping[str, Tally]]]:
    """Return the tallies by scope; the sources that the database counts answer at once."""
    at_once = {
        place: Wanted(one.source, one.scopes, one.figures)
        for place, one in enumerate(wanted)
        if isinstance(one.source, SQLSource)
    }
    counted = dict(zip(at_once, count_at_once(session, list(at_once.values())), strict=True))
    return [
        counted[place]
        if place in counted
        else [tallies.get("", {}) for tallies in one.source.count(session, one.scopes, one.figures)]
        for place, one in enumerate(wanted)
    ]


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


def _value(figure: Figure, tally: Tally | None) -> FigureValue:
    """Return the value of a tally; None where nothing is known."""
    if tally is None:
        return FigureValue(figure.name, None, None)
    is_count = figure.measure is Measure.COUNT
    return FigureValue(figure.name, tally.numerator, None if is_count else tally.denominator)
