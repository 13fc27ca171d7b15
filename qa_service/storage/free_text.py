"""The column type of free text: what somebody types is cleaned on its way into the database.

The function that cleans is given by the tables, because this room knows no texts. It works on
every way in: on rows of a session, whose attributes are replaced before they are written, so
that a row in memory says what the database says; and on values of statements.
"""

from collections.abc import Callable, Mapping
from functools import cache

from sqlalchemy import Connection, Dialect, String, Text, event
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class FreeText(TypeDecorator[str]):
    """Text of at most ``length`` characters (None: any number), passed through ``clean``.

    ``clean`` must be idempotent. What it makes longer than the column is cut off.
    """

    impl = String
    cache_ok = True

    def __init__(self, clean: Callable[[str], str], length: int | None = None) -> None:
        super().__init__(length)
        self.clean = clean
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return VARCHAR for a limited text, TEXT for any other."""
        return String(self.length) if self.length else Text()

    def cleaned(self, value: str) -> str:
        """Return ``value`` as it is stored."""
        return str(self.clean(value))[: self.length]

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the value to be stored."""
        return None if value is None else self.cleaned(value)

    def coerce_compared_value(self, op: OperatorType | None, value: object) -> TypeEngine[str]:
        """Compare with plain text: a search word is no value to be stored."""
        return String()


@event.listens_for(Mapper, "before_insert")
@event.listens_for(Mapper, "before_update")
def _clean_row(mapper: Mapper[object], _connection: Connection, row: object) -> None:
    """Clean the free text of a row that is about to be written."""
    for name, kind in _free_text_of(mapper).items():
        value = getattr(row, name)
        if isinstance(value, str) and (cleaned := kind.cleaned(value)) != value:
            setattr(row, name, cleaned)


@cache
def _free_text_of(mapper: Mapper[object]) -> Mapping[str, FreeText]:
    """Return the columns of free text of a table, by attribute."""
    return {
        attribute.key: attribute.columns[0].type
        for attribute in mapper.column_attrs
        if isinstance(attribute.columns[0].type, FreeText)
    }
