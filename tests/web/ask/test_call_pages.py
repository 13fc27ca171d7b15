"""The call screen without a browser: preview, list and answer, caller, and every outcome."""

import re

from sqlalchemy import update
from sqlmodel import func, select
from visitor import Browse, Browser

from qa_service.accounts.models import AuditEvent
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.ledger.models import Asker
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Aspect, AuditAction

PHONE = "13800001111"
KNOWN = "社保卡丢了怎么补办？"
UNKNOWN = "火星移民签证在哪个窗口盖章"


def ask(browser: Browser, question: str, **fields: str) -> str:
    answer = browser.post("/consultations", question=question, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def choice_of(services: Services, path: str) -> Choice | None:
    with session_scope(services.database, read_only=True) as session:
        return session.get(Choice, path.rsplit("/", 1)[1])


def call_of(services: Services, path: str) -> str:
    with session_scope(services.database, read_only=True) as session:
        return session.get_one(Consultation, path.rsplit("/", 1)[1]).call_id


def pair_of(page: str) -> str:
    found = re.search(r'name="qa_id" value="(\d+)"', page)
    assert found
    return found[1]


UNLIKELY_SECOND = "低保社保卡怎么办理，还有幼儿园怎么报名"
"""A question whose second candidate is less probable than its third."""


def test_candidates_in_view_are_numbered_first_and_their_keys_tell_them(
    operator: Browser, services: Services
) -> None:
    path = ask(operator, UNLIKELY_SECOND)
    with session_scope(services.database, read_only=True) as session:
        found = session.get_one(Consultation, path.rsplit("/", 1)[1]).candidates
        assert found[1].confidence < 0.05 < found[2].confidence
    pages = operator.get(path).text, operator.post("/call/preview", question=UNLIKELY_SECOND).text
    for page in pages:
        in_view, folded = page.split('<details class="found__more">')
        listed = re.compile(
            r'data-shows="answer-(\d)".*?<span class="found__question">(.*?)<', re.S
        )
        assert [int(number) for number, _ in listed.findall(in_view)] == [1, 2]
        assert listed.findall(in_view)[1] == ("2", found[2].content.question)
        assert [int(number) for number, _ in listed.findall(folded)] == [3, 4, 5]
    form = pages[0][pages[0].index('id="tell-2"') :]
    assert pair_of(form) == str(found[2].qa_id)


class TestPreview:
    def test_shows_what_would_be_found_and_records_nothing(
        self, operator: Browser, services: Services
    ) -> None:
        page = operator.post("/call/preview", question=KNOWN).text
        assert "尚未记录" in page
        assert "社保卡" in page
        assert "<html" not in page
        assert "data-key" not in page
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(func.count()).select_from(Consultation)).one() == 0

    def test_of_words_that_ask_nothing_yet_is_the_welcome(self, operator: Browser) -> None:
        for words in ("", "？"):
            answer = operator.post("/call/preview", question=words)
            assert answer.status_code == 200
            assert "输入问题后按" in answer.text


class TestPanes:
    def test_list_the_candidates_and_show_the_first_answer(
        self, operator: Browser, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            session.execute(update(PolicyDocument).values(link="https://www.example.gov.cn/1"))
        page = operator.get(ask(operator, KNOWN)).text
        answers = re.findall(r'id="answer-(\d)"[^>]*>', page)
        assert answers[0] == "1"
        hidden = re.findall(r'id="answer-(\d)"[^>]* hidden>', page)
        assert hidden == answers[1:]
        for shown in ("复制口播", "起执行", "政策依据", "官方原文"):
            assert shown in page

    def test_show_another_answer_without_scripts(self, operator: Browser) -> None:
        page = operator.get(f"{ask(operator, KNOWN)}?shown=2").text
        assert "1" in re.findall(r'id="answer-(\d)"[^>]* hidden>', page)
        assert "2" not in re.findall(r'id="answer-(\d)"[^>]* hidden>', page)

    def test_list_the_pairs_of_a_keyword_under_their_aspects(
        self, operator: Browser, services: Services
    ) -> None:
        aspects = {"test-card": Aspect.PROCEDURE, "test-card-lost": Aspect.CONTACT}
        with session_scope(services.database) as session:
            for key, aspect in aspects.items():
                pair = select(QAPair.id).where(QAPair.key == key)
                version = update(QAVersion).where(QAVersion.pair_id == pair.scalar_subquery())
                session.execute(version.values(aspect=aspect))
        page = operator.get(ask(operator, "社保卡")).text
        headings = re.findall(r'<h4 class="found__aspect">(.*?)</h4>', page)
        assert {aspect.label for aspect in aspects.values()} <= set(headings)
        assert "found__aspect" not in operator.get(ask(operator, KNOWN)).text

    def test_show_the_nearest_for_reference_where_nothing_fits(self, operator: Browser) -> None:
        page = operator.get(ask(operator, UNKNOWN)).text
        assert "未命中" in page
        assert "仅供参考" in page
        assert 'data-key="1"' not in page
        assert "核对无误，已告知这一条" in page


class TestCall:
    def test_that_the_hotline_puts_through_shows_its_caller(
        self, operator: Browser, services: Services
    ) -> None:
        registered = ask(operator, UNKNOWN, phone=PHONE)
        operator.post(f"{registered}/registration", phone=PHONE)
        page = operator.get(f"/call?phone={PHONE}&call_id=CTI-7").text
        for shown in (
            "来电人 138******11",
            "ZX20261124-0001",
            "12月1日（星期二）前答复您",
            UNKNOWN,
        ):
            assert shown in page
        path = ask(operator, KNOWN, phone=PHONE, call_id="CTI-7")
        assert call_of(services, path) == "CTI-7"

    def test_keeps_the_number_and_the_call_of_the_hotline_after_an_outcome(
        self, operator: Browser
    ) -> None:
        path = ask(operator, KNOWN, phone=PHONE, call_id="CTI-7")
        page = operator.post(
            f"{path}/choice", htmx=True, qa_id=pair_of(operator.get(path).text)
        ).text
        assert 'name="call_id" value="CTI-7"' in page
        assert f'name="phone" type="tel" maxlength="32" value="{PHONE}"' in page

    def test_without_one_the_next_question_is_another_callers(self, operator: Browser) -> None:
        path = ask(operator, KNOWN, phone=PHONE, area="社会救助")
        page = operator.post(f"{path}/dismissal", htmx=True, reason="来电中断").text
        assert 'name="call_id" value=""' in page
        bar = page.partition('id="call-bar"')[2].partition("</div>")[0]
        assert PHONE not in bar
        assert "selected" not in bar.partition('id="area"')[2]

    def test_goes_on_where_the_operator_says_so(
        self, operator: Browser, browse: Browse, services: Services
    ) -> None:
        path = ask(operator, KNOWN, phone=PHONE)
        operator.post(f"{path}/transfer", to="12333")
        after = f"/call?after={path.rsplit('/', 1)[1]}"
        page = operator.get(after).text
        call = call_of(services, path)
        assert f'name="call_id" value="{call}"' in page
        assert f'value="{PHONE}"' in page
        assert "已转接" in page
        assert call_of(services, ask(operator, UNKNOWN, call_id=call)) == call
        assert PHONE not in browse("zuoxi2").get(after).text

    def test_looked_up_is_written_to_the_audit_trail_with_the_number_masked(
        self, operator: Browser, services: Services
    ) -> None:
        shown = operator.post("/call/caller", phone=PHONE, htmx=True).text
        assert "没有这个号码的来电记录" in shown
        with session_scope(services.database, read_only=True) as session:
            statement = select(AuditEvent.subject).where(
                AuditEvent.action == AuditAction.VIEW_ASKER
            )
            assert session.exec(statement).all() == ["来电 138******11"]

    def test_with_a_wrong_number_is_asked_all_the_same(
        self, operator: Browser, services: Services
    ) -> None:
        answer = operator.post("/consultations", question=KNOWN, phone="1380000")
        assert answer.status_code == 200
        assert "11 位" in answer.text
        assert 'value="1380000"' in answer.text
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(func.count()).select_from(Consultation)).one() == 1
            assert session.exec(select(Asker)).first() is None

    def test_a_long_or_personal_id_is_not_stored_as_it_is(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, KNOWN, call_id=PHONE)
        assert PHONE not in call_of(services, path)
        assert len(call_of(services, ask(operator, KNOWN, call_id="x" * 500))) == 64


class TestTelling:
    def test_keeps_the_number_of_the_call(self, operator: Browser, services: Services) -> None:
        path = ask(operator, KNOWN)
        pair = pair_of(operator.get(path).text)
        operator.post(f"{path}/choice", qa_id=pair, phone=PHONE)
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Asker.contact_masked)).one() == "138******11"

    def test_is_recorded_though_the_number_is_wrong(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, KNOWN)
        pair = pair_of(operator.get(path).text)
        page = operator.post(f"{path}/choice", qa_id=pair, phone="12", htmx=True).text
        assert "已记录" in page
        assert "请与咨询人核对" in page
        choice = choice_of(services, path)
        assert choice is not None
        assert choice.outcome is ChoiceOutcome.TOLD


class TestOutcomes:
    def test_transferred_and_dismissed_need_their_words(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        for act in ("transfer", "dismissal"):
            refused = operator.post(f"{path}/{act}", to=" ", reason=" ")
            assert (act, refused.status_code) == (act, 422)
            assert "请用 1 至 200 个字写明" in refused.text

    def test_are_shown_and_taken_back(self, operator: Browser, services: Services) -> None:
        path = ask(operator, UNKNOWN)
        assert "已转接" in operator.post(f"{path}/transfer", htmx=True, to="12333 人社热线").text
        page = operator.get(path).text
        assert "12333 人社热线" in page
        assert 'data-key="u"' in page
        operator.post(f"{path}/choice/undo")
        assert choice_of(services, path) is None
        assert 'data-key="0"' in operator.get(path).text

    def test_a_rephrased_question_is_set_aside_from_the_page_of_the_next(
        self, operator: Browser, services: Services
    ) -> None:
        first = ask(operator, UNKNOWN)
        second = ask(operator, KNOWN, call_id=call_of(services, first))
        page = operator.get(second).text
        assert "只是换了问法" in page
        back = second.rsplit("/", 1)[1]
        answer = operator.post(f"{first}/dismissal", reason="改换问法，另行提问", back=back)
        assert answer.headers["location"] == second
        choice = choice_of(services, first)
        assert choice is not None
        assert choice.outcome is ChoiceOutcome.DISMISSED

    def test_stand_in_reach_while_they_can_be_undone(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        operator.post(f"{path}/dismissal", reason="误拨")
        page = operator.get("/").text
        assert "刚刚处理" in page
        assert f'href="{path}"' in page

    def test_a_registration_says_what_to_read_out(self, operator: Browser) -> None:
        path = ask(operator, UNKNOWN)
        page = operator.post(f"{path}/registration", htmx=True, phone=PHONE).text
        assert "您的问题已登记，编号ZX20261124-0001，由" in page
        assert "12月1日（星期二）前答复您。" in page


def test_the_waiting_questions_are_counted_beyond_those_listed(operator: Browser) -> None:
    for number in range(10):
        ask(operator, f"{UNKNOWN}{number}号")
    page = operator.get("/").text
    assert '今日未处理 <span class="count">10</span>' in page
    assert "先列最早的 8 条" in page
