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


def test_the_words_of_a_library_stand_behind_what_they_mean() -> None:
    assert reason_name("ConnectError") == "连接失败（ConnectError）"
    assert reason_name("gateway refused") == "短信网关没有接收"
