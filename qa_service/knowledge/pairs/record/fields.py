"""The description of one field of an answer's content, and the values a field can hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from typing import Any, Self

from pydantic import JsonValue

from qa_service.knowledge.content_parts import Basis, Clarifying
from qa_service.vocabulary import Aspect

FieldItem = str | Basis | Clarifying
"""An item of a field that holds several."""

FieldValue = str | bool | date | tuple[FieldItem, ...] | None
"""The value of any field."""


class FieldKind(Enum):
    """The kind of a field's value, which decides how it is read, checked and written."""

    AREA = auto()
    """The key of a policy area; tables show its name."""
    UNIT = auto()
    """The key of a unit; tables show its name."""
    LINE = auto()
    """A text on one line."""
    PARAGRAPHS = auto()
    """A text that keeps its line breaks."""
    DAY = auto()
    """A date, or None where the field is optional."""
    LINES = auto()
    """Texts of one line each, one to a line of a cell."""
    WORDS = auto()
    """Short texts, several to a line."""
    CITATIONS = auto()
    """``Basis`` items."""
    CLARIFYING = auto()
    """``Clarifying`` items."""
    FLAG = auto()
    """True or False."""
    ASPECT = auto()
    """An ``Aspect``, or None where the author stated none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentField:
    """A field of an answer's content, as forms, files and REST know it.

    ``limit`` is the largest number of characters of a text or of each of its items,
    ``count`` the largest number of items; 0 sets no limit. ``label`` and ``width`` are the
    heading and width of its column in a table, ``guide`` is the help text of the column,
    ``description`` the documentation of the field in REST. ``diff_order`` is its position
    when two versions are compared, None to leave it out. A field added in a later release
    has ``hashed_when_empty`` False, so that contents without it keep their hashes.
    """

    name: str
    kind: FieldKind
    label: str
    guide: str = ""
    width: int = 0
    required: bool = False
    limit: int = 0
    count: int = 0
    diff_order: int | None = None
    description: str | None = None
    hashed_when_empty: bool = False
    label_on_pages: str | None = None
    name_on_wire: str | None = None

    @property
    def wire_name(self) -> str:
        """Return its name in REST and in files."""
        return self.name_on_wire or self.name

    @property
    def page_label(self) -> str:
        """Return its name on pages."""
        return self.label_on_pages or self.label


class ContentValues:
    """Access by name to the values of a dataclass whose fields a table describes."""

    __slots__ = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the content with these values by field name.

        Raises TypeError for an unknown field and for a required one that is missing.
        """
        return cls(**values)

    def value(self, name: str) -> FieldValue:
        """Return the value of the field ``name``; raises AttributeError for an unknown one."""
        value: FieldValue = getattr(self, name)
        return value

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the values of several fields by name, as the columns of a table take them."""
        return {name: getattr(self, name) for name in names}

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """Return the content with these values in place of its own."""
        return replace(self, **values)  # type: ignore[type-var]  # subclasses are dataclasses


def to_json(value: FieldValue) -> JsonValue:
    """Return ``value`` as a JSON value: dates as ISO 8601, items as strings or objects."""
    match value:
        case date():
            return value.isoformat()
        case tuple():
            return [item if isinstance(item, str) else item.dump() for item in value]
        case _:
            return value


def from_json(kind: FieldKind, stored: Any) -> FieldValue:  # noqa: ANN401 - as JSON gives it
    """Return the field value encoded by ``to_json``; raises ValueError for an invalid date."""
    match kind:
        case FieldKind.DAY:
            return None if stored is None else date.fromisoformat(stored)
        case FieldKind.LINES | FieldKind.WORDS:
            return tuple(stored)
        case FieldKind.CITATIONS:
            return tuple(Basis.load(one) for one in stored)
        case FieldKind.CLARIFYING:
            return tuple(Clarifying.load(one) for one in stored)
        case FieldKind.ASPECT:
            return None if stored is None else Aspect.from_storage(stored)
    value: FieldValue = stored
    return value


def texts_of(value: FieldValue) -> Iterator[str]:
    """Yield the texts an author wrote in ``value``; for a citation, only its article."""
    match value:
        case str():
            yield value
        case tuple():
            for item in value:
                yield from _item_texts(item)


def _item_texts(item: FieldItem) -> tuple[str, ...]:
    """Return the texts an author wrote in one item."""
    match item:
        case Basis():
            return (item.article or "",)
        case Clarifying():
            return (item.question, item.if_yes, item.if_no)
        case _:
            return (item,)
