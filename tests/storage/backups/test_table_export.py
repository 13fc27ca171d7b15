import json
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, Integer, MetaData, String, Table, insert
from sqlmodel import Session

from qa_service.clock import BEIJING
from qa_service.storage.backups.table_export import export_table
from qa_service.storage.column_types import UTCDateTime
from qa_service.storage.engine import open_engine

TABLE = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String),
    Column("secret", String),
    Column("day", Date),
    Column("at", UTCDateTime),
)


@pytest.mark.parametrize("rows", [0, 1, 2_500])
def test_every_row_is_written_in_order_without_what_is_left_out(tmp_path: Path, rows: int) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    TABLE.metadata.create_all(engine)
    at = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
    held = [
        {"id": rows - number, "name": "甲\n乙", "secret": "x", "day": date(2026, 1, 2), "at": at}
        for number in range(rows)
    ]
    with Session(engine) as session:
        if held:
            session.execute(insert(TABLE), held)
        path = tmp_path / "thing.jsonl"
        assert export_table(session, TABLE, path, leave_out=("secret",)) == rows
    written = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["id"] for row in written] == list(range(1, rows + 1))
    assert all(
        row
        == {"id": row["id"], "name": "甲\n乙", "day": "2026-01-02", "at": "2026-11-24T02:00:00Z"}
        for row in written
    )
    engine.dispose()
