"""The topics that versions are about, as stored: the same as looking at each, on both databases."""

from dataclasses import replace

import pytest
from actors import person
from pension_pair import CONTENT, NOW
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.knowledge.coverage.placing import is_about
from qa_service.knowledge.coverage.topics import (
    TopicContent,
    coverage,
    delete_topic,
    save_topic,
)
from qa_service.knowledge.models import QAVersion
from qa_service.knowledge.pairs.moving import move_pairs_of_area
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.upkeep_models import Topic, VersionTopic
from qa_service.storage.engine import session_scope
from qa_service.storage.migrate import downgrade, upgrade
from qa_service.vocabulary import PolicyArea

QUESTIONS = (
    ("高龄津贴是多少？", ()),
    ("八十岁老人100%报销吗？", ("高龄津贴",)),
    ("ABC平台怎么用？", ("abc", '引"号')),
    ("退休怎么办？", ()),
)
TOPICS = (
    TopicContent(PolicyArea.ELDERLY_CARE, "高龄津贴", ("高龄", "100%")),
    TopicContent(PolicyArea.ELDERLY_CARE, "平台", ("abc平台", "_B_")),
    TopicContent(PolicyArea.TAXATION, "退休", ("退休",)),
    TopicContent(PolicyArea.ELDERLY_CARE, '引"号', ("没有这个词",)),
)


@pytest.fixture(params=["bank", pytest.param("postgres_bank", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest) -> Engine:
    """Topics before and after the pairs."""
    engine: Engine = request.getfixturevalue(request.param)
    with session_scope(engine) as session:
        for topic in TOPICS[:2]:
            save_topic(session, topic)
        for question, keywords in QUESTIONS:
            content = replace(CONTENT, question=question, keywords=keywords)
            draft_pair(session, content, by=person("甲"), now=NOW)
        for topic in TOPICS[2:]:
            save_topic(session, topic)
    return engine


def stored(session: Session) -> set[tuple[str, str]]:
    statement = (
        select(Topic.name, QAVersion.question)
        .join(VersionTopic, VersionTopic.topic_id == Topic.id)  # type: ignore[arg-type]
        .join(QAVersion, QAVersion.id == VersionTopic.version_id)  # type: ignore[arg-type]
    )
    return set(session.exec(statement).all())


def looked_at(session: Session) -> set[tuple[str, str]]:
    versions, topics = session.exec(select(QAVersion)).all(), session.exec(select(Topic)).all()
    return {
        (topic.name, one.question)
        for topic in topics
        for one in versions
        if is_about(topic, one.question, one.keywords)
    }


def test_are_those_that_looking_finds_through_every_change(filled: Engine) -> None:
    with session_scope(filled) as session:
        assert stored(session) == looked_at(session)
        assert ("平台", QUESTIONS[2][0]) not in stored(session)
        assert ('引"号', QUESTIONS[2][0]) in stored(session)
        first = session.exec(select(Topic)).all()[0]
        save_topic(session, replace(TOPICS[0], keywords=("退休",)), first.id)
        session.expire_all()
        assert stored(session) == looked_at(session)
        delete_topic(session, first.id or 0)
        assert stored(session) == looked_at(session)


def test_areas_are_compared_where_pairs_are_counted(filled: Engine) -> None:
    with session_scope(filled) as session:
        before = {row.name: sum(row.counts.values()) for row in coverage(session, day=NOW.date())}
        assert before == {"高龄津贴": 2, "平台": 0, '引"号': 1, "其他": 1, "退休": 0}
        move_pairs_of_area(session, PolicyArea.ELDERLY_CARE, PolicyArea.TAXATION, now=NOW)
        session.expire_all()
        after = {row.name: sum(row.counts.values()) for row in coverage(session, day=NOW.date())}
        assert after == {"高龄津贴": 2, "平台": 0, '引"号': 1, "退休": 1}


def test_an_upgrade_finds_them_in_the_versions_there_are(filled: Engine) -> None:
    with session_scope(filled) as session:
        before = stored(session)
    downgrade(filled, "0036_sending")
    upgrade(filled)
    with session_scope(filled) as session:
        assert stored(session) == before
