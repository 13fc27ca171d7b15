"""An entry led from its pages: the unit's queue, the entry, the board, the calls."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from entry_pages import ENTRY, NUMBER, QUESTION
from openpyxl import load_workbook
from reviewing import AFFIRMED
from sqlalchemy import update
from visitor import PASSWORD, Browse, Browser

from qa_service.accounts.users import create_user
from qa_service.clock import FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.round import run_round
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role

REPLY = {
    "area": "养老",
    "question": "火星养老院如何预约",
    "answer": "目前没有火星养老院，请在本区养老服务平台预约。",
    "phone_script": "请在本区养老服务平台预约。",
    "effective_from": "2026-11-01",
    "no_basis_reason": "属操作指引",
    "is_public": "yes",
}


@pytest.fixture
def entry(operator: Browser) -> str:
    """A question registered with a caller to be called back."""
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")
    return ENTRY


@pytest.fixture
def unit(services: Services, app: object) -> Browser:
    """Somebody of the unit that leads the field."""
    with session_scope(services.database) as session:
        create_user(
            session,
            "chengban",
            PASSWORD,
            display_name="承办甲",
            roles=(Role.UNIT,),
            now=services.clock.now(),
            must_change_password=False,
            unit="human-resources",
        )
    browser = Browser(app)
    assert browser.sign_in("chengban").status_code == 303
    return browser


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


class TestUnit:
    def test_finds_the_entry_in_its_queue_and_takes_it_on(self, entry: str, unit: Browser) -> None:
        assert QUESTION in unit.get("/queue").text
        page = unit.get(entry).text
        assert "签收" in page
        assert "13800000000" not in page
        assert unit.post(f"{entry}/accept", version=2).status_code == 303
        assert "书面答复" in unit.get(entry).text

    def test_every_fault_of_a_reply_is_told_at_once(self, entry: str, unit: Browser) -> None:
        unit.post(f"{entry}/accept")
        changes = {"effective_from": "明年", "answer": "按内部资料办理。", "private_reason": ""}
        typed = REPLY | changes | {"is_public": "no", "phone_script": "口" * 81}
        page = unit.post(f"{entry}/draft", **typed).text
        for fault in ("格式填写日期", "含有涉密标志", "超过 80 个字", "答复不公开的，请说明理由"):
            assert fault in page

    def test_a_refused_reply_comes_back_as_it_was_typed(self, entry: str, unit: Browser) -> None:
        unit.post(f"{entry}/accept")
        refused = unit.post(f"{entry}/draft", **REPLY | {"answer": "", "no_basis_reason": ""})
        assert refused.status_code == 422
        for shown in ("请选择政策依据", "不能为空", REPLY["question"], REPLY["phone_script"]):
            assert shown in refused.text

    def test_a_move_the_state_does_not_allow_is_told_on_the_page(
        self, entry: str, unit: Browser
    ) -> None:
        refused = unit.post(f"{entry}/draft", **REPLY)
        assert refused.status_code == 409
        assert "现为“待签收”，不能提交答复" in refused.text

    def test_what_was_typed_beside_somebody_elses_step_comes_back_with_what_to_do(
        self, entry: str, unit: Browser, supervisor: Browser
    ) -> None:
        unit.post(f"{entry}/accept", version=2)
        supervisor.post(f"{entry}/urge", reason="请尽快")
        refused = unit.post(f"{entry}/draft", version=3, **REPLY)
        assert refused.status_code == 409
        assert "刚被他人办理，这次没有保存；请核对最新情况" in refused.text
        assert "刷新" not in refused.text
        assert 'name="version" value="4"' in refused.text
        assert f">{REPLY['answer']}</textarea>" in refused.text
        supervisor.post(f"{entry}/void", reason="重复登记")
        late = unit.post(f"{entry}/draft", version=4, **REPLY)
        assert late.status_code == 409
        assert f"<li>答复：{REPLY['answer']}</li>" in late.text, "the form is gone, the text is not"

    def test_sees_its_reminders_until_it_marks_them(
        self, entry: str, unit: Browser, services: Services, clock: FixedClock
    ) -> None:
        clock.instant += timedelta(days=3)
        run_round(JobContext.of(services))
        assert unit.sign_in("chengban").status_code == 303
        page = unit.get("/queue").text
        assert "还有 2 个工作日到期" in page
        unit.post("/queue/reminders/1")
        assert "还有 2 个工作日到期" not in unit.get("/queue").text

    def test_without_a_unit_there_is_no_queue(self, operator: Browser) -> None:
        assert operator.get("/queue").status_code == 403


class TestApproval:
    def test_of_a_reply_amended_meanwhile_is_to_be_affirmed_anew(
        self, entry: str, unit: Browser, supervisor: Browser
    ) -> None:
        unit.post(f"{entry}/accept")
        for answer in (REPLY["answer"], "请到社区登记。"):
            unit.post(f"{entry}/draft", **REPLY | {"answer": answer})
        refused = supervisor.post(f"{entry}/approve", reply=1, statements=AFFIRMED)
        assert refused.status_code == 409
        assert "请按新的答复逐项确认后再提交" in refused.text
        assert 'name="statements" value="policy"' in refused.text
        assert not re.search(r'name="statements" value="[a-z_]+" checked', refused.text)

    def test_with_a_typed_reason_to_send_back_approves_nothing(
        self, entry: str, unit: Browser, supervisor: Browser
    ) -> None:
        unit.post(f"{entry}/accept")
        unit.post(f"{entry}/draft", **REPLY)
        refused = supervisor.post(
            f"{entry}/approve", reply=1, statements=AFFIRMED, reason="口径过时"
        )
        assert refused.status_code == 422
        assert "写了退回的理由，没有通过" in refused.text
        typed = refused.text[refused.text.index('id="approve-reason"') :]
        assert typed[: typed.index("</textarea>")].endswith("口径过时")
        page = supervisor.get(entry).text
        assert "待审核" in page
        # One form holds the reason and both buttons, so that neither passes over it.
        form = page[page.index(f'action="{entry}/approve"') :]
        form = form[: form.index("</form>")]
        assert 'name="reason"' in form
        assert f'formaction="{entry}/send_back"' in form
        assert supervisor.post(f"{entry}/approve", reply=1, statements=AFFIRMED).status_code == 303

    def test_shows_the_advice_to_drafter_and_approver_and_takes_a_tick_for_it(
        self, entry: str, unit: Browser, supervisor: Browser
    ) -> None:
        unit.post(f"{entry}/accept")
        typed = REPLY | {"answer": "请到九曲路47号的养老服务中心预约。"}
        assert unit.post(f"{entry}/draft", **typed).status_code == 303
        for browser in (unit, supervisor):
            told = browser.get(entry).text.split("检查提示")[1].split("</ul>")[0]
            assert "答案：疑似含有个人地址，请核对" in told
        form = {"reply": 1, "statements": AFFIRMED}
        refused = supervisor.post(f"{entry}/approve", **form)
        assert refused.status_code == 422
        assert "知悉以上提示，仍然通过" in refused.text
        assert "待审核" in supervisor.get(entry).text
        assert supervisor.post(f"{entry}/approve", despite_advice="yes", **form).status_code == 303

    def test_a_reason_sends_the_reply_back(
        self, entry: str, unit: Browser, supervisor: Browser
    ) -> None:
        unit.post(f"{entry}/accept")
        unit.post(f"{entry}/draft", **REPLY)
        sent = supervisor.post(
            f"{entry}/send_back", reply=1, statements=AFFIRMED, reason="口径过时"
        )
        assert sent.status_code == 303
        assert "口径过时" in unit.get(entry).text


class TestWay:
    def test_leads_to_closing_and_back_into_the_bank(
        self, entry: str, unit: Browser, supervisor: Browser, operator: Browser, admin: Browser
    ) -> None:
        unit.post(f"{entry}/accept")
        assert unit.post(f"{entry}/draft", **REPLY).status_code == 303
        assert REPLY["answer"] in supervisor.get(entry).text
        assert supervisor.post(f"{entry}/approve", reply=1, statements=AFFIRMED).status_code == 303
        shown = operator.post(f"{entry}/reveal", reason="回复咨询人")
        assert "13800000000" in shown.text
        assert "13800000000" not in operator.get(entry).text
        assert "查看联系方式" in operator.get(entry).text
        operator.post(f"{entry}/inform", outcome="reached", note="已理解")
        page = operator.get(entry).text
        assert "销号前还须" in page
        assert "138******00" in page
        pair = admin.get("/pairs?status=draft").text
        assert REPLY["question"] in pair
        assert supervisor.post(f"{entry}/decline", reason="个案").status_code == 303
        assert "现为“已办结”" in operator.get(entry).text

    def test_only_whose_turn_it_is_is_offered_the_move(
        self, entry: str, unit: Browser, operator: Browser
    ) -> None:
        assert f'action="{entry}/accept"' in unit.get(entry).text
        assert f'action="{entry}/accept"' not in operator.get(entry).text
        refused = operator.post(f"{entry}/accept")
        assert refused.status_code == 403
        assert "应由承办单位办理" in refused.text

    def test_an_unknown_move_is_not_found(self, entry: str, operator: Browser) -> None:
        assert operator.post(f"{entry}/explode").status_code == 404


class TestSupervisor:
    def test_sees_the_board_extends_and_urges(self, entry: str, supervisor: Browser) -> None:
        board = supervisor.get("/ledger/board").text
        assert "区人力资源和社会保障局" in board
        assert "<svg" in board
        assert supervisor.post(f"{entry}/urge", reason="群众着急").status_code == 303
        assert supervisor.post(f"{entry}/extend", workdays=2, reason="需会商").status_code == 303
        page = supervisor.get(entry).text
        for shown in ("催办", "群众着急", "2026-12-03", "已延期 2 个工作日", "第 7 个工作日"):
            assert shown in page
        refused = supervisor.post(f"{entry}/extend", workdays=60, reason="太久")
        assert refused.status_code == 422
        assert "延期合计不超过 10 个工作日" in refused.text

    def test_downloads_the_ledger_as_it_is_filtered(self, entry: str, supervisor: Browser) -> None:
        for query, rows in (("", 2), ("?state=closed", 1), ("?q=木星", 1)):
            answer = supervisor.get(f"/ledger/export.xlsx{query}")
            sheet = load_workbook(BytesIO(answer.content)).active
            assert sheet is not None
            assert sheet.max_row == rows
        assert "ledger-20261124.xlsx" in answer.headers["content-disposition"]


class TestRepeats:
    def ask(self, operator: Browser, question: str = "请问火星养老院怎么预约？") -> str:
        asked = operator.post("/consultations", question=question, area="养老")
        return asked.headers["location"]

    def test_the_earlier_entry_is_shown_before_a_second_is_registered(
        self, entry: str, operator: Browser
    ) -> None:
        path = self.ask(operator)
        assert NUMBER in operator.get(path).text
        refused = operator.post(f"{path}/registration", name="李先生", phone="13900000000")
        assert refused.status_code == 409
        assert "已有相近的登记" in refused.text
        assert "13900000000" in refused.text
        done = operator.post(f"{path}/registration", phone="13900000000", seen=NUMBER)
        assert done.status_code == 303
        assert "ZX20261124-0002" in operator.get(path).text

    def test_the_same_caller_is_known_by_his_number(self, entry: str, operator: Browser) -> None:
        path = self.ask(operator, "月球养老院的伙食标准")
        assert NUMBER not in operator.get(path).text
        refused = operator.post(f"{path}/registration", phone="138 0000 0000")
        assert refused.status_code == 409
        assert "同一电话" in refused.text

    def test_a_caller_who_asks_again_needs_no_second_entry(
        self, entry: str, operator: Browser
    ) -> None:
        path = self.ask(operator)
        assert operator.post(f"{path}/repeat", number=NUMBER).status_code == 303
        assert "不另登记" in operator.get(path).text
        assert "记录再次来电" in operator.get(entry).text
        assert operator.get("/ledger").text.count("ZX20261124-000") == 2

    def test_a_repeat_is_taken_back_by_a_supervisor_from_the_entry_before_it_is_voided(
        self, entry: str, operator: Browser, browse: Browse, clock: FixedClock
    ) -> None:
        path, supervisor = self.ask(operator), browse("ducha", Role.SUPERVISOR)
        operator.post(f"{path}/repeat", number=NUMBER)
        clock.instant += timedelta(minutes=11)
        refused = supervisor.post(f"{entry}/void", reason="重复登记")
        assert (refused.status_code, "尚待按本案答复" in refused.text) == (409, True)
        assert f'href="{path}/record"' in refused.text
        assert "撤销这条再次来电记录" in supervisor.get(f"{path}/record").text
        assert supervisor.post(f"{path}/record", reason="另行登记").status_code == 303
        assert f'href="{path}/record"' not in supervisor.get(entry).text
        assert supervisor.post(f"{entry}/void", reason="重复登记").status_code == 303
        assert operator.post(f"{path}/registration").status_code == 303

    def test_an_answered_entry_is_shown_but_takes_no_repeat(
        self, entry: str, operator: Browser, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            session.execute(update(LedgerEntry).values(state=EntryState.CLOSED))
        path = self.ask(operator)
        page = operator.get(path).text
        assert NUMBER in page
        assert f'formaction="{path}/repeat"' not in page
        refused = operator.post(f"{path}/repeat", number=NUMBER)
        assert refused.status_code == 409
        assert "请另行登记" in refused.text
        operator.post(f"{path}/registration", seen=NUMBER)
        page = operator.get(self.ask(operator)).text
        offered = page.split('data-key="k"')[0].split('name="number" value="')[-1]
        assert offered.startswith("ZX20261124-0002")
        assert page.count('data-key="k"') == 1

    def test_or_joins_the_task_and_is_called_back_too(self, entry: str, operator: Browser) -> None:
        path = self.ask(operator)
        operator.post(f"{path}/registration", phone="13900000000", seen=NUMBER, join_to=NUMBER)
        page = operator.get("/ledger/ZX20261124-0002").text
        assert f'已并入 <a href="{entry}">' in page


class TestCorrections:
    def test_from_the_answer_to_the_call(
        self, operator: Browser, admin: Browser, services: Services
    ) -> None:
        path = operator.post("/consultations", question="社保卡丢了怎么补办").headers["location"]
        page = operator.get(path).text
        assert "答案有误或已过时" in page
        pair_id = int(page.split('name="qa_id" value="')[1].split('"')[0])
        operator.post(f"{path}/choice", qa_id=pair_id)
        opened = operator.post(f"/pairs/{pair_id}/corrections", complaint="窗口地址已变更")
        assert opened.status_code == 303
        assert "〔纠错〕" in operator.get(opened.headers["location"]).text
        assert "没有需要回访的咨询人" in operator.get("/recalls").text
        admin.post(f"/pairs/{pair_id}/withdraw", reason="地址已变更")
        listed = operator.get("/recalls").text
        assert "已撤回" in listed
        call = listed.split('action="/recalls/')[1].split('"')[0]
        assert operator.post(f"/recalls/{call}", note=" ").status_code == 422
        assert operator.post(f"/recalls/{call}", note="已告知新地址").status_code == 303
        assert "没有需要回访的咨询人" in operator.get("/recalls").text
