"""The limits a ledger is run by; they differ from place to place, so all are settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_service.vocabulary import EntryKind

UNREACHED_DAYS = 3
"""Attempts on as many different days close an entry whose asker cannot be reached."""


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """Working days an entry may take, by kind, be returned in, and be extended by; see settings.

    ``repeat_days`` and ``correction_callback_days`` are calendar days.
    """

    answer_workdays: int = 5
    kind_workdays: Mapping[EntryKind, int] = field(default_factory=dict)
    return_workdays: int = 2
    extension_workdays: int = 10
    repeat_days: int = 90
    correction_callback_days: int = 30

    def limit_of(self, kind: EntryKind) -> int:
        """The limit (办理时限) of a kind, in working days."""
        return self.kind_workdays.get(kind, self.answer_workdays)
