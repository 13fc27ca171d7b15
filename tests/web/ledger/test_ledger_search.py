"""The ledger searched by who asked, when and where; the address holds no caller's data."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from callback_entries import await_calls
from sqlmodel import select, update
from visitor import Browse, Browser

from qa_service.accounts.models import AuditEvent
from qa_service.clock import FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.ledger.asker_names import hash_asker_names
from qa_service.ledger.models import Asker
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role


@pytest.fixture
def numbers(services: Services) -> list[str]:
    return await_calls(services, 3)


def found(browser: Browser, numbers: list[str], **typed: str) -> list[str]:
    answer = browser.post("/ledger/search", **typed)
    assert answer.status_code == 303
    for text in typed.values():
        assert quote(text) not in answer.headers["location"]
    page = browser.get(answer.headers["location"]).text
    return [number for number in numbers if number in page]


class TestCaller:
    @pytest.mark.parametrize("typed", ["13800002222", "138 0000 2222", "+86 138-0000-2222"])
    def test_is_found_by_the_number_in_any_writing(
        self, operator: Browser, numbers: list[str], typed: str
    ) -> None:
        assert found(operator, numbers, caller_phone=typed) == [numbers[1]]

    @pytest.mark.parametrize("typed", ["赵1女士", " 赵 1 女士", "赵１女士"])
    def test_is_found_by_name(self, operator: Browser, numbers: list[str], typed: str) -> None:
        assert found(operator, numbers, caller_name=typed) == [numbers[1]]

    def test_of_whom_nobody_knows_finds_nothing(
        self, operator: Browser, numbers: list[str]
    ) -> None:
        assert found(operator, numbers, caller_phone="13900009999") == []
        assert found(operator, numbers, caller_phone="13800002222", caller_name="钱先生") == []

    def test_of_another_unit_is_not_found(self, browse: Browse, numbers: list[str]) -> None:
        outsider = browse("danwei", Role.UNIT)
        assert found(outsider, numbers, caller_phone="13800002222") == []

    def test_looked_for_is_audited_without_the_number(
        self, operator: Browser, numbers: list[str], services: Services
    ) -> None:
        found(operator, numbers, caller_phone="13800002222", caller_name="赵1女士")
        with session_scope(services.database, read_only=True) as session:
            wanted = select(AuditEvent).where(AuditEvent.action == AuditAction.SEARCH_ASKER)
            (event,) = session.exec(wanted).all()
            assert event.details == {"by": "电话、姓名"}

    def test_whose_name_an_earlier_release_stored_is_found_after_the_duty(
        self, operator: Browser, numbers: list[str], services: Services
    ) -> None:
        with session_scope(services.database) as session:
            session.execute(update(Asker).values(name_hash=None))
        assert found(operator, numbers, caller_name="赵1女士") == []
        assert hash_asker_names(JobContext.of(services)) == 3
        assert hash_asker_names(JobContext.of(services)) == 0
        assert found(operator, numbers, caller_name="赵1女士") == [numbers[1]]


class TestTime:
    def test_of_receipt_is_told_by_days_in_beijing(
        self, browse: Browse, numbers: list[str], services: Services, clock: FixedClock
    ) -> None:
        first = clock.now().date()
        clock.instant += timedelta(days=2)
        later = await_calls(services, 1, series="月球")
        operator = browse("zuoxi-er")
        every = [*numbers, *later]

        def listed(query: str) -> list[str]:
            page = operator.get(f"/ledger?{query}").text
            return [number for number in every if number in page]

        assert listed(f"until={first}") == numbers
        assert listed(f"since={first + timedelta(days=1)}") == later
        assert listed(f"since={first}&until={first + timedelta(days=2)}") == every
        assert listed("until=9999-12-31") == every
        assert listed("since=never") == []
        assert listed(f"area={quote('纳税')}") == []
        assert listed(f"area={quote('养老')}&state=approved") == every


def test_a_forged_hash_is_no_filter(operator: Browser, numbers: list[str]) -> None:
    page = operator.get("/ledger?phone=13800002222&name=%27").text
    assert all(number in page for number in numbers)
    assert "13800002222" not in page.split("<table")[1]
