"""What the tests of faults share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from forked_service import Home, Nursery, make_home, open_nursery
from sqlalchemy import Engine

from qa_service.services import open_calendar
from qa_service.settings import Settings
from qa_service.workdays.calendar import WorkCalendar


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as nursery:
        yield nursery


@pytest.fixture
def calendar(settings: Settings) -> WorkCalendar:
    return open_calendar(settings)


@pytest.fixture
def home_on_sqlite(tmp_path: Path) -> Iterator[Home]:
    home = make_home(tmp_path)
    yield home
    home.database.dispose()


@pytest.fixture
def home_on_postgres(tmp_path: Path, postgres_database: Engine) -> Iterator[Home]:
    home = make_home(tmp_path, postgres_database.url.render_as_string(hide_password=False))
    yield home
    home.database.dispose()
