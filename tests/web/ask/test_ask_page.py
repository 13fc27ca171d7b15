import dataclasses
import re

import pytest
from sqlmodel import Session, select
from visitor import Browse, Browser

from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.telling import OUTDATED
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope

KNOWN = "社保卡丢了怎么补办？"
UNKNOWN = "火星移民签证在哪个窗口盖章"
HOSTILE = "<script>alert(1)</script> 社保卡 <img src=x onerror=alert(2)>"


def reading(services: Services) -> Session:
    return Session(services.database)


def ask(browser: Browser, question: str, **fields: str) -> str:
    """The path of the stored result."""
    answer = browser.post("/consultations", question=question, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def told_pair(services: Services, path: str) -> int | None:
    with session_scope(services.database, read_only=True) as session:
        return session.get_one(Choice, path.rsplit("/", 1)[1]).pair_id


def first_candidate(services: Services, path: str) -> int:
    with session_scope(services.database, read_only=True) as session:
        found = session.get_one(Consultation, path.rsplit("/", 1)[1])
        return found.candidates[0].qa_id


class TestAsking:
    def test_the_box_has_the_focus(self, operator: Browser) -> None:
        page = operator.get("/").text
        assert "autofocus" in page[page.index('id="question"') :][:300]

    def test_a_hit_is_told_in_words_with_its_answer_script_and_basis(
        self, operator: Browser
    ) -> None:
        page = operator.get(ask(operator, KNOWN)).text
        for shown in ("命中", "口播", "政策依据", "匹配依据", "主席令第35号", "<mark>", "补办"):
            assert shown in page

    def test_what_the_question_alone_names_is_a_reason_and_no_warning(
        self, operator: Browser
    ) -> None:
        page = operator.get(ask(operator, "退休人员社保卡丢了怎么补办？")).text
        assert "说法不尽相同：" in page
        assert "人群待核" in page
        # 挂失, the act of the second candidate, is a warning.
        warned = re.findall(r'aria-label="请核对">(.*?)</ul>', page, re.DOTALL)
        assert [one for one in warned if "人群" in one] == []

    def test_htmx_gets_the_result_alone_and_the_address_to_show(self, operator: Browser) -> None:
        answer = operator.post("/consultations", htmx=True, question=KNOWN)
        assert answer.status_code == 200
        assert answer.headers["hx-push-url"].startswith("/consultations/")
        assert "<html" not in answer.text
        assert 'id="waiting"' in answer.text

    def test_registers_nothing_by_itself(self, operator: Browser, services: Services) -> None:
        page = operator.get(ask(operator, UNKNOWN)).text
        assert 'data-key="0"' in page
        with reading(services) as session:
            assert session.exec(select(LedgerEntry)).first() is None
            assert session.exec(select(Consultation.operator)).one() == "zuoxi"

    def test_remembers_the_channel_and_no_field_for_the_next_call(self, operator: Browser) -> None:
        path = ask(operator, KNOWN, channel="mailbox", area="养老")
        assert '<option value="养老" selected>' in operator.get(path).text
        page = operator.get("/").text
        assert '<option value="mailbox" selected>' in page
        assert '<option value="养老" selected>' not in page

    def test_unknown_choices_fall_back_instead_of_failing(self, operator: Browser) -> None:
        page = operator.get(ask(operator, KNOWN, channel="pigeon", area="天文")).text
        assert "12345热线" in page
        assert "不限领域" in page

    def test_a_hostile_question_is_shown_and_not_run(self, operator: Browser) -> None:
        page = operator.get(ask(operator, HOSTILE)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page

    @pytest.mark.parametrize("question", ["", "   ", "😀😀", "？？！", "问" * 100_001])
    def test_an_unusable_question_is_told_so_in_place_of_a_result(
        self, operator: Browser, question: str
    ) -> None:
        answer = operator.post("/consultations", htmx=True, question=question)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "<html" not in answer.text

    def test_an_unknown_consultation_is_a_page_of_its_own(self, operator: Browser) -> None:
        answer = operator.get("/consultations/none")
        assert answer.status_code == 404
        assert "没有这次咨询" in answer.text


class TestTelling:
    def test_records_what_the_asker_was_told(self, operator: Browser, services: Services) -> None:
        path = ask(operator, KNOWN)
        qa_id = first_candidate(services, path)
        answer = operator.post(f"{path}/choice", qa_id=qa_id, htmx=True)
        assert "已记录" in answer.text
        assert told_pair(services, path) == qa_id

    def test_works_without_javascript_too(self, operator: Browser, services: Services) -> None:
        path = ask(operator, KNOWN)
        answer = operator.post(f"{path}/choice", qa_id=first_candidate(services, path))
        assert answer.headers["location"] == path
        page = operator.get(path).text
        assert "已记录" in page
        assert 'data-key="1"' not in page

    @pytest.mark.parametrize("qa_id", ["99999", "", "abc"])
    def test_refuses_what_was_not_shown(self, operator: Browser, qa_id: str) -> None:
        answer = operator.post(f"{ask(operator, KNOWN)}/choice", qa_id=qa_id)
        assert answer.status_code == 422

    def test_refuses_an_answer_withdrawn_since_and_says_to_ask_again(
        self, operator: Browser, admin: Browser, services: Services
    ) -> None:
        path = ask(operator, KNOWN)
        qa_id = first_candidate(services, path)
        admin.post(f"/pairs/{qa_id}/withdraw", reason="标准已调整")
        assert OUTDATED in operator.get(path).text
        answer = operator.post(f"{path}/choice", qa_id=qa_id)
        assert answer.status_code == 409
        assert "请重新提问，按现行答复告知" in answer.text
        assert operator.post(f"{path}/registration").status_code == 303

    def test_refuses_to_register_what_was_told(self, operator: Browser, services: Services) -> None:
        path = ask(operator, KNOWN)
        operator.post(f"{path}/choice", qa_id=first_candidate(services, path))
        assert operator.post(f"{path}/registration").status_code == 409


class TestRegistering:
    def test_shows_number_unit_due_date_and_its_proof(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN, area="养老")
        page = operator.post(f"{path}/registration", htmx=True).text
        for shown in ("ZX20261124-0001", "区人力资源和社会保障局", "2026-12-01"):
            assert shown in page
        assert "第 5 个工作日" in page
        assert "不计" in page

    def test_keeps_the_asker_and_shows_the_phone_masked(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        phone = "138" + "0" * 8
        operator.post(f"{path}/registration", name="某先生", phone=phone)
        page = operator.get(path).text
        assert "138******00" in page
        assert phone not in page

    def test_pressed_twice_gives_the_same_number(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, UNKNOWN)
        for _ in range(2):
            assert "ZX20261124-0001" in operator.post(f"{path}/registration", htmx=True).text
        with reading(services) as session:
            assert len(session.exec(select(LedgerEntry)).all()) == 1


class TestWaiting:
    def test_an_unhandled_question_stays_in_sight(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        assert f'href="{path}" data-key="a"' in operator.get("/").text

    def test_it_goes_once_told_or_registered(self, operator: Browser, services: Services) -> None:
        told, registered = ask(operator, KNOWN), ask(operator, UNKNOWN)
        operator.post(f"{told}/choice", qa_id=first_candidate(services, told))
        operator.post(f"{registered}/registration")
        waiting = operator.get("/").text.partition("刚刚处理")[0]
        assert told not in waiting
        assert registered not in waiting

    def test_the_question_on_show_is_not_listed_beside_itself(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        assert f'href="{path}"' not in operator.get(path).text

    def test_shows_nobody_elses(self, operator: Browser, browse: Browse) -> None:
        path = ask(operator, UNKNOWN)
        assert path not in browse("other").get("/").text


class TestDegraded:
    def test_every_page_says_that_search_is_degraded(
        self, services: Services, operator: Browser
    ) -> None:
        paths = ("/", "/ledger", "/pairs", "/pairs/new", "/ledger/none")
        assert not any("降级运行" in operator.get(path).text for path in paths)
        degraded = dataclasses.replace(services, degraded_reason="模型文件缺失")
        operator.app.state.services = degraded
        assert all("降级运行" in operator.get(path).text for path in paths)

    @pytest.mark.parametrize("path", ["/login", "/reply/none", "/none"])
    def test_no_stranger_is_told_so(self, services: Services, operator: Browser, path: str) -> None:
        operator.app.state.services = dataclasses.replace(services, degraded_reason="模型文件缺失")
        page = Browser(operator.app).get(path).text
        assert "政策咨询问答库" in page
        assert "降级运行" not in page
        assert "模型文件缺失" not in page
