"""An empty ledger with the directory of units, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import datetime

import pytest
from actors import person
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.units import UnitContent, store_unit
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.services import open_calendar
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea
from qa_service.workdays.calendar import WorkCalendar

Register = Callable[..., LedgerEntry]

UNITS = (
    UnitContent("pensions", "甲区社保局", (PolicyArea.ELDERLY_CARE,)),
    UnitContent("tax", "甲区税务局", (PolicyArea.TAXATION,)),
    UnitContent("office", "甲区政务服务办", (), is_default=True),
)


def store_units(engine: Engine) -> None:
    with session_scope(engine) as session:
        for unit in UNITS:
            store_unit(session, unit)


def make_registration(
    received_at: datetime, *, area: PolicyArea | None = None, asker_id: int | None = None
) -> Registration:
    question = "外商投资项目怎么备案？"
    return Registration(question, area, None, asker_id, received_at, terms=question[:-1])


@pytest.fixture
def calendar(settings: Settings) -> WorkCalendar:
    return open_calendar(settings)


@pytest.fixture
def ledger(database: Engine) -> Engine:
    store_units(database)
    return database


@pytest.fixture
def postgres_ledger(migrated_postgres: Engine) -> Engine:
    store_units(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def enter(calendar: WorkCalendar) -> Register:
    """Registers a question that came in at an instant."""

    def enter_one(
        session: Session,
        received_at: datetime,
        *,
        area: PolicyArea | None = None,
        now: datetime | None = None,
        asker_id: int | None = None,
    ) -> LedgerEntry:
        registration = make_registration(received_at, area=area, asker_id=asker_id)
        unit = route(session, area=area, nearest_unit=None)
        return register(
            session,
            registration,
            route=unit,
            calendar=calendar,
            workdays=5,
            actor=person("坐席甲"),
            now=now or received_at,
        )

    return enter_one
