"""Configurable time limits of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_service.vocabulary import EntryKind

UNREACHED_DAYS = 3
"""Number of different days with a failed call after which an asker counts as unreachable."""


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """Limits in working days for handling (by kind), return, opinion, extension; see the settings.

    ``repeat_days`` and ``correction_callback_days`` are calendar days.
    """

    answer_workdays: int = 5
    kind_workdays: Mapping[EntryKind, int] = field(default_factory=dict)
    return_workdays: int = 2
    extension_workdays: int = 10
    opinion_workdays: int = 2
    repeat_days: int = 90
    correction_callback_days: int = 90

    def limit_of(self, kind: EntryKind) -> int:
        """Return the time limit (办理时限) of a kind of entry, in working days."""
        return self.kind_workdays.get(kind, self.answer_workdays)
