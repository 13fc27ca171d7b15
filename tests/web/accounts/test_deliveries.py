"""The page of deliveries names events, records and failures as an office does."""

import re
from datetime import timedelta

import pytest
from visitor import Browse

from qa_service.outbox.event_names import reason_name, subject_name, topic_name
from qa_service.outbox.models import DeliveryAttempt, Destination, OutboxEvent, Outcome
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, Role

TOPICS = (
    "ledger.reminder",
    "pair.published",
    "pair.withdrawn",
    "pair.due",
    "bank.changed",
    "policy.notice",
    "mail",
    "answer.sent",
    "reply.noticed",
    *(f"ledger.{action.value}" for action in Action),
)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_has_a_chinese_name(topic: str) -> None:
    assert not re.search(r"[A-Za-z.]", topic_name(topic))


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("ZX20261124-0001", "ZX20261124-0001"),
        ("qa-12", "问答 12"),
        ("policy-3", "政策文件 3"),
        ("task-5", "任务 5"),
        ("due-human-resources-2026-11-24", "2026-11-24 到期问答汇总"),
        ("rework-education", "返工问答汇总"),
        ("bank", "问答库"),
    ],
)
def test_what_an_event_concerns_is_named(subject: str, name: str) -> None:
    assert subject_name(subject) == name


def test_the_page_shows_no_name_of_the_interface(browse: Browse, services: Services) -> None:
    now = services.clock.now()
    with session_scope(services.database) as session:
        for number, outcome in ((901, Outcome.GIVEN_UP), (902, None)):
            session.add(
                OutboxEvent(
                    id=number,
                    topic="pair.published",
                    subject="qa-12",
                    destination=Destination.WEBHOOK,
                    created_at=now,
                    queued_at=now,
                    attempts=3,
                    outcome=outcome,
                    next_at=None if outcome else now + timedelta(hours=1),
                    last_error="no answer within 10 s",
                )
            )
        session.flush()
        session.add(DeliveryAttempt(event_id=901, attempted_at=now, error="HTTP 502"))
    page = browse("ducha", Role.SUPERVISOR).get("/deliveries").text
    assert page.count("问答发布") == 3
    assert page.count("10 秒内没有应答") == 2
    assert "对方返回 HTTP 502" in page
    for raw in ("pair.published", "qa-12", "no answer"):
        assert raw not in page


def test_every_attempt_tells_its_own_outcome(browse: Browse, services: Services) -> None:
    now = services.clock.now()
    given = {"topic": "mail", "destination": Destination.MAIL, "created_at": now, "queued_at": now}
    with session_scope(services.database) as session:
        void = OutboxEvent(subject="ZX20261124-0001", outcome=Outcome.VOIDED, **given)
        on_its_way = OutboxEvent(subject="ZX20261124-0002", attempts=1, next_at=now, **given)
        session.add_all([void, on_its_way])
        session.flush()
        for error in ("ConnectionRefusedError", "broken premise: turn"):
            session.add(DeliveryAttempt(event_id=void.id or 0, attempted_at=now, error=error))
            session.flush()
    page = browse("ducha", Role.SUPERVISOR).get("/deliveries").text
    assert page.count("已作废，未发出") == 1
    assert "已作废，未发出：台账已不待收件人办理" in page
    assert "✘ 未送达：对方没有接受连接" in page
    assert "没有等待重试的事件" in page


@pytest.mark.parametrize(
    "error", ["ConnectError", "SMTPDataError", "gateway refused", "HTTPError", "", "Server left."]
)
def test_every_reason_is_told_in_chinese(error: str) -> None:
    assert not re.search(r"[A-Za-z（]", reason_name(error))
