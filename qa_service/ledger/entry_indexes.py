"""Indexes of the entries of the ledger, and the condition that one of them needs word for word."""

from sqlalchemy import ColumnElement, Index, literal_column, text

_UNFINISHED = "state NOT IN ('closed', 'voided')"
_UNTOLD = "informed_at IS NULL"
_RUNNING = text(f"{_UNFINISHED} AND {_UNTOLD}")


def is_running() -> ColumnElement[bool]:
    """Return the condition that an entry's limit still runs, written as its index has it."""
    unfinished: ColumnElement[bool] = literal_column(f"ledger_entry.{_UNFINISHED}")
    untold: ColumnElement[bool] = literal_column(f"ledger_entry.{_UNTOLD}")
    return unfinished & untold


def _index_of_present(name: str, column: str) -> Index:
    """Return an index on the rows alone that have a value in ``column``."""
    condition = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)


ENTRY_INDEXES = (
    Index("ix_ledger_entry_state_due", "state", "due_on"),
    # Few entries are joined or ask for more time: those that do not are in neither index.
    _index_of_present("ix_ledger_entry_joined_to_id", "joined_to_id"),
    _index_of_present("ix_ledger_entry_extension", "extension_asked_at"),
    # In the order of limits, those alone whose limit still runs.
    Index(
        "ix_ledger_entry_running",
        "due_on",
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    ),
    # Covers every column the board counts by, so that the rows are not read.
    Index("ix_ledger_entry_board", "unit_id", "state", "due_on", "informed_at"),
    # Covers what figures count by, for the same reason.
    Index(
        "ix_ledger_entry_figures",
        "received_at",
        "state",
        "unit_id",
        "kind",
        "area",
        "channel",
        "due_on",
        "was_overdue_on",
        "informed_at",
        "closed_at",
        "searched_at",
    ),
    # So do these for entries by when they ended and when they first were due.
    Index(
        "ix_ledger_entry_ended",
        text("coalesce(informed_at, closed_at)"),
        "state",
        "received_at",
        "unit_id",
        "area",
        "channel",
        "due_on",
        "was_overdue_on",
        "informed_at",
        "closed_at",
    ),
    Index(
        "ix_ledger_entry_first_due",
        text("coalesce(was_overdue_on, due_on)"),
        "state",
        "unit_id",
        "area",
        "channel",
        "received_at",
        "due_on",
        "was_overdue_on",
        "informed_at",
        "closed_at",
    ),
)
