import re
from datetime import timedelta

import pytest
from callback_entries import PHONES, SCRIPTS, await_calls
from entry_pages import NUMBER, QUESTION
from sqlmodel import col, select
from visitor import Browse, Browser

from qa_service.clock import FixedClock
from qa_service.consultation.models import Choice
from qa_service.ledger.models import Callback, LedgerEvent
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Satisfaction

MASKED = "138******11"


@pytest.fixture
def numbers(services: Services) -> list[str]:
    return await_calls(services)


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def outcome(browser: Browser, number: str, result: str, **fields: str) -> int:
    answer = browser.post(f"/callbacks/{number}/outcome", result=result, **fields)
    return answer.status_code


class TestList:
    def test_shows_who_waits_without_a_number(self, operator: Browser, numbers: list[str]) -> None:
        page = operator.get("/callbacks").text
        assert "待回访（2）" in page
        assert all(number in page for number in numbers)
        assert MASKED in page
        assert not any(phone in page for phone in PHONES)

    def test_puts_those_called_in_vain_today_last(
        self, operator: Browser, numbers: list[str], clock: FixedClock
    ) -> None:
        assert outcome(operator, numbers[0], "not_reached:") == 303
        page = operator.get("/callbacks").text
        assert page.index(f"/callbacks/{numbers[1]}") < page.index(f"/callbacks/{numbers[0]}")
        assert "1 次未接通" in page
        clock.instant += timedelta(days=1)
        operator.sign_in("zuoxi")
        page = operator.get("/callbacks").text
        assert page.index(f"/callbacks/{numbers[0]}") < page.index(f"/callbacks/{numbers[1]}")

    def test_is_not_for_those_who_take_no_calls(self, browse: Browse, numbers: list[str]) -> None:
        for role in (Role.UNIT, Role.REVIEWER, Role.SUPERVISOR):
            assert browse(f"ren-{role}", role).get("/callbacks").status_code == 403


class TestScreen:
    def test_undoes_a_registration_with_what_the_consultation_records(
        self, operator: Browser, services: Services
    ) -> None:
        asked = operator.post("/consultations", question=QUESTION).headers["location"]
        assert operator.post(f"{asked}/registration").status_code == 303
        assert operator.post(f"/callbacks/{NUMBER}/undo").status_code == 303
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Choice)).all() == []
        assert operator.post(f"{asked}/registration").status_code == 303

    def test_shows_the_number_after_a_post_alone(
        self, operator: Browser, numbers: list[str]
    ) -> None:
        path = f"/callbacks/{numbers[0]}"
        hidden = operator.get(path).text
        assert PHONES[0] not in hidden
        assert SCRIPTS[0] in hidden
        shown = operator.post(path).text
        assert PHONES[0] in shown
        assert "赵0女士" in shown
        assert SCRIPTS[0] in shown

    def test_records_what_the_asker_thought(
        self, operator: Browser, numbers: list[str], services: Services
    ) -> None:
        page = operator.post(f"/callbacks/{numbers[0]}").text
        given = {"version": version(page), "note": "已逐项说明"}
        assert outcome(operator, numbers[0], "reached:mostly", **given) == 303
        assert "基本满意" in operator.get(f"/ledger/{numbers[0]}").text
        assert numbers[0] not in operator.get("/callbacks").text

    def test_is_undone_by_who_recorded_it(self, operator: Browser, numbers: list[str]) -> None:
        outcome(operator, numbers[0], "reached:satisfied")
        page = operator.get(f"/callbacks?done={numbers[0]}").text
        undo = f"/callbacks/{numbers[0]}/undo"
        assert f'action="{undo}"' in page
        assert operator.post(undo).headers["location"] == f"/callbacks/{numbers[0]}"
        assert 'name="result"' in operator.get(f"/callbacks/{numbers[0]}").text
        assert "办理未成功：" in operator.post(undo).text
        assert f"/callbacks/{numbers[0]}" in operator.get("/callbacks").text

    def test_that_is_undone_leaves_what_the_asker_thought_in_the_history_alone(
        self, operator: Browser, numbers: list[str], services: Services
    ) -> None:
        outcome(operator, numbers[0], "reached:dissatisfied")
        operator.post(f"/ledger/{numbers[0]}/undo")
        outcome(operator, numbers[0], "reached:satisfied")
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Callback.satisfaction)).all() == [Satisfaction.SATISFIED]
            events = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.id))).all()
            told = [event.details.satisfaction for event in events if event.details.attempt]
            assert told == [Satisfaction.DISSATISFIED, Satisfaction.SATISFIED]

    def test_that_the_asker_makes_is_recorded_from_the_call_screen(
        self, operator: Browser, numbers: list[str]
    ) -> None:
        page = operator.get(f"/call?phone={PHONES[0]}").text
        assert SCRIPTS[0] in page
        assert f'href="/callbacks/{numbers[0]}"' in page
        assert outcome(operator, numbers[0], "reached:satisfied") == 303
        page = operator.get(f"/call?phone={PHONES[0]}").text
        assert f'href="/callbacks/{numbers[0]}"' not in page

    @pytest.mark.parametrize("result", ["", "nonsense", "no_contact:", "not_reached:satisfied"])
    def test_refuses_what_cannot_be(
        self, operator: Browser, numbers: list[str], services: Services, result: str
    ) -> None:
        answer = operator.post(f"/callbacks/{numbers[0]}/outcome", result=result, note="说明过")
        assert answer.status_code == 422
        assert "说明过" in answer.text
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Callback)).all() == []

    def test_tells_that_another_person_called_already(
        self, operator: Browser, browse: Browse, numbers: list[str]
    ) -> None:
        colleague = browse("tongshi")
        seen = version(operator.post(f"/callbacks/{numbers[0]}").text)
        assert outcome(colleague, numbers[0], "reached:satisfied") == 303
        answer = operator.post(
            f"/callbacks/{numbers[0]}/outcome", result="reached:satisfied", version=seen
        )
        assert answer.status_code == 409
        assert "不必回访" in answer.text
        again = operator.post(f"/callbacks/{numbers[0]}")
        assert again.status_code == 409
        assert PHONES[0] not in again.text

    def test_an_asker_without_a_contact_is_recorded_as_such(
        self, operator: Browser, services: Services
    ) -> None:
        number = await_calls(services, 1, with_contact=False)[0]
        page = operator.get(f"/callbacks/{number}").text
        assert "未留联系方式" in page
        assert "未接通" not in page
        assert outcome(operator, number, "no_contact:") == 303
