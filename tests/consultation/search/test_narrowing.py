"""A search is narrowed to one matter, an audience, a region; what states none is for everybody."""

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from qa_service.consultation.search.narrowing import Narrowing
from qa_service.knowledge.coverage.topics import TopicContent, TopicNotFoundError, store_topic
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.services import Services
from qa_service.storage.engine import session_scope

KNOWN = "社保卡丢了怎么补办？"


def found(services: Services, **bounds: str) -> bool:
    day = services.clock.now().date()
    result = services.searcher.search(KNOWN, area=None, day=day, narrowed=Narrowing(**bounds))
    return any(one.key == "test-card" for one in result.candidates)


def card(session: Session) -> QAPair:
    return session.exec(select(QAPair).where(QAPair.key == "test-card")).one()


@pytest.mark.parametrize("bound", ["audience", "region"])
def test_an_answer_for_others_is_not_found_and_one_for_everybody_is(
    services: Services, bound: str
) -> None:
    assert found(services, **{bound: "甲镇"})
    with session_scope(services.database) as session:
        version = card(session).current_version_id
        stated = update(QAVersion).where(QAVersion.id == version)  # type: ignore[arg-type]
        session.execute(stated.values(**{bound: "乙镇"}))
    assert not found(services, **{bound: "甲镇"})
    assert found(services, **{bound: "乙 镇"})
    assert found(services)


def test_only_answers_of_the_matter_are_found(services: Services) -> None:
    with session_scope(services.database) as session:
        area = card(session).area
        store_topic(session, "card", TopicContent(area, "社保卡业务", ("社保卡",)))
        store_topic(session, "other", TopicContent(area, "别的事项", ("别的",)))
    assert found(services, topic="card")
    assert not found(services, topic="other")
    with pytest.raises(TopicNotFoundError):
        found(services, topic="nobody's")
