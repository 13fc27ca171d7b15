"""Arithmetic with dates in SQL, alike on both databases."""

from typing import Any

from sqlalchemy import Date, literal
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
