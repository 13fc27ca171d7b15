"""Tasks and links sent in a random history, by the real services."""

from datetime import timedelta
from random import Random

from actors import person
from desk import SUPERVISOR
from random_histories import NOW, UNITS, History

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.accounts.units import find_unit
from qa_service.clock import beijing_day
from qa_service.consultation.sending.models import SentAnswer
from qa_service.knowledge.task_models import TaskKind
from qa_service.knowledge.tasks.service import (
    TaskContent,
    close_task,
    open_task,
    report_done,
    return_task,
    void_task,
)
from qa_service.vocabulary import Role, SendChannel


def write_tasks(history: History, count: int = 30) -> None:
    """Open tasks and take some of them through their steps; send links to answers."""
    for _ in range(count):
        _task(history)
        at = history._moment()
        pair = history.random.choice(history.pairs)
        channel = history.random.choice(list(SendChannel))
        history.session.add(
            SentAnswer(
                pair_id=pair,
                version=1,
                channel=channel,
                link="/answers/x",
                sent_at=at,
                sent_by="a",
            )
        )
    history.session.flush()


def _task(history: History) -> None:
    random: Random = history.random
    session, at = history.session, history._moment()
    unit = find_unit(session, random.choice(UNITS)).id or 0
    due = beijing_day(at) + timedelta(days=random.randrange(12))
    content = TaskContent(TaskKind.CHECKLIST, unit, "更新办事指南", due)
    task = open_task(session, content, actor=SUPERVISOR, now=at)
    lead = person("承办乙", Authority.of({Role.UNIT}, unit))
    steps = random.randrange(4)
    if steps == 0:
        return
    at = min(at + timedelta(days=random.randrange(14)), NOW)
    if random.random() < 0.2:
        void_task(session, task, "重复下达", seen=task.version, actor=SUPERVISOR, now=at)
        return
    _report(history, task, lead, at)
    if steps > 1:
        close_task(session, task, seen=task.version, actor=SUPERVISOR, now=at)
    if steps > 2 and random.random() < 0.4:
        return_task(session, task, "佐证不全", seen=task.version, actor=SUPERVISOR, now=at)


def _report(history: History, task: object, lead: Actor, at: object) -> None:
    report_done(
        history.session,
        task,  # type: ignore[arg-type]
        outcome="已更新",
        evidence="甲府发〔2026〕1号",
        seen=task.version,  # type: ignore[attr-defined]
        actor=lead,
        now=at,  # type: ignore[arg-type]
    )
