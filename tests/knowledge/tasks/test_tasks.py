"""Tasks: a unit reports with evidence, another person of the office crosses off, once."""

from datetime import date, timedelta

import pytest
from actors import person
from desk import MORNING, SUPERVISOR, member, unit_id
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.permissions import NotPermittedError
from qa_service.accounts.units import find_unit
from qa_service.knowledge.policies.annual_review import confirm
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import add_policy
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.knowledge.task_models import Task, TaskKind, TaskState
from qa_service.knowledge.tasks.campaigns import CampaignContent, open_campaign, read_lines
from qa_service.knowledge.tasks.queries import history_of
from qa_service.knowledge.tasks.rules import (
    InvalidTaskError,
    TaskChangedError,
    TaskOwnClosingError,
)
from qa_service.knowledge.tasks.service import (
    TaskContent,
    close_task,
    open_task,
    report_done,
    return_task,
    void_task,
)
from qa_service.ledger.units.changes import merge_units
from qa_service.ledger.units.holdings import unit_holdings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PublicKind, Role, Validity

TODAY = date(2026, 11, 24)
DUE = date(2026, 12, 20)


def opened(session: Session, kind: TaskKind = TaskKind.CHECKLIST) -> Task:
    content = TaskContent(kind, unit_id(session, "tax"), "更新办事指南", DUE, "张科长")
    return open_task(session, content, actor=SUPERVISOR, now=MORNING)


def report(session: Session, task: Task, evidence: str = "甲府发〔2026〕9号") -> None:
    report_done(
        session,
        task,
        outcome="已更新",
        evidence=evidence,
        seen=task.version,
        actor=member(session, "tax"),
        now=MORNING,
    )


@pytest.mark.parametrize("evidence", ["", "  ", "。", "x" * 501])
def test_without_evidence_nothing_is_reported(ledger: Engine, evidence: str) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        with pytest.raises(InvalidTaskError) as refused:
            report(session, task, evidence)
        assert [one.field for one in refused.value.problems] == ["evidence"]
        assert task.state is TaskState.OPEN


def test_a_unit_never_closes_its_own_task(ledger: Engine) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        report(session, task)
        both = person(
            "两职", Authority({Role.SUPERVISOR: None, Role.UNIT: frozenset({task.unit_id})})
        )
        reporter = person("承办甲", Authority.of({Role.SUPERVISOR}))
        for actor in (both, reporter):
            with pytest.raises(TaskOwnClosingError):
                close_task(session, task, seen=task.version, actor=actor, now=MORNING)
        with pytest.raises(NotPermittedError):
            actor = member(session, "tax")
            close_task(session, task, seen=task.version, actor=actor, now=MORNING)
        elsewhere = person(
            "外区督查", Authority({Role.SUPERVISOR: frozenset({unit_id(session, "office")})})
        )
        with pytest.raises(TaskOwnClosingError):
            close_task(session, task, seen=task.version, actor=elsewhere, now=MORNING)
        close_task(session, task, seen=task.version, actor=SUPERVISOR, now=MORNING)
        assert (task.state, task.closed_by) == (TaskState.CLOSED, "督查甲")


@pytest.mark.parametrize(
    "bank", ["ledger", pytest.param("postgres_ledger", marks=pytest.mark.postgres)]
)
def test_of_two_who_close_at_once_one_is_told(bank: str, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue(bank)
    with session_scope(engine) as session:
        task = opened(session)
        report(session, task)
        task_id = task.id
    with session_scope(engine, read_only=True) as session:
        seen_by_both = session.get_one(Task, task_id)
    second = person("督查乙", Authority.of({Role.SUPERVISOR}))
    with session_scope(engine) as session:
        first = session.get_one(Task, task_id)
        close_task(session, first, seen=first.version, actor=SUPERVISOR, now=MORNING)
    with session_scope(engine) as session:
        # As it was read before the other transaction committed.
        stale = session.merge(seen_by_both, load=False)
        with pytest.raises(TaskChangedError):
            close_task(session, stale, seen=stale.version, actor=second, now=MORNING)
        session.rollback()
    with session_scope(engine, read_only=True) as session:
        task = session.get_one(Task, task_id)
        assert (task.closed_by, len(history_of(session, task))) == ("督查甲", 3)


def test_a_unit_neither_voids_nor_reschedules_its_own_task(ledger: Engine) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        both = person(
            "两职", Authority({Role.SUPERVISOR: None, Role.UNIT: frozenset({task.unit_id})})
        )
        with pytest.raises(TaskOwnClosingError, match="撤销或调整时限"):
            void_task(session, task, "重复下达", seen=task.version, actor=both, now=MORNING)
        assert task.state is TaskState.OPEN
        void_task(session, task, "重复下达", seen=task.version, actor=SUPERVISOR, now=MORNING)


def test_what_was_closed_can_be_sent_back_with_a_reason(ledger: Engine) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        report(session, task)
        close_task(session, task, seen=task.version, actor=SUPERVISOR, now=MORNING)
        with pytest.raises(InvalidTaskError):
            return_task(session, task, " ", seen=task.version, actor=SUPERVISOR, now=MORNING)
        return_task(session, task, "佐证不全", seen=task.version, actor=SUPERVISOR, now=MORNING)
        assert (task.state, task.closed_at) == (TaskState.OPEN, None)
        assert history_of(session, task)[-1].note == "佐证不全"


def campaign(**given: object) -> CampaignContent:
    typed = {
        "kind": TaskKind.CLEAN_UP,
        "title": "2026 年度全面清理",
        "demand": "逐件确认",
        "begins_on": TODAY,
        "ends_on": DUE,
        "units": ["tax", "pensions"],
        **given,
    }
    return CampaignContent(**typed)  # type: ignore[arg-type]


class TestCampaign:
    def test_gives_every_unit_a_task(self, ledger: Engine) -> None:
        with session_scope(ledger) as session:
            one = open_campaign(session, campaign(), actor=SUPERVISOR, now=MORNING, today=TODAY)
            found = session.exec(select(Task).where(Task.campaign_id == one.id)).all()
            assert {(task.unit_id, task.due_on) for task in found} == {
                (unit_id(session, "tax"), DUE),
                (unit_id(session, "pensions"), DUE),
            }

    def test_of_lines_names_every_fault_at_once(self, ledger: Engine) -> None:
        lines = "甲项｜甲区税务局｜2026-12-31｜张科长\n乙项｜没有的局\n｜tax\n丁项|tax|2026-02-30"
        with session_scope(ledger) as session:
            with pytest.raises(InvalidTaskError) as refused:
                open_campaign(
                    session,
                    campaign(title="", lines=read_lines(lines), begins_on=None),
                    actor=SUPERVISOR,
                    now=MORNING,
                    today=TODAY,
                )
            told = [(one.field, one.message[:5]) for one in refused.value.problems]
            assert told == [
                ("title", "事项应为 "),
                ("begins_on", "请填写开始"),
                ("lines", "第 2 行"),
                ("lines", "第 3 行"),
                ("lines", "第 4 行"),
            ]
            assert session.exec(select(Task)).first() is None

    def test_of_the_clean_up_is_reported_once_every_document_is_confirmed(
        self, ledger: Engine
    ) -> None:
        with session_scope(ledger) as session:
            open_campaign(session, campaign(), actor=SUPERVISOR, now=MORNING, today=TODAY)
            own = unit_id(session, "tax")
            task = session.exec(select(Task).where(Task.unit_id == own)).one()
            document = PolicyDocument(
                key="d",
                title="办法",
                document_number="甲府发〔2026〕3号",
                issuer="甲区人民政府",
                validity=Validity.IN_FORCE,
                unit_id=own,
                confirmed_on=TODAY - timedelta(days=1),
            )
            session.add(document)
            session.flush()
            with pytest.raises(InvalidTaskError) as refused:
                report(session, task)
            assert "还有 1 份文件" in refused.value.problems[0].message
            confirm(session, document, by=member(session, "tax"), day=TODAY)
            report(session, task)
            assert task.state is TaskState.REPORTED


def test_tasks_follow_a_merged_unit(ledger: Engine) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        tax, office = find_unit(session, "tax"), find_unit(session, "office")
        assert "未销号任务 1 个" in "，".join(map(str, unit_holdings(session, tax)))
        admin = person("管理甲", Authority.of({Role.ADMIN}))
        merge_units(session, tax, office, actor=admin, now=MORNING)
        session.refresh(task)
        assert task.unit_id == office.id
        assert "并入" in history_of(session, task)[-1].note


class TestInterpretation:
    @pytest.mark.parametrize(
        ("given", "is_asked"),
        [
            ({}, True),
            ({"issued_on": date(2026, 11, 1)}, True),
            ({"issued_on": date(2020, 1, 1)}, False),
            ({"public_kind": PublicKind.ON_REQUEST, "public_reason": "内部管理"}, False),
        ],
    )
    def test_is_asked_for_a_new_public_document(
        self, ledger: Engine, given: dict[str, object], is_asked: bool
    ) -> None:
        content = PolicyContent(
            key="甲府发〔2026〕8号",
            title="新办法",
            document_number="甲府发〔2026〕8号",
            issuer="甲区人民政府",
            validity=Validity.IN_FORCE,
            unit="tax",
            **given,  # type: ignore[arg-type]
        )
        with session_scope(ledger) as session:
            add_policy(session, content, now=MORNING, by=member(session, "tax"))
            asked = session.exec(select(Task)).all()
            kinds = [(one.kind, one.due_on) for one in asked]
            wanted = [(TaskKind.INTERPRETATION, date(2026, 12, 1))] if is_asked else []
            assert kinds == wanted
