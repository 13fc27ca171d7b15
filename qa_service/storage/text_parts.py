"""Texts within texts and lists of texts in SQL, case by case, alike on both databases."""

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class has_part(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """Whether a text contains another one literally: ``has_part(column, "低保")``."""

    type = Boolean()
    inherit_cache = True


class holds_text(GenericFunction[Any]):  # noqa: N801 - a function of SQL
    """Whether a JSON list of texts holds a text: ``holds_text(column, "低保")``."""

    type = Boolean()
    inherit_cache = True


@compiles(has_part, "sqlite")
def _part_in_sqlite(element: has_part, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    return f"(instr({compiler.process(element.clauses, **options)}) > 0)"


@compiles(has_part)
def _part_elsewhere(element: has_part, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    return f"(strpos({compiler.process(element.clauses, **options)}) > 0)"


@compiles(holds_text, "sqlite")
def _held_in_sqlite(element: holds_text, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    texts, text = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({text} IN (SELECT value FROM json_each({texts})))"  # noqa: S608 - compiled clauses


@compiles(holds_text)
def _held_elsewhere(element: holds_text, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy gives them
    texts, text = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({text} IN (SELECT json_array_elements_text({texts})))"
