from datetime import timedelta

import pytest
from reviewing import AFFIRMED
from visitor import UNIT, Browse, Browser

from qa_service.clock import FixedClock
from qa_service.vocabulary import Role

NUMBER = "ZX20261124-0001"
ENTRY = f"/ledger/{NUMBER}"
QUESTION = "火星幼儿园怎么报名"
REPLY = {
    "area": "教育",
    "question": QUESTION,
    "answer": "火星幼儿园在网上报名，审核通过后现场确认。",
    "phone_script": "火星幼儿园在网上报名。",
    "no_basis_reason": "属于办事咨询",
    "effective_from": "2026-11-24",
    "is_public": "yes",
}


@pytest.fixture
def registered(operator: Browser) -> Browser:
    path = operator.post("/consultations", question=QUESTION).headers["location"]
    assert operator.post(f"{path}/registration", unit=UNIT).status_code == 303
    return operator


def todo(browser: Browser) -> str:
    return browser.get("/todo").text


class TestPendingWork:
    def test_waits_for_the_one_whose_turn_it_is(self, registered: Browser, browse: Browse) -> None:
        unit, reviewer = browse("danwei", Role.UNIT), browse("shenhe", Role.REVIEWER)
        assert "待签收的台账（1）" in todo(unit)
        assert "待审核的答复" not in todo(reviewer)
        assert "没有等您办理的事项" in todo(registered)
        for verb, fields in (("accept", {}), ("draft", REPLY)):
            assert unit.post(f"{ENTRY}/{verb}", **fields).status_code == 303
        assert "没有等您办理的事项" in todo(unit)
        assert "待审核的答复（1）" in todo(reviewer)
        # With the line on the starter bank.
        assert '<span class="count" data-count="/todo">2</span>' in reviewer.get("/pairs").text
        assert reviewer.post(f"{ENTRY}/approve", reply="1", statements=AFFIRMED).status_code == 303
        assert NUMBER in todo(registered)
        assert "待回复咨询人的台账（1）" in todo(registered)

    def test_an_extension_waits_for_the_supervisor_until_it_is_decided(
        self, registered: Browser, browse: Browse
    ) -> None:
        unit, supervisor = browse("danwei", Role.UNIT), browse("ducha", Role.SUPERVISOR)
        assert unit.post(f"{ENTRY}/ask_extension", reason="需会商").status_code == 303
        assert "待批的延期申请（1）" in todo(supervisor)
        assert "不同意延期" in supervisor.get(ENTRY).text
        assert supervisor.post(f"{ENTRY}/refuse_extension", reason="按期办理").status_code == 303
        assert "待批的延期申请" not in todo(supervisor)
        assert "按期办理" in unit.get(ENTRY).text

    def test_an_opinion_waits_for_the_helping_unit_with_its_date(
        self, registered: Browser, browse: Browse
    ) -> None:
        helper, supervisor = browse("xieban", Role.UNIT), browse("ducha", Role.SUPERVISOR)
        posted = supervisor.post(f"{ENTRY}/assign", unit="human-resources", helpers=UNIT)
        assert posted.status_code == 303
        for page in (todo(helper), helper.get("/queue").text):
            assert "待提交的协办意见（1）" in page
            assert "2026-11-26" in page
        assert "请于 2026-11-26 前提交协办意见" in helper.get("/queue").text

    def test_what_is_overdue_waits_for_the_supervisor(
        self, registered: Browser, browse: Browse, clock: FixedClock
    ) -> None:
        clock.instant += timedelta(days=9)
        assert "已超期的台账（1）" in todo(browse("ducha", Role.SUPERVISOR))


class TestUndoing:
    def test_is_offered_to_the_actor_alone(self, registered: Browser, browse: Browse) -> None:
        unit, colleague = browse("danwei", Role.UNIT), browse("danwei2", Role.UNIT)
        unit.post(f"{ENTRY}/accept")
        assert "撤销“签收”" in unit.get(ENTRY).text
        assert "撤销“签收”" not in colleague.get(ENTRY).text
        assert colleague.post(f"{ENTRY}/undo").status_code == 409
        assert unit.post(f"{ENTRY}/undo").status_code == 303
        assert "现为“待签收”" in unit.get(ENTRY).text

    def test_of_a_registration_leaves_the_question_to_be_handled(self, registered: Browser) -> None:
        assert registered.post(f"{ENTRY}/undo").status_code == 303
        assert "现为“已作废”" in registered.get(ENTRY).text
        page = registered.get("/").text
        assert QUESTION in page

    def test_a_supervisor_voids_with_a_reason(self, registered: Browser, browse: Browse) -> None:
        supervisor = browse("ducha", Role.SUPERVISOR)
        assert supervisor.post(f"{ENTRY}/void").status_code == 422
        assert supervisor.post(f"{ENTRY}/void", reason="测试登记").status_code == 303
        page = supervisor.get("/ledger").text
        assert NUMBER in page
        assert "已作废" in page
        assert "个工作日" not in page
        assert "没有待回复的台账" in supervisor.get("/ledger/board").text

    def test_a_supervisor_sees_what_was_searched(self, registered: Browser, browse: Browse) -> None:
        supervisor, unit = browse("ducha", Role.SUPERVISOR), browse("danwei", Role.UNIT)
        page = supervisor.get(ENTRY).text
        path = page.partition('href="/consultations/')[2].partition('"')[0]
        assert path.endswith("/record")
        shown = supervisor.get(f"/consultations/{path}")
        assert shown.status_code == 200
        assert QUESTION in shown.text
        assert "查看当时的检索结果" not in unit.get(ENTRY).text
