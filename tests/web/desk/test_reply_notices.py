"""Who left a number or an address is told that the reply is there, and told nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import ANSWER, OPERATOR, REVIEWER, Desk, step
from desk_forms import leave_and_keep
from fastapi.testclient import TestClient
from public_desk import signed_desk
from receivers import MailReceiver, Receiver, receiving
from sqlmodel import select
from visitor import Browser

from qa_service.clock import FixedClock
from qa_service.consultation.models import ReplyNotice
from qa_service.jobs.delivery import DeliveryJob
from qa_service.jobs.duty import JobContext
from qa_service.jobs.ledger.asker_names import hash_asker_names
from qa_service.jobs.ledger.reply_notices import notify_askers
from qa_service.ledger.askers.details import AskerDetails
from qa_service.ledger.workflow import contacts, undoing
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.outbox.models import OutboxEvent
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import SendChannel

ASKED = "火星养老院怎么预约"
PHONE = "13800138000"
LATER = timedelta(minutes=11)
TEXT = "您的留言 {} 已有答复，请凭编号和查询码查看：https://wen.example/desk/question"


@pytest.fixture
def desk(services: Services) -> TestClient:
    services.settings.desk_work = 100
    services.settings.desk_url = "https://wen.example"
    return TestClient(signed_desk(services), follow_redirects=False)


def with_gateway(services: Services, gateway: Receiver) -> None:
    gateway.status = 200
    services.settings.sms_url = gateway.url
    services.settings.webhook_allowed = "127.0.0.1"


def answer(services: Services, number: str, **changes: object) -> None:
    with session_scope(services.database) as session:
        content = replace(ANSWER, **changes)  # type: ignore[arg-type]
        Desk(session, services.clock.now()).answered(find_by_number(session, number), content)


def notify(services: Services) -> int:
    """Queue what is due, and deliver it; how many notices were queued."""
    context = JobContext.of(services)
    queued = notify_askers(context)
    DeliveryJob(context).run()
    return queued


def notices(services: Services) -> list[ReplyNotice]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(ReplyNotice)).all())


def test_a_text_message_names_the_number_and_the_page_and_nothing_else(
    desk: TestClient, services: Services, clock: FixedClock, operator: Browser
) -> None:
    receipt = leave_and_keep(desk, ASKED, contact=PHONE)
    with receiving() as gateway:
        with_gateway(services, gateway)
        answer(services, receipt["number"])
        # While the approval can be undone nothing leaves.
        assert notify(services) == 0
        clock.instant += LATER
        assert [notify(services), notify(services)] == [1, 0]
        ((_, body),) = gateway.got
    assert json.loads(body) == {"phone": PHONE, "text": TEXT.format(receipt["number"])}
    for said in (ASKED, receipt["code"], ANSWER.answer, ANSWER.phone_script):
        assert said not in body.decode()
    (notice,) = notices(services)
    assert (notice.channel, notice.delivered_at) == (SendChannel.SMS, clock.instant)
    page = operator.get(f"/ledger/{receipt['number']}").text
    assert "短信，2026-11-24 10:11，已发出" in page
    assert PHONE not in page
    with session_scope(services.database, read_only=True) as session:
        event = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "reply.noticed")).one()
        assert event.payload == {"notice_id": notice.id, "by": "answer_sms"}
    # Who was told by message is called all the same.
    assert receipt["number"] in operator.get("/callbacks").text


def test_a_mail_goes_to_an_address(desk: TestClient, services: Services, clock: FixedClock) -> None:
    receipt = leave_and_keep(desk, ASKED, contact="wang@example.com")
    answer(services, receipt["number"])
    clock.instant += LATER
    with MailReceiver() as server:
        settings = services.settings
        settings.smtp_host, settings.smtp_port = "127.0.0.1", server.port
        settings.smtp_sender = "qa@example.com"
        assert notify(services) == 1
    (mail,) = server.mails
    assert "To: wang@example.com" in mail
    assert [one.channel for one in notices(services)] == [SendChannel.MAIL]


def test_a_gateway_whose_texts_are_approved_beforehand_gets_fields_of_their_own(
    desk: TestClient, services: Services, clock: FixedClock
) -> None:
    receipt = leave_and_keep(desk, ASKED, contact=PHONE)
    answer(services, receipt["number"])
    clock.instant += LATER
    with receiving() as gateway:
        with_gateway(services, gateway)
        services.settings.sms_notice_fields = {"to": "{phone}", "template": "7", "no": "{number}"}
        notify(services)
        ((_, body),) = gateway.got
    assert json.loads(body) == {"to": PHONE, "template": "7", "no": receipt["number"]}


def test_everyone_who_asked_the_same_and_left_a_contact_is_told_once(
    desk: TestClient, services: Services, clock: FixedClock
) -> None:
    lead = leave_and_keep(desk, ASKED, contact=PHONE)
    joined = leave_and_keep(desk, ASKED, contact="13900139000")
    leave_and_keep(desk, ASKED)
    leave_and_keep(desk, ASKED, contact="0571-87654321")
    answer(services, lead["number"])
    clock.instant += LATER
    with receiving() as gateway:
        with_gateway(services, gateway)
        assert notify(services) == 2
        told = {json.loads(body)["phone"]: json.loads(body)["text"] for _, body in gateway.got}
    assert told == {
        PHONE: TEXT.format(lead["number"]),
        "13900139000": TEXT.format(joined["number"]),
    }


def _called(services: Services, number: str) -> None:
    with session_scope(services.database) as session:
        Desk(session, services.clock.now()).call(find_by_number(session, number))


def _undone(services: Services, number: str) -> None:
    with session_scope(services.database) as session:
        entry = find_by_number(session, number)
        undoing.undo(session, entry, step(REVIEWER, services.clock.now()))


def _long_ago(services: Services, _number: str) -> None:
    clock = services.clock
    assert isinstance(clock, FixedClock)
    clock.instant += timedelta(days=4)


def _turned_off(services: Services, _number: str) -> None:
    services.settings.desk_notices = False


def _without_address(services: Services, _number: str) -> None:
    services.settings.desk_url = ""


@pytest.mark.parametrize("meanwhile", [_called, _undone, _long_ago, _turned_off, _without_address])
def test_nobody_is_told_who_was_called_or_of_what_does_not_stand(
    desk: TestClient,
    services: Services,
    clock: FixedClock,
    meanwhile: Callable[[Services, str], None],
) -> None:
    receipt = leave_and_keep(desk, ASKED, contact=PHONE)
    answer(services, receipt["number"])
    meanwhile(services, receipt["number"])
    clock.instant += LATER
    with receiving() as gateway:
        with_gateway(services, gateway)
        assert notify(services) == 0
        assert gateway.got == []


def test_what_was_queued_does_not_leave_once_the_contact_is_another_and_holds_nobody_up(
    desk: TestClient, services: Services, clock: FixedClock
) -> None:
    numbers = [
        leave_and_keep(desk, f"火星第{n}养老院怎么预约", contact=f"1380013800{n}")["number"]
        for n in range(5)
    ]
    for n, number in enumerate(numbers):
        answer(services, number, question=f"火星第{n}养老院怎样预约")
    clock.instant += LATER
    with receiving() as gateway:
        with_gateway(services, gateway)
        assert notify_askers(JobContext.of(services)) == 5
        for number in numbers[:4]:
            _has_another_contact(services, number)
        DeliveryJob(JobContext.of(services)).run()
        assert [json.loads(body)["phone"] for _, body in gateway.got] == ["13800138004"]


def _has_another_contact(services: Services, number: str) -> None:
    with session_scope(services.database) as session:
        contacts.correct_contact(
            session,
            find_by_number(session, number),
            step(OPERATOR, services.clock.now()),
            AskerDetails(phone="wang@example.com"),
            cipher=services.cipher,
        )


def test_one_contact_gets_a_few_a_day(
    desk: TestClient, services: Services, clock: FixedClock
) -> None:
    """Somebody may leave the number of another person with every question."""
    for n in range(7):
        receipt = leave_and_keep(desk, f"火星第{n}养老院怎么预约", contact=PHONE)
        answer(services, receipt["number"], question=f"火星第{n}养老院怎样预约")
    hash_asker_names(JobContext.of(services))
    clock.instant += LATER
    with receiving() as gateway:
        with_gateway(services, gateway)
        assert notify(services) == 5


def test_the_form_says_so_where_it_is_so(desk: TestClient, services: Services) -> None:
    assert "通知" not in desk.get("/desk/ask").text
    services.settings.sms_url = "https://sms.example/send"
    assert "，手机号还会收到“已有答复”的通知" in desk.get("/desk/ask").text
    services.settings.smtp_host, services.settings.smtp_sender = "mail.example", "qa@example.com"
    assert "，手机号和邮箱还会收到" in desk.get("/desk/ask").text
    services.settings.desk_notices = False
    assert "通知" not in desk.get("/desk/ask").text
