from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

import pytest
from actors import person
from pension_pair import CONTENT
from reviewing import EVERYBODY, TABLE
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.actor import COMMAND_LINE, Actor, ActorKind
from qa_service.accounts.audit import AuditFilter, list_events
from qa_service.accounts.authority import Authority
from qa_service.clock import BEIJING
from qa_service.knowledge.gates import Proofreading, StageRule
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.review.plan import (
    InvalidPlanError,
    StageTable,
    check_rules,
    default_table,
    table_in_use,
)
from qa_service.knowledge.review.plan_proposals import (
    NoPlanProposedError,
    NotYourPlanError,
    PlanPendingError,
    confirm_plan,
    propose_plan,
    refuse_plan,
)
from qa_service.knowledge.review.progress import review_state
from qa_service.knowledge.review.service import sign, submit
from qa_service.knowledge.review.signing import (
    InvalidSignatureError,
    NotYourSignatureError,
    Signature,
)
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import (
    AuditAction,
    Gate,
    PairStatus,
    ProposalState,
    Role,
    Stage,
    Statement,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
ADMIN = person("管理员", Authority.of({Role.ADMIN}))
SECOND = person("督查", Authority.of({Role.SUPERVISOR}))
EVERYTHING = tuple(Statement)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


@pytest.fixture
def pair(session: Session) -> QAPair:
    """A pair in review."""
    drafted = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
    submit(session, drafted, by=person("甲"), now=NOW, despite_advice=True)
    return drafted


def one_stage(*gates: Gate, proofreading: Proofreading = Proofreading.SHARED) -> StageRule:
    return StageRule(Stage.FINAL, Role.REVIEWER, gates, proofreading)


def give(
    session: Session, pair: QAPair, table: StageTable, stage: Stage, login: str, parts: str = "审校"
) -> bool:
    seen = review_state(session, pair, table=table).seen_hash
    given = Signature(stage, seen, "审" in parts, "校" in parts, EVERYTHING)
    return sign(
        session, pair, given, by=person(login, Authority.of(EVERYBODY)), table=table, now=NOW
    )


class TestDefault:
    @pytest.mark.parametrize("stages", [1, 2, 3])
    @pytest.mark.parametrize("two_persons", [False, True])
    def test_asks_every_gate_however_many_stages_are_left(
        self, stages: int, two_persons: bool
    ) -> None:
        table = default_table(stages, two_persons=two_persons)
        check_rules(table.rules)
        assert {gate for rule in table.rules for gate in rule.gates} == set(Gate)

    def test_asks_the_confidentiality_gate_of_the_confidentiality_officer_alone(self) -> None:
        asking = [rule for rule in TABLE.rules if Gate.CONFIDENTIALITY in rule.gates]
        assert [(rule.stage, rule.role) for rule in asking] == [
            (Stage.CONFIDENTIALITY, Role.CONFIDENTIALITY)
        ]


class TestSetting:
    @pytest.mark.parametrize(
        "asked", [gates for count in range(5) for gates in combinations(Gate, count)]
    )
    def test_is_refused_while_a_gate_is_asked_by_no_stage(
        self, session: Session, asked: Sequence[Gate]
    ) -> None:
        with pytest.raises(InvalidPlanError, match="把关"):
            propose_plan(session, [one_stage(*asked)], note="简化", by=ADMIN, now=NOW)
        assert table_in_use(session, stages=3, two_persons=False) == TABLE

    @pytest.mark.parametrize(
        "rule",
        [
            one_stage(*Gate, proofreading=Proofreading.NONE),
            replace(one_stage(*Gate), role=Role.OPERATOR),
        ],
    )
    def test_is_refused_without_proofreading_of_the_wording_and_for_other_roles(
        self, session: Session, rule: StageRule
    ) -> None:
        with pytest.raises(InvalidPlanError):
            propose_plan(session, [rule], note="简化", by=ADMIN, now=NOW)

    def test_needs_a_reason_and_is_audited(self, session: Session) -> None:
        rules = [one_stage(*Gate)]
        with pytest.raises(InvalidPlanError, match="为什么"):
            propose_plan(session, rules, note=" ", by=ADMIN, now=NOW)
        plan = propose_plan(session, rules, note="人手不足", by=ADMIN, now=NOW)
        confirm_plan(session, plan.id or 0, by=SECOND, now=NOW)
        assert table_in_use(session, stages=3, two_persons=False).rules == tuple(rules)
        done, proposed = list_events(session, AuditFilter(action=AuditAction.SETTINGS), limit=5)
        assert (proposed.actor, proposed.details["reason"]) == ("管理员", "人手不足")
        assert (done.actor, done.details["change"]) == ("督查", "启用第 1 版")

    def test_in_the_middle_of_a_review_asks_again_for_gates_nobody_answered(
        self, session: Session, pair: QAPair
    ) -> None:
        give(session, pair, TABLE, Stage.FIRST, "乙")
        moved = replace(TABLE.rules[0], gates=(Gate.POLITICAL, Gate.WORDING))
        table = StageTable((moved, *TABLE.rules[1:]))
        assert Stage.FIRST in review_state(session, pair, table=table).next_stages


class TestSecondPerson:
    """Nobody changes alone who signs what at the five gates."""

    @pytest.fixture
    def proposed(self, session: Session) -> int:
        plan = propose_plan(session, [one_stage(*Gate)], note="人手不足", by=ADMIN, now=NOW)
        return plan.id or 0

    @pytest.mark.parametrize(
        "by",
        [
            ADMIN,
            person("编辑", Authority.of({Role.EDITOR})),
            person("保密", Authority.of({Role.CONFIDENTIALITY})),
            person("街道审核", Authority.of({Role.REVIEWER}, limits={Role.REVIEWER: [1]})),
            replace(SECOND, kind=ActorKind.SYSTEM, person_id=None, api_key_id=7),
            COMMAND_LINE,
        ],
        ids=lambda by: by.name,
    )
    def test_is_another_person_who_decides_for_every_unit(
        self, session: Session, proposed: int, by: Actor
    ) -> None:
        assert table_in_use(session, stages=3, two_persons=False) == TABLE
        with pytest.raises(NotYourPlanError):
            confirm_plan(session, proposed, by=by, now=NOW)
        assert table_in_use(session, stages=3, two_persons=False) == TABLE

    @pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.REVIEWER, Role.ADMIN])
    def test_puts_it_in_use(self, session: Session, proposed: int, role: Role) -> None:
        confirm_plan(session, proposed, by=person("丙", Authority.of({role})), now=NOW)
        assert len(table_in_use(session, stages=3, two_persons=False).rules) == 1
        with pytest.raises(NoPlanProposedError):
            confirm_plan(session, proposed, by=SECOND, now=NOW)

    @pytest.mark.parametrize(
        ("by", "state"),
        [(SECOND, ProposalState.REFUSED), (ADMIN, ProposalState.TAKEN_BACK)],
        ids=["second", "own"],
    )
    def test_refuses_it_with_a_reason_or_its_author_takes_it_back(
        self, session: Session, proposed: int, by: Actor, state: ProposalState
    ) -> None:
        with pytest.raises(InvalidPlanError, match="理由"):
            refuse_plan(session, proposed, " ", by=by, now=NOW)
        assert refuse_plan(session, proposed, "五关须分开", by=by, now=NOW).state is state
        assert table_in_use(session, stages=3, two_persons=False) == TABLE
        (event, *_) = list_events(session, AuditFilter(action=AuditAction.SETTINGS), limit=5)
        assert (event.actor, event.details["reason"]) == (by.name, "五关须分开")

    def test_decides_on_one_change_at_a_time(self, session: Session, proposed: int) -> None:
        with pytest.raises(PlanPendingError):
            propose_plan(session, [one_stage(*Gate)], note="再改", by=ADMIN, now=NOW)
        refuse_plan(session, proposed, "不同意", by=SECOND, now=NOW)
        again = propose_plan(session, [one_stage(*Gate)], note="再改", by=ADMIN, now=NOW)
        confirm_plan(session, again.id or 0, by=SECOND, now=NOW)


class TestTwoPersons:
    TWO = default_table(3, two_persons=True)

    def test_one_person_does_not_sign_both_parts_of_a_stage(
        self, session: Session, pair: QAPair
    ) -> None:
        with pytest.raises(InvalidSignatureError, match="两人"):
            give(session, pair, self.TWO, Stage.FIRST, "乙", "审校")
        give(session, pair, self.TWO, Stage.FIRST, "乙", "审")
        with pytest.raises(NotYourSignatureError, match="另一人"):
            give(session, pair, self.TWO, Stage.FIRST, "乙", "校")
        assert review_state(session, pair, table=self.TWO).next_stages[0] is Stage.FIRST
        give(session, pair, self.TWO, Stage.FIRST, "丙", "校")
        assert review_state(session, pair, table=self.TWO).next_stages[0] is Stage.SECOND

    def test_nobody_signs_parts_of_two_stages(self, session: Session, pair: QAPair) -> None:
        give(session, pair, self.TWO, Stage.FIRST, "乙", "审")
        give(session, pair, self.TWO, Stage.FIRST, "丙", "校")
        for login in ("乙", "丙"):
            with pytest.raises(NotYourSignatureError, match="不同的人"):
                give(session, pair, self.TWO, Stage.SECOND, login, "审")

    def test_seven_people_publish(self, session: Session, pair: QAPair) -> None:
        people = iter("乙丙丁戊己庚")
        for stage in (Stage.FIRST, Stage.SECOND, Stage.FINAL):
            for part in "审校":
                assert not give(session, pair, self.TWO, stage, next(people), part)
        assert give(session, pair, self.TWO, Stage.CONFIDENTIALITY, "辛")
        assert pair.status is PairStatus.PUBLISHED

    def test_the_setting_holds_also_for_a_table_the_office_has_set(self, session: Session) -> None:
        plan = propose_plan(session, [one_stage(*Gate)], note="人手不足", by=ADMIN, now=NOW)
        confirm_plan(session, plan.id or 0, by=SECOND, now=NOW)
        (rule,) = table_in_use(session, stages=3, two_persons=True).rules
        assert rule.proofreading is Proofreading.SEPARATE
