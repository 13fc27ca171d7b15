"""Exports whole tables as JSONL, row by row in primary-key order."""

import json
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Table, select
from sqlmodel import Session

from qa_service.storage.column_types import StoredItem

FETCHED = 1_000
"""Rows in memory at a time."""


def export_table(
    session: Session, table: Table, path: Path, *, leave_out: Collection[str] = ()
) -> int:
    """Write ``table`` to ``path``, one JSON object a line; return the number of rows.

    Columns in ``leave_out`` are omitted. Times are RFC 3339 in UTC.
    """
    columns = [column for column in table.columns if column.name not in leave_out]
    statement = select(*columns).order_by(*table.primary_key.columns)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in session.execute(statement.execution_options(yield_per=FETCHED)):
            held = dict(zip((column.name for column in columns), row, strict=True))
            file.write(json.dumps(held, ensure_ascii=False, default=_plain) + "\n")
            count += 1
    return count


def _plain(value: object) -> object:
    """Return a stored value as JSON takes it; raises TypeError for one it cannot."""
    if isinstance(value, StoredItem):
        return value.dump()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be exported")
