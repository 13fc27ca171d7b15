"""The page behind a one-time link, for somebody without an account."""

import json
import re
from datetime import timedelta
from email import message_from_bytes, message_from_string, policy

import pytest
from entry_pages import ENTRY, QUESTION
from httpx import Response
from receivers import MailReceiver, receiving
from sqlmodel import select
from visitor import UNIT, Browse, Browser

from qa_service.accounts.models import Unit
from qa_service.clock import FixedClock
from qa_service.jobs.delivery import DeliveryJob
from qa_service.jobs.duty import JobContext
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.outbox.models import OutboxEvent, Outcome
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role

KIND = "一次性链接失效、待单位答复的台账"
NUMBER = ENTRY.rsplit("/", 1)[1]
PHONE, NAME = "13800000000", "张女士"
REPLY = {
    "area": "教育",
    "question": QUESTION,
    "answer": "在本区养老服务平台预约。",
    "phone_script": "请在平台预约。",
    "no_basis_reason": "属于办事咨询",
    "effective_from": "2026-11-24",
    "is_public": "yes",
}


@pytest.fixture
def supervisor(browse: Browse, services: Services) -> Browser:
    services.settings.public_url = "https://zhengce.example.cn"
    services.settings.smtp_host = "mail.example.cn"
    operator = browse("zhiban")
    path = operator.post("/consultations", question=QUESTION).headers["location"]
    operator.post(f"{path}/registration", name=NAME, phone=PHONE, unit=UNIT)
    with session_scope(services.database) as session:
        unit = session.exec(select(Unit).where(Unit.key == UNIT)).one()
        unit.email = "unit@example.cn"
        session.add(unit)
    return browse("ducha", Role.SUPERVISOR, Role.REVIEWER)


def sent(supervisor: Browser, services: Services) -> str:
    answer = supervisor.post(f"{ENTRY}/send_link")
    assert answer.status_code == 303, answer.text
    with session_scope(services.database, read_only=True) as session:
        mail = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")).all()[-1]
        found = re.search(r"https://zhengce\.example\.cn(/reply/\S+)", str(mail.payload["text"]))
    assert found
    return found[1]


def hand_in(stranger: Browser, path: str, **changes: str) -> Response:
    return stranger.client.post(path, data={**REPLY, **changes})


def state_of(services: Services) -> EntryState:
    with session_scope(services.database, read_only=True) as session:
        return find_by_number(session, NUMBER).state


class TestByTextMessage:
    def test_reaches_the_units_mobile_through_the_gateway(
        self, supervisor: Browser, stranger: Browser, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            unit = session.exec(select(Unit).where(Unit.key == UNIT)).one()
            unit.phone = "139 0000 0000"
            session.add(unit)
        with receiving() as gateway:
            services.settings.sms_url = gateway.url
            services.settings.webhook_allowed = "127.0.0.1"
            services.settings.smtp_host = ""
            page = supervisor.get(ENTRY).text
            assert "用短信发送答复链接" in page
            assert "用电子邮件发送答复链接" not in page
            assert supervisor.post(f"{ENTRY}/send_link", by="sms").status_code == 303
            DeliveryJob(JobContext.of(services)).run()
        ((_, body),) = gateway.got
        message = json.loads(body)
        assert message["phone"] == "13900000000"
        assert f"请答复台账 {NUMBER}，" in message["text"]
        assert QUESTION not in message["text"]
        found = re.search(r"https://zhengce\.example\.cn(/reply/\S+)", message["text"])
        assert found
        assert QUESTION in stranger.get(found[1]).text

    def test_needs_a_mobile_and_a_gateway(self, supervisor: Browser, services: Services) -> None:
        refused = supervisor.post(f"{ENTRY}/send_link", by="sms")
        assert refused.status_code == 409
        assert "没有设置这种发送方式" in refused.text
        services.settings.sms_url = "https://sms.example/send"
        assert "填写手机号" in supervisor.post(f"{ENTRY}/send_link", by="sms").text


class TestPage:
    def test_shows_the_question_and_nothing_of_the_asker(
        self, supervisor: Browser, stranger: Browser, services: Services
    ) -> None:
        path = sent(supervisor, services)
        page = stranger.get(path)
        assert QUESTION in page.text
        assert not any(part in page.text for part in (PHONE, "138***", NAME, "zhiban"))
        assert page.headers["cache-control"] == "private, no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "<nav" not in page.text
        assert "2026-11-27 10:" in page.text

    def test_takes_one_reply_which_another_person_reviews(
        self, supervisor: Browser, stranger: Browser, browse: Browse, services: Services
    ) -> None:
        path = sent(supervisor, services)
        assert "已交审核" in hand_in(stranger, path).text
        assert state_of(services) is EntryState.DRAFTED
        typed = {"answer": "改过的答复。", "basis_document": "某办法", "expires_on": "2027-11-30"}
        again = hand_in(stranger, path, **typed)
        assert again.status_code == 404
        assert all(f"：{text}</li>" in again.text for text in typed.values())
        used = stranger.get(path)
        assert used.status_code == 404
        assert "回到首页" not in used.text
        page = browse("shenhe", Role.REVIEWER).get(ENTRY).text
        assert "在本区养老服务平台预约。" in page
        assert "一次性链接（" in page
        assert "11-27 10:" in page

    def test_keeps_what_was_typed_and_tells_every_fault(
        self, supervisor: Browser, stranger: Browser, services: Services
    ) -> None:
        path = sent(supervisor, services)
        refused = hand_in(stranger, path, area="", no_basis_reason="", answer="请打 13900001111")
        assert refused.status_code == 422
        text = refused.text
        assert "请打 13900001111" in text
        assert text.count('class="problem"') >= 3
        assert state_of(services) is EntryState.ASSIGNED
        assert hand_in(stranger, path).status_code == 200

    def test_opens_nothing_for_a_guess(self, supervisor: Browser, stranger: Browser) -> None:
        for path in ("/reply/1-" + "0" * 64, "/reply/x", "/reply/1", "/reply/%00"):
            assert stranger.get(path).status_code == 404
            guessed = hand_in(stranger, path)
            assert (guessed.status_code, REPLY["answer"] in guessed.text) == (404, False)


def waiting(supervisor: Browser) -> str:
    """The list of entries that need another link; "" if there is none."""
    page = supervisor.get("/todo").text
    return page[page.index('<section class="card" id="links_to_resend"') :] if KIND in page else ""


class TestResending:
    def test_a_returned_reply_asks_the_supervisor_for_another_link(
        self, supervisor: Browser, stranger: Browser, browse: Browse, services: Services
    ) -> None:
        hand_in(stranger, sent(supervisor, services))
        assert not waiting(supervisor), "it waits for the reviewer"
        reviewer = browse("shenhe", Role.REVIEWER)
        assert reviewer.post(f"{ENTRY}/send_back", reply=1, reason="请写明时限").status_code == 303
        listed = waiting(supervisor)
        assert f'href="{ENTRY}#send-link"' in listed
        assert "答复已退回修改，原链接已用过" in listed
        assert 'id="send-link"' in supervisor.get(ENTRY).text
        assert supervisor.get("/todo/counts").json()["/ledger/board"] == 1
        sent(supervisor, services)
        assert not waiting(supervisor)

    def test_so_does_a_link_that_nobody_used_in_time(
        self, supervisor: Browser, services: Services, clock: FixedClock
    ) -> None:
        sent(supervisor, services)
        assert not waiting(supervisor)
        clock.instant += timedelta(hours=services.settings.reply_link_hours)
        supervisor.enter("ducha")
        assert "链接已过期，单位没有答复" in waiting(supervisor)

    def test_an_entry_that_the_unit_accepted_itself_needs_none(
        self, supervisor: Browser, browse: Browse, services: Services, clock: FixedClock
    ) -> None:
        sent(supervisor, services)
        unit = browse("danwei", Role.UNIT, unit=UNIT)
        assert unit.post(f"{ENTRY}/accept").status_code == 303
        clock.instant += timedelta(hours=services.settings.reply_link_hours)
        supervisor.enter("ducha")
        assert not waiting(supervisor)


class TestQueuedMessage:
    def test_a_link_replaced_while_the_gateway_was_down_does_not_leave(
        self, supervisor: Browser, services: Services
    ) -> None:
        first, second = sent(supervisor, services), sent(supervisor, services)
        with MailReceiver() as mailbox:
            services.settings.smtp_host, services.settings.smtp_port = "127.0.0.1", mailbox.port
            services.settings.smtp_sender = "qa@example.com"
            delivered = DeliveryJob(JobContext.of(services)).run()
        (mail,) = (message_from_string(one, policy=policy.default) for one in mailbox.mails)
        text = mail.get_content()
        assert second in text
        assert first not in text
        assert (delivered.arrived, delivered.failed) == (1, 1)
        page = supervisor.get("/deliveries").text
        assert "已作废，未发出：链接已作废" in page
        assert "没有等待重试的事件" in page

    @pytest.mark.parametrize("setting", ["reply_links", "public_url"])
    def test_nor_does_one_of_links_that_were_switched_off(
        self, supervisor: Browser, services: Services, setting: str
    ) -> None:
        sent(supervisor, services)
        setattr(services.settings, setting, "")
        assert DeliveryJob(JobContext.of(services)).run().arrived == 0
        with session_scope(services.database, read_only=True) as session:
            (mail,) = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")).all()
        assert (mail.outcome, mail.last_error) == (Outcome.VOIDED, "broken premise: link")

    def test_nor_an_urging_of_an_entry_settled_since(
        self, supervisor: Browser, services: Services
    ) -> None:
        assert supervisor.post(f"{ENTRY}/urge", reason="请尽快").status_code == 303
        assert supervisor.post(f"{ENTRY}/void", reason="重复登记").status_code == 303
        services.settings.smtp_host, services.settings.smtp_port = "127.0.0.1", 9
        DeliveryJob(JobContext.of(services)).run()
        with session_scope(services.database, read_only=True) as session:
            mails = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")).all()
        urged = next(one for one in mails if "督查催办" in str(one.payload["subject"]))
        assert (urged.outcome, urged.last_error) == (Outcome.VOIDED, "broken premise: running")


class TestMailThatWaited:
    """An outage of the mail server, in which the limit is extended unasked."""

    def test_leaves_with_the_limit_that_holds_by_then(
        self, supervisor: Browser, services: Services
    ) -> None:
        assert supervisor.post(f"{ENTRY}/assign", unit=UNIT).status_code == 303
        sent(supervisor, services)
        assert supervisor.post(f"{ENTRY}/extend", workdays="5", reason="难").status_code == 303
        with session_scope(services.database, read_only=True) as session:
            due_on = find_by_number(session, NUMBER).due_on
        with MailReceiver(3) as mailbox:
            services.settings.smtp_host, services.settings.smtp_port = "127.0.0.1", mailbox.port
            services.settings.smtp_sender = "qa@example.com"
            DeliveryJob(JobContext.of(services)).run()
        mails = [message_from_bytes(one.encode(), policy=policy.default) for one in mailbox.mails]
        titles = [str(mail["subject"]).split("】")[1].split("：")[0] for mail in mails]
        assert titles == ["新交办的咨询", "请答复", f"已延期，期限延至 {due_on}"]
        assert all(f"办理期限 {due_on}。" in mail.get_content() for mail in mails)


class TestSwitch:
    @pytest.mark.parametrize(
        ("setting", "value"),
        [("reply_links", False), ("public_url", ""), ("public_url", "http://10.0.0.1")],
    )
    def test_off_neither_sends_nor_opens(
        self,
        supervisor: Browser,
        stranger: Browser,
        services: Services,
        setting: str,
        value: object,
    ) -> None:
        path = sent(supervisor, services)
        setattr(services.settings, setting, value)
        opened = stranger.get(path)
        assert (opened.status_code, "请与交办单位联系" in opened.text) == (404, True)
        late = hand_in(stranger, path)
        assert (late.status_code, f"<li>答复：{REPLY['answer']}</li>" in late.text) == (404, True)
        assert "发送答复链接" not in supervisor.get("/ledger").text
        assert supervisor.post(f"{ENTRY}/send_link").status_code == 409
        page = supervisor.get(ENTRY).text
        assert '/send_link"' not in page
        assert "的链接打不开，单位不能凭它答复。请电话通知单位登录办理" in page

    def test_off_lists_the_entries_whose_units_hold_a_link(
        self, supervisor: Browser, browse: Browse, services: Services
    ) -> None:
        sent(supervisor, services)
        assert not waiting(supervisor)
        services.settings.reply_links = False
        supervisor.enter("ducha")
        assert waiting(supervisor)
        assert "一次性链接现未启用，请另行通知单位登录办理" in supervisor.get("/todo").text
        assert browse("danwei", Role.UNIT, unit=UNIT).post(f"{ENTRY}/accept").status_code == 303
        supervisor.enter("ducha")
        assert not waiting(supervisor), "the unit has an account of its own"

    def test_is_off_without_a_public_address(self, services: Services) -> None:
        assert services.settings.reply_link_ways == ()
