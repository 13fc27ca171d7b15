import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.models import Unit
from qa_service.errors import ConfigurationError
from qa_service.ledger.routing import route
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, RoutedBy


def routed(
    session: Session, *, area: PolicyArea | None = None, nearest_unit: str | None = None
) -> tuple[str, RoutedBy]:
    found = route(session, area=area, nearest_unit=nearest_unit)
    return session.exec(select(Unit.key).where(Unit.id == found.unit_id)).one(), found.routed_by


class TestRoute:
    def test_the_unit_that_leads_the_field_comes_first(self, ledger: Engine) -> None:
        with session_scope(ledger, read_only=True) as session:
            found = routed(session, area=PolicyArea.TAXATION, nearest_unit="pensions")
        assert found == ("tax", RoutedBy.FIELD)

    def test_without_a_field_the_owner_of_the_nearest_pair(self, ledger: Engine) -> None:
        with session_scope(ledger, read_only=True) as session:
            assert routed(session, nearest_unit="pensions") == ("pensions", RoutedBy.NEAREST_PAIR)

    def test_a_field_nobody_leads_falls_back_to_the_nearest_pair(self, ledger: Engine) -> None:
        with session_scope(ledger, read_only=True) as session:
            found = routed(session, area=PolicyArea.INVESTMENT, nearest_unit="tax")
        assert found == ("tax", RoutedBy.NEAREST_PAIR)

    @pytest.mark.parametrize("nearest_unit", [None, "没有这个单位"])
    def test_when_nothing_tells_the_default_unit(
        self, ledger: Engine, nearest_unit: str | None
    ) -> None:
        with session_scope(ledger, read_only=True) as session:
            found = routed(session, area=PolicyArea.INVESTMENT, nearest_unit=nearest_unit)
        assert found == ("office", RoutedBy.DEFAULT)

    def test_a_directory_without_a_default_is_told_to_the_administrator(
        self, database: Engine
    ) -> None:
        with (
            session_scope(database, read_only=True) as session,
            pytest.raises(ConfigurationError, match="默认承办单位"),
        ):
            route(session, area=None, nearest_unit=None)
