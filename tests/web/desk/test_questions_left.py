"""Questions left at the public desk: registered once, masked, and read by whoever left them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import ANSWER, Desk
from desk_forms import form_of, leave, leave_and_keep, receipt_of
from fastapi.testclient import TestClient
from public_desk import QUESTION, signed_desk
from sqlmodel import Session, col, select
from visitor import Browse, Browser

from qa_service.clock import FixedClock
from qa_service.consultation.desk.following import forget_left
from qa_service.consultation.models import PublicQuestion
from qa_service.jobs.duty import JobContext
from qa_service.jobs.ledger.asker_names import hash_asker_names
from qa_service.ledger.askers.details import AskerDetails, contact_hash, read_asker
from qa_service.ledger.models import Asker, Callback, LedgerEntry
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.reporting.search_first import search_first
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, EntryState, Role, Satisfaction

ASKED = "火星养老院怎么预约"
PHONE = "13800138000"
NUMBER = "ZX20261124-0001"


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_work = 100
    return TestClient(signed_desk(services), follow_redirects=False)


def entries(services: Services) -> list[LedgerEntry]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id))).all())


def answer(services: Services, number: str, **changes: object) -> None:
    """The unit replies, and another person approves."""
    with session_scope(services.database) as session:
        content = replace(ANSWER, **changes)  # type: ignore[arg-type]
        Desk(session, services.clock.now()).answered(find_by_number(session, number), content)


def rate(desk: TestClient, receipt: dict[str, str], value: str) -> str:
    page = desk.post("/desk/question", data=receipt)
    sent = desk.post(
        "/desk/question/rating", data={**form_of(page), **receipt, "satisfaction": value}
    )
    return sent.text


class TestLeaving:
    def test_registers_the_question_with_number_code_due_day_and_its_proof(
        self, desk: TestClient, services: Services
    ) -> None:
        page = leave(desk, ASKED, area="养老")
        receipt = receipt_of(page)
        assert receipt["number"] == NUMBER
        assert re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", receipt["code"])
        assert "2026-12-01" in page.text
        assert "第 5 个工作日" in page.text
        assert "2026-11-28 周六：不计" in page.text
        (entry,) = entries(services)
        assert entry.channel is Channel.SERVICE_DESK
        assert (entry.question, entry.area, entry.asker_id) == (ASKED, "养老", None)
        assert entry.state is EntryState.ASSIGNED
        with session_scope(services.database, read_only=True) as session:
            proof = search_first(session, since=services.clock.now() - timedelta(1))
        assert [(one.operator, one.unsearched) for one in proof] == [("公众自助", 0)]

    def test_masks_what_is_personal_and_seals_the_contact(
        self, desk: TestClient, services: Services
    ) -> None:
        page = leave(desk, f"我叫王小明，{ASKED}", contact=PHONE)
        assert "王小明" not in page.text
        assert PHONE not in page.text
        (entry,) = entries(services)
        assert entry.question == f"我叫〔姓名〕，{ASKED}"
        with session_scope(services.database, read_only=True) as session:
            asker = session.get_one(Asker, entry.asker_id)
            assert PHONE not in str(asker.contact_sealed)
            assert (asker.contact_hash, asker.contact_masked) == (None, "138******00")
            assert read_asker(asker, cipher=services.cipher).phone == PHONE

    def test_a_process_with_the_keys_makes_the_asker_findable(
        self, desk: TestClient, services: Services
    ) -> None:
        leave(desk, ASKED, contact=PHONE)
        assert hash_asker_names(JobContext.of(services)) == 1
        assert hash_asker_names(JobContext.of(services)) == 0
        with session_scope(services.database, read_only=True) as session:
            asker = session.exec(select(Asker)).one()
            assert asker.contact_hash == contact_hash(AskerDetails(phone=PHONE), services.cipher)

    def test_tells_every_fault_and_loses_nothing_of_what_was_typed(
        self, desk: TestClient, services: Services
    ) -> None:
        page = leave(desk, "问" * 501, contact="123", area="养老")
        assert page.status_code == 422
        for said in ("超过 500 个字", "联系方式应为", "问" * 501, 'value="123"'):
            assert said in page.text
        assert '<option value="养老" selected>' in page.text
        assert entries(services) == []

    def test_an_answer_that_is_there_is_told_first_and_the_question_taken_all_the_same(
        self, desk: TestClient, services: Services
    ) -> None:
        page = leave(desk, QUESTION, contact=PHONE)
        assert 'data-verdict="answered"' in page.text
        assert entries(services) == []
        sent = {**form_of(page), "question": QUESTION, "contact": PHONE, "still": "yes"}
        receipt_of(desk.post("/desk/ask", data=sent))
        assert len(entries(services)) == 1

    def test_a_form_sent_twice_leaves_one_question_with_one_code(
        self, desk: TestClient, services: Services
    ) -> None:
        sent = {**form_of(desk.get("/desk/ask")), "question": ASKED, "contact": PHONE}
        first, again = (receipt_of(desk.post("/desk/ask", data=sent)) for _ in range(2))
        assert first == again
        assert len(entries(services)) == 1

    @pytest.mark.parametrize("other", [{"question": "火星幼儿园怎么报名"}, {"contact": PHONE}])
    def test_a_form_sent_again_with_something_else_tells_no_receipt_and_loses_nothing(
        self, desk: TestClient, services: Services, other: dict[str, str]
    ) -> None:
        sent = {**form_of(desk.get("/desk/ask")), "question": ASKED, "contact": ""}
        receipt = receipt_of(desk.post("/desk/ask", data=sent))
        page = desk.post("/desk/ask", data={**sent, **other})
        assert page.status_code == 422
        assert "这张表已经提交过" in page.text
        for said in other.values():
            assert said in page.text
        for kept in receipt.values():
            assert kept not in page.text
        assert len(entries(services)) == 1
        again = desk.post("/desk/ask", data={**sent, **other, **form_of(page)})
        assert receipt_of(again)["code"] != receipt["code"]
        assert len(entries(services)) == 2

    def test_typed_markup_stays_text(self, desk: TestClient) -> None:
        said = f"<script>window.ran=1</script>{ASKED}"
        page = leave(desk, said)
        state = desk.post("/desk/question", data=receipt_of(page))
        for shown in (page.text, state.text, desk.get("/desk/ask", params={"q": said}).text):
            assert "<script>window" not in shown
            assert "&lt;script&gt;window" in shown


class TestSameWords:
    def test_without_a_contact_share_the_entry_there_is(
        self, desk: TestClient, services: Services
    ) -> None:
        first = leave_and_keep(desk, ASKED)
        page = leave(desk, f"请问一下，{ASKED}？")
        second = receipt_of(page)
        assert "同样的问题已经有人提出" in page.text
        assert second["number"] == first["number"]
        assert second["code"] != first["code"]
        assert len(entries(services)) == 1
        for receipt in (first, second):
            assert desk.post("/desk/question", data=receipt).status_code == 200

    def test_show_nobody_how_somebody_else_put_them(self, desk: TestClient) -> None:
        said = f"您好，{ASKED}，{PHONE}，麻烦您了"
        own, other = leave_and_keep(desk, said), leave_and_keep(desk, ASKED)
        assert own["number"] == other["number"]
        assert "您好，" in desk.post("/desk/question", data=own).text
        shown = desk.post("/desk/question", data=other).text
        assert f'<p class="letter">{ASKED}</p>' in shown
        assert "您好" not in shown
        assert "〔" not in shown

    def test_with_a_contact_are_joined_so_that_each_asker_is_called(
        self, desk: TestClient, services: Services
    ) -> None:
        """It makes no difference whose contact it is: that would tell who asked."""
        leave(desk, ASKED, contact=PHONE)
        for contact in (PHONE, "13900139000"):
            page = leave(desk, ASKED, contact=contact)
            assert "同样的问题已经有人提出" in page.text
        first, *others = entries(services)
        assert [one.joined_to_id for one in others] == [first.id, first.id]

    def test_keep_an_entry_that_its_operator_would_undo(
        self, desk: TestClient, operator: Browser, services: Services
    ) -> None:
        asked = operator.post("/consultations", question=ASKED).headers["location"]
        operator.post(f"{asked}/registration")
        receipt = leave_and_keep(desk, ASKED)
        for undo in (f"/ledger/{NUMBER}/undo", f"/callbacks/{NUMBER}/undo"):
            refused = operator.post(undo)
            assert (refused.status_code, "政务公开专区已有群众" in refused.text) == (409, True)
        assert [one.state for one in entries(services)] == [EntryState.ASSIGNED]
        assert "已终止办理" not in desk.post("/desk/question", data=receipt).text

    def test_keep_an_entry_that_a_supervisor_would_void(
        self, desk: TestClient, operator: Browser, browse: Browse, services: Services
    ) -> None:
        asked = operator.post("/consultations", question=ASKED).headers["location"]
        operator.post(f"{asked}/registration")
        leave(desk, ASKED)
        supervisor = browse("ducha", Role.SUPERVISOR)
        refused = supervisor.post(f"/ledger/{NUMBER}/void", reason="重复登记，见另案")
        assert refused.status_code == 409
        assert "政务公开专区的留言（11-24 10:00）尚待按本案答复" in refused.text
        assert "重复登记，见另案" in refused.text
        assert [one.state for one in entries(services)] == [EntryState.ASSIGNED]

    def test_another_matter_is_another_entry(self, desk: TestClient, services: Services) -> None:
        leave(desk, ASKED)
        leave(desk, "火星养老院怎么退订")
        assert len(entries(services)) == 2


class TestReading:
    def test_tells_the_state_and_then_the_reply(self, desk: TestClient, services: Services) -> None:
        receipt = leave_and_keep(desk, ASKED)
        before = desk.post("/desk/question", data=receipt)
        assert "等待签收" in before.text
        assert "data-reply" not in before.text
        answer(services, receipt["number"])
        after = desk.post("/desk/question", data=receipt)
        assert "已有答复" in after.text
        assert ANSWER.phone_script in after.text

    def test_takes_number_and_code_as_people_write_them(self, desk: TestClient) -> None:
        receipt = leave_and_keep(desk, ASKED)
        loose = {"number": f" {receipt['number'].lower()} ", "code": receipt["code"].lower()}
        assert desk.post("/desk/question", data=loose).status_code == 200
        unbroken = {**receipt, "code": receipt["code"].replace("-", "")}
        assert desk.post("/desk/question", data=unbroken).status_code == 200

    def test_answers_a_wrong_number_as_a_wrong_code(self, desk: TestClient) -> None:
        receipt = leave_and_keep(desk, ASKED)
        other = leave_and_keep(desk, "火星养老院怎么退订")
        wrong = [
            {**receipt, "code": other["code"]},
            {**receipt, "code": ""},
            {**receipt, "number": "ZX20261124-0009"},
        ]
        found = [desk.post("/desk/question", data=one) for one in wrong]
        assert {one.status_code for one in found} == {404}
        pages = {re.sub(r"ZX\d{8}-\d{4}", "ZX", one.text) for one in found}
        assert len(pages) == 1
        assert ASKED not in pages.pop()

    def test_tries_are_limited(self, desk: TestClient) -> None:
        receipt = leave_and_keep(desk, ASKED)
        tries = [{**receipt, "code": f"{n:010d}"} for n in range(21)]
        found = [desk.post("/desk/question", data=one) for one in tries]
        assert [one.status_code for one in found] == [404] * 20 + [429]
        assert int(found[-1].headers["retry-after"]) > 0
        assert desk.post("/desk/question", data=receipt).status_code == 429

    def test_nothing_of_it_stays_in_addresses_and_caches(self, desk: TestClient) -> None:
        page = leave(desk, ASKED, contact=PHONE)
        state = desk.post("/desk/question", data=receipt_of(page))
        for shown in (page, state, desk.get("/desk/ask"), desk.get("/desk/question")):
            assert shown.headers["cache-control"] == "private, no-store"
            assert "etag" not in shown.headers
            assert "set-cookie" not in shown.headers
            assert receipt_of(page)["code"] not in str(shown.url)

    def test_who_only_asked_the_same_does_not_read_a_reply_that_is_not_for_everybody(
        self, desk: TestClient, services: Services
    ) -> None:
        own, same = leave_and_keep(desk, ASKED), leave_and_keep(desk, ASKED)
        answer(services, own["number"], is_public=False, private_reason="涉及个案")
        assert ANSWER.phone_script in desk.post("/desk/question", data=own).text
        shared = desk.post("/desk/question", data=same).text
        assert ANSWER.phone_script not in shared
        assert "不宜在网上公开" in shared

    def test_ends_some_days_after_the_question(
        self, desk: TestClient, services: Services, clock: FixedClock
    ) -> None:
        receipt = leave_and_keep(desk, ASKED)
        with session_scope(services.database) as session:
            entry = find_by_number(session, receipt["number"])
            entry.state, entry.closed_at = EntryState.CLOSED, services.clock.now()
            session.add(entry)
        for days, kept in ((89, 1), (91, 0)):
            with session_scope(services.database) as session:
                now = clock.now() + timedelta(days)
                forget_left(session, now=now, days=services.settings.desk_question_days)
                assert len(session.exec(select(PublicQuestion)).all()) == kept
        assert desk.post("/desk/question", data=receipt).status_code == 404


class TestRating:
    def test_of_a_reply_tells_the_ledger_that_its_asker_was_told(
        self, desk: TestClient, services: Services
    ) -> None:
        receipt = leave_and_keep(desk, ASKED, contact=PHONE)
        answer(services, receipt["number"])
        assert "您的评价：满意" in rate(desk, receipt, "satisfied")
        with session_scope(services.database, read_only=True) as session:
            call = session.exec(select(Callback)).one()
            assert call.satisfaction is Satisfaction.SATISFIED
            assert call.operator == "公众自助"
            assert _state(session, receipt["number"]) is EntryState.INFORMED

    def test_is_asked_once_and_for_a_reply_alone(
        self, desk: TestClient, services: Services
    ) -> None:
        receipt = leave_and_keep(desk, ASKED)
        assert 'name="satisfaction"' not in desk.post("/desk/question", data=receipt).text
        answer(services, receipt["number"])
        page = desk.post("/desk/question", data=receipt)
        sent = {**form_of(page), **receipt, "satisfaction": "mostly"}
        assert "您的评价：基本满意" in desk.post("/desk/question/rating", data=sent).text
        assert "已经评价过" in desk.post("/desk/question/rating", data=sent).text

    def test_needs_one_of_the_three(self, desk: TestClient, services: Services) -> None:
        receipt = leave_and_keep(desk, ASKED)
        answer(services, receipt["number"])
        assert "请在满意、基本满意、不满意中选择一项" in rate(desk, receipt, "not_rated")


def _state(session: Session, number: str) -> EntryState:
    return find_by_number(session, number).state
