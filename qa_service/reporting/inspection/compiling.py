"""Compiles an inspection package in one read transaction: all of it is of one moment."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, func, select

from qa_service.accounts.units import list_units
from qa_service.knowledge.task_models import Task
from qa_service.reporting.figures.counting import (
    NOT_RECORDED,
    Compared,
    FigureValue,
    break_down,
    compare_figures,
)
from qa_service.reporting.figures.period import invalid_period
from qa_service.reporting.figures.scope import Dimension, Key, Scope
from qa_service.reporting.figures.table import BY_NAME
from qa_service.reporting.inspection.content import FrozenFigure, PackageContent, UnitLine
from qa_service.reporting.inspection.cross_off_sources import SOURCES
from qa_service.reporting.inspection.crossing_off import Wanted, list_lines
from qa_service.reporting.inspection.lists import Names, overdue_lines, returned_lines
from qa_service.reporting.inspection.texts import (
    NoticeRule,
    UnitValues,
    notice_text,
    yearly_text,
)

UNIT_FIGURES = (
    "entries",
    "response_rate",
    "on_time_rate",
    "average_workdays",
    "once_overdue",
    "overdue_waiting",
    "returns",
    "extensions",
    "coverage_rate",
    "clean_up_rate",
)
"""The figures of each unit; with place and name they fill the twelve columns of a sheet."""


def compile_package(session: Session, scope: Scope, rule: NoticeRule) -> PackageContent:
    """Return the package of all units for the period of ``scope``.

    Raises InvalidPeriodError where neither records nor tasks reach into the period: a package is
    kept for good, and one without a figure or a task says nothing.
    """
    if not scope.is_recorded and not _has_tasks(session, scope):
        raise invalid_period("until", f"{scope.period.label}{NOT_RECORDED}，没有可编制的数字")
    compared = compare_figures(session, scope)
    values = {one.now.name: one.now for one in compared}
    wanted = [BY_NAME[name] for name in UNIT_FIGURES]
    by_unit = break_down(session, scope, Dimension.UNIT, wanted)
    units = _units(session, by_unit)
    names = Names.of(session)
    return PackageContent(
        title=f"{scope.period.label}政策咨询监督检查报表",
        label=scope.period.label,
        compiled_on=scope.today,
        figures=tuple(_frozen(one) for one in compared),
        unit_figures=tuple((one.name, one.label, one.measure.value) for one in wanted),
        units=tuple(
            UnitLine(key, unit.name, tuple(unit.values[name].value for name in UNIT_FIGURES))
            for key, unit in units
        ),
        overdue=overdue_lines(session, scope, names),
        returned=returned_lines(session, scope, names),
        crossing_off=tuple(
            one.line for one in list_lines(session, SOURCES, scope, names, Wanted())
        ),
        notice=notice_text(scope.period, values, [unit for _, unit in units], rule),
        yearly_report=yearly_text(scope.period, values),
    )


def _has_tasks(session: Session, scope: Scope) -> bool:
    """Return whether a task was given by the end of the period, which is not ahead."""
    first = session.exec(select(func.min(Task.opened_at))).one()
    is_given = first is not None and first < scope.period.ends_at
    return is_given and scope.period.first <= scope.today


def _units(
    session: Session, by_unit: Mapping[Key, Mapping[str, FigureValue]]
) -> Sequence[tuple[str, UnitValues]]:
    """Return every unit in use, and those retired that have something to show, by name."""
    nothing = {name: FigureValue(name, None, None) for name in UNIT_FIGURES}
    return [
        (unit.key, UnitValues(unit.name, by_unit.get(unit.key, nothing)))
        for unit in list_units(session)
        if unit.is_active or unit.key in by_unit
    ]


def _frozen(compared: Compared) -> FrozenFigure:
    one, figure = compared.now, compared.now.figure
    return FrozenFigure(
        name=one.name,
        label=figure.label,
        measure=figure.measure.value,
        source=figure.source.label,
        numerator_text=figure.numerator,
        denominator_text=figure.denominator,
        excluded=figure.excluded,
        numerator=None if one.numerator is None else round(one.numerator, 3),
        denominator=one.denominator,
        value=one.value,
        before=compared.before.value,
        change=compared.change,
    )
