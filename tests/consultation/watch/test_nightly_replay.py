"""The nightly replay: at night, only when something changed, in pieces that go on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from actors import person
from sqlmodel import select

from qa_service.accounts.authority import Authority
from qa_service.clock import BEIJING, FixedClock
from qa_service.consultation.models import Consultation
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.watch.models import ReplayChange, ReplayRun
from qa_service.jobs.bank import replay
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.coverage.topics import TopicContent, store_topic
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Verdict

NIGHT = datetime(2026, 11, 25, 2, tzinfo=BEIJING)
ADMIN = person("管理甲", Authority.of({Role.ADMIN}))
QUESTIONS = ("社保卡丢了怎么补办？", "火星养老院怎么预约？", "小规模纳税人增值税怎么申报？")


@pytest.fixture
def asked(services: Services, asking: Callable[..., object], clock: FixedClock) -> list[str]:
    for question in (*QUESTIONS, QUESTIONS[0]):
        asking(question)
        clock.instant += timedelta(minutes=1)
    return list(QUESTIONS)


def runs(services: Services) -> list[ReplayRun]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(ReplayRun).order_by(ReplayRun.id)).all())  # type: ignore[arg-type]


@pytest.mark.usefixtures("asked")
def test_it_runs_at_night_once_until_something_changes(
    services: Services, clock: FixedClock
) -> None:
    context = JobContext.of(services)
    assert replay.replay_questions(context) == 0
    assert runs(services) == []  # by day
    clock.instant = NIGHT
    assert replay.replay_questions(context) == 0
    assert replay.replay_questions(context) == 0
    (first,) = runs(services)
    assert (first.total, first.asked, first.changed) == (3, 3, 0)
    assert first.finished_at is not None
    with session_scope(services.database) as session:
        answered = session.exec(
            select(Consultation).where(Consultation.verdict != Verdict.UNMATCHED)
        ).first()
        assert answered is not None
        pair = find_pair(session, answered.candidates[0].qa_id)
        withdraw_pair(session, pair, "口径有误", by=ADMIN, now=clock.now())
        lost = pair.id
    changed = replay.replay_questions(context)
    assert changed >= 1
    assert [one.finished_at is not None for one in runs(services)] == [True, True]
    with session_scope(services.database, read_only=True) as session:
        found = session.exec(select(ReplayChange)).all()
    assert lost in {one.before_pair_id for one in found}
    assert lost not in {one.after_pair_id for one in found}
    with session_scope(services.database, read_only=True) as session:
        assert len(session.exec(select(Consultation)).all()) == 4  # it asks without a trace


@pytest.mark.usefixtures("asked")
def test_it_stops_after_its_time_and_goes_on_where_it_was(
    services: Services, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 1)
    clock.instant = NIGHT
    context = JobContext.of(services)
    ticks = count(step=replay.SECONDS - 1)
    replay.replay_questions(context, lambda: next(ticks))
    (run,) = runs(services)
    assert (run.asked, run.finished_at) == (1, None)
    replay.replay_questions(context)
    (run,) = runs(services)
    assert (run.asked, run.finished_at is not None) == (3, True)


def test_each_is_asked_within_what_it_was_asked_within(
    services: Services, asking: Callable[..., object], clock: FixedClock
) -> None:
    with session_scope(services.database) as session:
        content = TopicContent("就业创业", "别的事项", ("别的",))
        store_topic(session, "other", content)
    asking(QUESTIONS[0], narrowed=Narrowing(topic="other"))
    clock.instant = NIGHT
    assert replay.replay_questions(JobContext.of(services)) == 0
    (run,) = runs(services)
    assert (run.asked, run.changed) == (1, 0), "the whole bank has an answer"


def test_the_same_words_within_other_bounds_are_another_question(
    services: Services, asking: Callable[..., object], clock: FixedClock
) -> None:
    for region in ("", "甲镇", "甲镇", "乙镇"):
        asking(QUESTIONS[0], narrowed=Narrowing(region=region))
        clock.instant += timedelta(minutes=1)
    asking(QUESTIONS[0], area="就业创业")
    clock.instant = NIGHT
    replay.replay_questions(JobContext.of(services))
    (run,) = runs(services)
    assert (run.total, run.asked) == (4, 4)
