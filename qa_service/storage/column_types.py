"""Column types that behave alike on SQLite and PostgreSQL."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, Self, runtime_checkable

from pydantic import JsonValue
from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from qa_service.vocabulary import LabelledEnum


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, timezone-aware in Python and stored in UTC.

    Raises ValueError for a naive value, whose meaning would depend on the machine.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware instant to UTC for storage."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored instant, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumValue(TypeDecorator[LabelledEnum]):
    """A labelled enum stored as its value: readable in SQL, no native type to migrate.

    ``length`` is the column's width in characters. Only members are written; a stored value
    that this release does not know is read as ``LabelledEnum.from_storage`` gives it.
    """

    impl = String
    cache_ok = True

    def __init__(self, members: type[LabelledEnum], length: int = 32) -> None:
        super().__init__(length)
        self.members = members

    def process_bind_param(self, value: LabelledEnum | None, dialect: Dialect) -> str | None:
        """Return the value to store; raises ValueError if it is not a member."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> LabelledEnum | None:
        """Return the member whose value is stored."""
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


@runtime_checkable
class StoredItem(Protocol):
    """A value that a column stores as a JSON object."""

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the value that ``dump`` gave, in this release or an earlier one."""
        ...

    def dump(self) -> Mapping[str, JsonValue]:
        """Return the value as a JSON object."""
        ...


class JSONTexts(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts stored as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as JSON takes it
        """Return the array to be stored."""
        return None if value is None else list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ANN401 - as JSON gives it
        """Return the stored texts."""
        return None if value is None else tuple(value)


class JSONItems(TypeDecorator[tuple[StoredItem, ...]]):
    """A tuple of values of one type, stored as a JSON array of objects."""

    impl = JSON
    cache_ok = True

    def __init__(self, item: type[StoredItem]) -> None:
        super().__init__()
        self.item = item

    def process_bind_param(self, value: Iterable[StoredItem] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as JSON takes it
        """Return the array to be stored."""
        return None if value is None else [one.dump() for one in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[StoredItem, ...] | None:  # noqa: ANN401 - as JSON gives it
        """Return the stored values."""
        return None if value is None else tuple(self.item.load(one) for one in value)


class JSONItem(TypeDecorator[StoredItem]):
    """A value of one type, stored as a JSON object."""

    impl = JSON
    cache_ok = True

    def __init__(self, item: type[StoredItem]) -> None:
        super().__init__()
        self.item = item

    def process_bind_param(self, value: StoredItem | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as JSON takes it
        """Return the object to be stored."""
        return None if value is None else value.dump()

    def process_result_value(self, value: Any, dialect: Dialect) -> StoredItem | None:  # noqa: ANN401 - as JSON gives it
        """Return the stored value."""
        return None if value is None else self.item.load(value)
