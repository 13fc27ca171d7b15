"""A bank may begin empty, and stays so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from qa_service.cli.service import load_starter_bank, read_settings
from qa_service.services import open_database
from qa_service.storage.engine import session_scope

Command = Callable[..., Result]


def count(table: str) -> int:
    database = open_database(read_settings())
    with session_scope(database, read_only=True) as session:
        found = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
    database.dispose()
    return int(found)


@pytest.mark.parametrize("asked_for", [True, False])
def test_with_units_and_without_pairs(command: Command, home: Path, asked_for: bool) -> None:
    if not asked_for:
        (home / "corpus" / "qa_pairs.jsonl").write_text("\n", encoding="utf-8")
    settings = read_settings()
    database = open_database(settings)
    load_starter_bank(settings, database, empty=asked_for)
    database.dispose()
    assert count("qa_pair") == 0
    assert count("unit") > 0
    assert command("ask", "火星养老院怎么约").exit_code == 0
    assert count("qa_pair") == 0
