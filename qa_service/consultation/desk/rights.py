"""The tables that the process of the public desk writes to: those of its three acts alone.

A question is recorded with its search and becomes an entry with its asker, as a correction does;
the satisfaction with a reply becomes a call, that with an answer a count.
"""

from collections.abc import Mapping
from types import MappingProxyType

from qa_service.storage.limited_writes import ADD, CHANGE

DESK_RIGHTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "public_question": CHANGE,
        "answer_rating": CHANGE,
        "consultation": CHANGE,
        "choice": ADD,
        "asker": ADD,
        "callback": ADD,
        "ledger_entry": CHANGE,
        "ledger_event": ADD,
        "ledger_sequence": CHANGE,
        "outbox_event": ADD,
    }
)
"""For PostgreSQL ``docs/operations.md`` grants the same."""
