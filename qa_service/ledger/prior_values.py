"""The values of an entry that an action replaced, stored with its event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import JsonValue

from qa_service.vocabulary import EntryState, RoutedBy

_Read = Callable[[Any], object]

_READERS: Mapping[str, _Read] = {
    "state": EntryState.from_storage,
    "unit_id": int,
    "routed_by": RoutedBy.from_storage,
    "assigned_at": datetime.fromisoformat,
    "informed_at": datetime.fromisoformat,
    "closed_at": datetime.fromisoformat,
    "extension_asked_at": datetime.fromisoformat,
    "joined_to_id": int,
    "pair_id": int,
    "pair_declined": str,
    "extended_workdays": int,
    "due_on": date.fromisoformat,
    "due_provisional": bool,
}
"""The columns that undoing an action restores, each with the reader of its stored form.

``was_overdue_on`` is not among them: it stays true whatever is undone.
"""


@dataclass(frozen=True, slots=True)
class PriorValues:
    """Columns of ``LedgerEntry`` by name, each with the value before the action."""

    values: Mapping[str, object]

    @classmethod
    def replaced_by(cls, changes: Mapping[str, object], entry: object) -> "PriorValues":
        """Return the present values of ``entry`` in the columns that ``changes`` sets."""
        return cls({name: getattr(entry, name) for name in changes if name in _READERS})

    def dump(self) -> dict[str, JsonValue]:
        """Return the values in the form stored."""
        return {name: _stored(value) for name, value in self.values.items()}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "PriorValues":
        """Return stored values; columns this release does not know are ignored."""
        known = {name: value for name, value in stored.items() if name in _READERS}
        return cls(
            {
                name: None if value is None else _READERS[name](value)
                for name, value in known.items()
            }
        )


def _stored(value: object) -> JsonValue:
    """Return a value of one of the columns in the form stored."""
    match value:
        case date():
            return value.isoformat()
        case None | str() | int():
            return value
    raise TypeError(value)
