from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.accounts.units import UnitContent, list_units, store_unit
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

PENSIONS = UnitContent("pensions", "甲区社保局", (PolicyArea.ELDERLY_CARE, PolicyArea.EMPLOYMENT))
TAX = UnitContent("tax", "甲区税务局", (PolicyArea.TAXATION,))
OFFICE = UnitContent("office", "甲区政务服务办", is_default=True)


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        yield opened


def leads(session: Session) -> dict[PolicyArea, str]:
    statement = select(UnitArea.area, Unit.key).where(Unit.id == UnitArea.unit_id)
    return {PolicyArea(area): key for area, key in session.exec(statement).all()}


def defaults(session: Session) -> list[str]:
    return [unit.key for unit in list_units(session) if unit.is_default]


class TestStoreUnit:
    def test_a_new_unit_leads_its_fields(self, session: Session) -> None:
        assert store_unit(session, PENSIONS)
        assert leads(session) == {
            PolicyArea.ELDERLY_CARE: "pensions",
            PolicyArea.EMPLOYMENT: "pensions",
        }

    @pytest.mark.parametrize("unit", [PENSIONS, OFFICE])
    def test_the_same_again_changes_nothing(self, session: Session, unit: UnitContent) -> None:
        store_unit(session, unit)
        assert not store_unit(session, unit)

    def test_a_new_name_and_other_fields_are_taken_over(self, session: Session) -> None:
        store_unit(session, PENSIONS)
        changed = UnitContent("pensions", "甲区人社局", (PolicyArea.EMPLOYMENT,))
        assert store_unit(session, changed)
        assert [unit.name for unit in list_units(session)] == ["甲区人社局"]
        assert leads(session) == {PolicyArea.EMPLOYMENT: "pensions"}

    def test_a_field_moves_to_the_unit_stored_last(self, session: Session) -> None:
        store_unit(session, PENSIONS)
        fields = (PolicyArea.TAXATION, PolicyArea.EMPLOYMENT)
        store_unit(session, UnitContent("tax", "甲区税务局", fields))
        assert leads(session) == {
            PolicyArea.ELDERLY_CARE: "pensions",
            PolicyArea.EMPLOYMENT: "tax",
            PolicyArea.TAXATION: "tax",
        }

    def test_one_unit_is_the_default_the_last_one_stored(self, session: Session) -> None:
        store_unit(session, OFFICE)
        assert defaults(session) == ["office"]
        store_unit(session, UnitContent("hall", "甲区政务大厅", is_default=True))
        assert defaults(session) == ["hall"]


class TestListUnits:
    def test_every_unit_by_name(self, session: Session) -> None:
        for unit in (TAX, OFFICE, PENSIONS):
            store_unit(session, unit)
        names = [unit.name for unit in list_units(session)]
        assert names == sorted(names)
        assert len(names) == 3
