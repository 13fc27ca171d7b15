"""Column types that behave alike on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from qa_service.vocabulary import LabelledEnum


@runtime_checkable
class Dumpable(Protocol):
    """A value that is stored as JSON."""

    def dump(self) -> dict[str, Any]:
        """Return the value as a JSON object."""
        ...


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides of the database, stored in UTC.

    Raises ValueError for a naive value, which would silently mean another hour.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC, ready to be stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored instant, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumValue(TypeDecorator[LabelledEnum]):
    """A labelled enum stored as its value: readable in the database, no native type to migrate.

    ``length`` is the column's width in characters. Only members are written; a stored value
    that this release does not know is read as ``LabelledEnum.from_storage`` gives it.
    """

    impl = String
    cache_ok = True

    def __init__(self, members: type[LabelledEnum], length: int = 32) -> None:
        super().__init__(length)
        self.members = members

    def process_bind_param(self, value: LabelledEnum | None, dialect: Dialect) -> str | None:
        """Return the value to be stored; raises ValueError if it is no member."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> LabelledEnum | None:
        """Return the stored member."""
        return None if value is None else self.members.from_storage(value)


class EnumList(TypeDecorator[list[LabelledEnum]]):
    """A list of members of a labelled enum, stored as a JSON array of their values.

    Only members are written; unknown stored values are read as with ``EnumValue``.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, members: type[LabelledEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(
        self, value: list[LabelledEnum] | None, dialect: Dialect
    ) -> list[str] | None:
        """Return the values to be stored; raises ValueError if one is no member."""
        return None if value is None else [self.members(one).value for one in value]

    def process_result_value(
        self, value: list[str] | None, dialect: Dialect
    ) -> list[LabelledEnum] | None:
        """Return the stored members, in the order stored."""
        return None if value is None else [self.members.from_storage(one) for one in value]


class JsonRecord(TypeDecorator[object]):
    """A frozen value, or a tuple of them, stored as JSON and loaded as its type again.

    ``load`` makes the value from what is stored, in the format of any release.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, load: Callable[[Any], object]) -> None:
        super().__init__()
        self.load = load

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        """The JSON to be stored; raises TypeError for a value that cannot be dumped."""
        if value is None:
            return None
        if isinstance(value, tuple):
            return [_dumped(one) for one in value]
        return _dumped(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        """The stored value."""
        return None if value is None else self.load(value)


def _dumped(value: object) -> dict[str, Any]:
    if not isinstance(value, Dumpable):
        raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
    return value.dump()
