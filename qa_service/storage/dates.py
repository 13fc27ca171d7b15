"""Arithmetic with dates in SQL, alike on both databases."""

from typing import Any

from sqlalchemy import Date, Float, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class days_before(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """The date a whole number of days before another: ``days_before(column, 30)``."""

    type = Date()
    inherit_cache = True


@compiles(days_before, "sqlite")
def _in_sqlite(element: days_before, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    day, days = element.clauses
    modifier = literal("-").op("||")(days).op("||")(" days")
    return f"date({compiler.process(day, **options)}, {compiler.process(modifier, **options)})"


@compiles(days_before)
def _elsewhere(element: days_before, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({day} - CAST({days} AS INTEGER))"


class beijing_date(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """The date in Beijing at an instant: ``beijing_date(column)``."""

    type = Date()
    inherit_cache = True


class beijing_hour(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """The hour of the day in Beijing, 0 to 23, at an instant: ``beijing_hour(column)``."""

    type = Integer()
    inherit_cache = True


class seconds_between(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """The seconds from one instant to a later one: ``seconds_between(first, later)``."""

    type = Float()
    inherit_cache = True


# Beijing has kept UTC+8 without daylight saving since 1991.
@compiles(beijing_date, "sqlite")
def _date_in_sqlite(element: beijing_date, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(beijing_date)
def _date_elsewhere(element: beijing_date, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    instant = compiler.process(element.clauses, **options)
    return f"CAST({instant} AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@compiles(beijing_hour, "sqlite")
def _hour_in_sqlite(element: beijing_hour, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    instant = compiler.process(element.clauses, **options)
    return f"CAST(strftime('%H', {instant}, '+8 hours') AS INTEGER)"


@compiles(beijing_hour)
def _hour_elsewhere(element: beijing_hour, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    instant = compiler.process(element.clauses, **options)
    return f"CAST(EXTRACT(HOUR FROM {instant} AT TIME ZONE 'Asia/Shanghai') AS INTEGER)"


@compiles(seconds_between, "sqlite")
def _seconds_in_sqlite(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    first, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({later}) - julianday({first})) * 86400.0)"


@compiles(seconds_between)
def _seconds_elsewhere(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    first, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({later} - {first})) AS DOUBLE PRECISION)"
