"""The answer told goes to the caller as a link, through a real gateway and a real mail server."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from receivers import MailReceiver, Receiver, receiving
from sqlmodel import select
from visitor import Browse, Browser

from qa_service.consultation.models import SentAnswer
from qa_service.consultation.retention import erase_askers
from qa_service.jobs.delivery import DeliveryJob
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.ledger.models import Asker
from qa_service.outbox.caller_events import AnswerSent
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.outbox.service import LEASE, enqueue
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, SendChannel

KNOWN = "社保卡丢了怎么补办？"
PHONE = "13800001111"
LINK = "https://qa.example/answers/test-card"


@pytest.fixture
def open_to_public(services: Services) -> Services:
    services.settings.public_url = "https://qa.example"
    return services


def told(browser: Browser) -> str:
    """The address of a consultation of which the first answer was told."""
    path = browser.post("/consultations", question=KNOWN).headers["location"]
    found = re.search(r'name="qa_id" value="(\d+)"', browser.get(path).text)
    assert found
    assert browser.post(f"{path}/choice", qa_id=found[1]).status_code == 303
    return path


def deliver(services: Services) -> None:
    DeliveryJob(JobContext.of(services)).run()


def with_gateway(services: Services, gateway: Receiver, **given: object) -> None:
    set_to = {"sms_url": gateway.url, "webhook_allowed": "127.0.0.1", **given}
    for name, value in set_to.items():
        setattr(services.settings, name, value)


@dataclass(frozen=True)
class Waiting:
    """A text message that was not delivered yet."""

    path: str
    """Address of the consultation it is about."""
    gateway: Receiver


@pytest.fixture
def waiting(operator: Browser, open_to_public: Services) -> Iterator[Waiting]:
    """The link to an answer told, which waits to be sent as a text message."""
    path = told(operator)
    with receiving() as gateway:
        with_gateway(open_to_public, gateway)
        assert operator.post(f"{path}/link", channel="sms", to=PHONE).status_code == 303
        yield Waiting(path, gateway)


def test_a_text_message_reaches_the_gateway_and_the_record_says_so(
    operator: Browser, open_to_public: Services, browse: Browse
) -> None:
    path = told(operator)
    with receiving() as gateway:
        gateway.status, gateway.answer = 200, b'{"code": 0}'
        fields = {"mobile": "{phone}", "content": "{text}", "sign": "政务"}
        headers = {"Authorization": "Bearer key"}
        with_gateway(
            open_to_public, gateway, sms_fields=fields, sms_headers=headers, sms_success='"code": 0'
        )
        sent = operator.post(f"{path}/link", channel="sms", to="138 0000 1111")
        assert sent.status_code == 303
        assert "138******11：等待发送" in operator.get(path).text
        deliver(open_to_public)
        ((given, body),) = gateway.got
    assert given["Authorization"] == "Bearer key"
    text = f"您咨询的“{KNOWN}”，答复见 {LINK}"
    assert json.loads(body) == {"mobile": PHONE, "content": text, "sign": "政务"}
    assert "138******11：已发出" in operator.get(path).text
    listed = browse("ducha", Role.SUPERVISOR).get("/sent-answers").text
    assert "今天发送 1 条：短信 1 条" in listed
    assert KNOWN in listed
    assert "用户zuoxi" in listed
    assert PHONE not in listed


def test_a_mail_reaches_the_mail_server(operator: Browser, open_to_public: Services) -> None:
    path = told(operator)
    with MailReceiver() as server:
        settings = open_to_public.settings
        settings.smtp_host, settings.smtp_port = "127.0.0.1", server.port
        settings.smtp_sender = "qa@example.com"
        assert operator.post(f"{path}/link", channel="mail", to="wang@example.com")
        deliver(open_to_public)
    (mail,) = server.mails
    assert "To: wang@example.com" in mail
    assert "已发出" in operator.get(path).text


def test_an_answer_withdrawn_before_it_left_is_not_sent(
    waiting: Waiting, services: Services, browse: Browse
) -> None:
    with session_scope(services.database) as session:
        pair = session.get_one(QAPair, session.exec(select(SentAnswer)).one().pair_id)
        withdraw_pair(session, pair, "有误", now=services.clock.now())
    deliver(services)
    assert waiting.gateway.got == []
    assert "已作废，没有发出" in browse("ducha", Role.SUPERVISOR).get("/sent-answers").text


def test_an_answer_whose_telling_was_undone_before_it_left_is_not_sent(
    waiting: Waiting, operator: Browser, services: Services
) -> None:
    assert operator.post(f"{waiting.path}/choice/undo").status_code == 303
    deliver(services)
    assert waiting.gateway.got == []


def test_a_message_whose_record_is_gone_keeps_no_other_waiting(
    waiting: Waiting, services: Services, operator: Browser
) -> None:
    now = services.clock.now()
    with session_scope(services.database) as session:
        lost = enqueue(session, AnswerSent(999, Destination.ANSWER_SMS), now=now - LEASE)
    deliver(services)
    assert len(waiting.gateway.got) == 1
    assert "138******11：已发出" in operator.get(waiting.path).text
    with session_scope(services.database, read_only=True) as session:
        due_at = session.get_one(OutboxEvent, lost.id).next_at
    assert due_at is not None
    assert due_at > now


@pytest.mark.usefixtures("waiting")
def test_who_supervises_other_units_does_not_see_what_was_sent(browse: Browse) -> None:
    own, other = (
        browse(login, Role.SUPERVISOR, within={Role.SUPERVISOR: (unit,)})
        for login, unit in (("ducha", "human-resources"), ("tadi", "education"))
    )
    assert KNOWN in own.get("/sent-answers").text
    assert KNOWN not in other.get("/sent-answers").text


@pytest.mark.usefixtures("waiting")
def test_nothing_of_the_contact_is_stored_in_plain_text(services: Services) -> None:
    with session_scope(services.database, read_only=True) as session:
        sent = session.exec(select(SentAnswer)).one()
        event = session.get_one(OutboxEvent, sent.event_id)
        asker = session.get_one(Asker, sent.asker_id)
        assert (sent.channel, sent.link, sent.version) == (SendChannel.SMS, LINK, 1)
        assert PHONE not in f"{event.payload} {event.subject} {asker}"
        assert asker.contact_masked == "138******11"


def test_a_gateway_that_refuses_is_asked_again_and_a_form_body_is_not_broken_into(
    operator: Browser, open_to_public: Services
) -> None:
    path = told(operator)
    with receiving() as gateway:
        gateway.status, gateway.answer = 200, b"code=1"
        text = "{question}&phone=1 {link}"
        given = {"sms_body": "form", "sms_success": "code=0", "answer_text": text}
        with_gateway(open_to_public, gateway, **given)
        operator.post(f"{path}/link", channel="sms", to=PHONE)
        deliver(open_to_public)
        ((_, body),) = gateway.got
    assert body.count(b"phone=") == 1
    page = operator.get(path).text
    assert "138******11：尚未发出，正在重试" in page
    assert "可改用另一种方式" in page
    with session_scope(open_to_public.database, read_only=True) as session:
        assert session.exec(select(OutboxEvent)).all()[-1].last_error == "gateway refused"


@pytest.mark.parametrize(
    ("channel", "to", "said"),
    [
        ("sms", "0571-12345678", "短信须发到 11 位手机号"),
        ("sms", "wang@example.com", "短信须发到 11 位手机号"),
        ("mail", PHONE, "请填写完整的电子邮箱地址"),
        ("mail", "wang@", "请填写完整的电子邮箱地址"),
        ("pigeon", PHONE, "没有设置这种发送方式"),
    ],
)
def test_what_cannot_be_sent_is_told_beside_the_box_and_stays_typed(
    operator: Browser, open_to_public: Services, channel: str, to: str, said: str
) -> None:
    settings = open_to_public.settings
    settings.sms_url, settings.smtp_host = "https://sms.example/send", "mail.example"
    settings.smtp_sender = "qa@example.com"
    refused = operator.post(f"{told(operator)}/link", channel=channel, to=to)
    assert refused.status_code == 422
    assert said in refused.text
    assert f'value="{to}"' in refused.text


def test_the_same_answer_does_not_go_twice_and_without_an_answer_nothing_goes(
    operator: Browser, open_to_public: Services
) -> None:
    open_to_public.settings.sms_url = "https://sms.example/send"
    path = told(operator)
    assert operator.post(f"{path}/link", channel="sms", to=PHONE).status_code == 303
    assert "刚才已经发到" in operator.post(f"{path}/link", channel="sms", to=PHONE).text
    untold = operator.post("/consultations", question=KNOWN).headers["location"]
    refused = operator.post(f"{untold}/link", channel="sms", to=PHONE)
    assert refused.status_code == 409
    assert "没有公开的网页" in refused.text
    assert "把答复链接发给咨询人" not in operator.get(untold).text


def test_the_contact_is_erased_with_those_of_askers(
    operator: Browser, open_to_public: Services
) -> None:
    open_to_public.settings.sms_url = "https://sms.example/send"
    path = told(operator)
    operator.post(f"{path}/link", channel="sms", to=PHONE)
    now = open_to_public.clock.now()
    for days, erased in ((1, 0), (-1, 1)):
        with session_scope(open_to_public.database) as session:
            assert erase_askers(session, now=now, days=days)[0] == erased
    assert "已清除：等待发送" in operator.get(path).text


def test_the_code_to_scan_leads_to_the_public_page(
    operator: Browser, stranger: Browser, open_to_public: Services
) -> None:
    assert "扫码查看" in operator.get(told(operator)).text
    code = stranger.get("/answers/test-card/qr.svg")
    assert code.headers["content-type"].startswith("image/svg+xml")
    open_to_public.settings.public_url = ""
    assert stranger.get("/answers/test-card/qr.svg").status_code == 404
