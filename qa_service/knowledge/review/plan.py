"""The stage table (审校环节): stages of the review, the gates each asks, and its signers.

The default follows QA_REVIEW_STAGES; an office sets its own on a page, in versions, by two
people (``plan_proposals``). Every one of the five gates is asked by at least one stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.gates import Proofreading, StageRule
from qa_service.knowledge.review_models import ReviewPlan
from qa_service.vocabulary import Gate, ProposalState, Role, Stage

MAIN_STAGES = (Stage.FIRST, Stage.SECOND, Stage.FINAL)
"""Stages signed one after another; 保密审查 runs beside them."""
SIGNING_ROLES = (Role.REVIEWER, Role.CONFIDENTIALITY)
NOTE_CHARACTERS = 200

_DEFAULT_GATES = {
    Stage.FIRST: (Gate.POLICY, Gate.WORDING),
    Stage.SECOND: (Gate.LEGAL, Gate.POLICY, Gate.WORDING),
    Stage.FINAL: (Gate.POLITICAL, Gate.LEGAL, Gate.WORDING),
}


class InvalidPlanError(InvalidInputError):
    """The stage table leaves a gate unasked or has a faulty row; ``problems`` names each fault."""

    code = "invalid_review_plan"
    title = "审校环节设置有误"


@dataclass(frozen=True, slots=True)
class StageTable:
    """The rows of the stage table in use, in the order of signing."""

    rules: tuple[StageRule, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages that must be signed."""
        return tuple(rule.stage for rule in self.rules)

    @property
    def last_main(self) -> Stage | None:
        """Return the last of the stages that are signed in order."""
        main = [stage for stage in self.stages if stage in MAIN_STAGES]
        return main[-1] if main else None

    def rule(self, stage: Stage) -> StageRule | None:
        """Return the row of ``stage``; None if it is not used."""
        return next((rule for rule in self.rules if rule.stage == stage), None)


def default_table(stages: int, *, two_persons: bool = False) -> StageTable:
    """Return the table with the last ``stages`` (1 to 3) main stages and 保密审查.

    The first stage left takes the gates of those that are dropped.
    """
    kept = MAIN_STAGES[-stages:]
    asked = {gate for stage in kept for gate in _DEFAULT_GATES[stage]}
    dropped = tuple(gate for gate in Gate if gate not in asked and gate is not Gate.CONFIDENTIALITY)
    rules = [
        StageRule(
            stage,
            Role.REVIEWER,
            (*(dropped if stage is kept[0] else ()), *_DEFAULT_GATES[stage]),
            Proofreading.SHARED,
        )
        for stage in kept
    ]
    secrecy = StageRule(
        Stage.CONFIDENTIALITY, Role.CONFIDENTIALITY, (Gate.CONFIDENTIALITY,), Proofreading.NONE
    )
    return _strict(StageTable((*rules, secrecy)), two_persons)


def table_in_use(session: Session, *, stages: int, two_persons: bool) -> StageTable:
    """Return the table that was confirmed last, else the default of ``stages``.

    With ``two_persons`` 审 and 校 of a stage are never signed by one person. Raises
    InvalidPlanError for a stored table that does not ask all gates.
    """
    stored = newest_plan(session)
    if stored is None:
        return default_table(stages, two_persons=two_persons)
    check_rules(stored.rules)
    return _strict(StageTable(stored.rules), two_persons)


def newest_plan(session: Session) -> ReviewPlan | None:
    """Return the version of the table that is in use, or None."""
    statement = select(ReviewPlan).where(ReviewPlan.state == ProposalState.CONFIRMED)
    return session.exec(statement.order_by(col(ReviewPlan.id).desc()).limit(1)).first()


def list_plans(session: Session, *, limit: int = 20) -> Sequence[ReviewPlan]:
    """Return at most ``limit`` versions of the table, newest first."""
    statement = select(ReviewPlan).order_by(col(ReviewPlan.id).desc()).limit(limit)
    return session.exec(statement).all()


def describe(rule: StageRule) -> str:
    """Return a row of the table in one Chinese phrase."""
    gates = "、".join(gate.label for gate in rule.gates)
    return f"{rule.stage.label}（{rule.role.label}）{gates}，{rule.proofreading.label}"


def check_rules(rules: Sequence[StageRule]) -> None:
    """Raise InvalidPlanError, naming every fault, unless the rows can be used."""
    asked = {gate for rule in rules for gate in rule.gates}
    missing = [gate.label for gate in Gate if gate not in asked]
    problems = []
    if not rules:
        problems.append(FieldProblem("stages", "请至少保留一个审次"))
    if missing:
        message = f"{'、'.join(missing)}没有任何审次把关，五关须各有审次把关"
        problems.append(FieldProblem("gates", message))
    problems += [problem for rule in rules for problem in _row_problems(rule)]
    if problems:
        message = "；".join(problem.message for problem in problems)
        raise InvalidPlanError(message, problems=tuple(problems))


def _row_problems(rule: StageRule) -> list[FieldProblem]:
    """Return the faults of one row."""
    name, problems = rule.stage.label, []
    if not rule.gates:
        problems.append(FieldProblem(rule.stage.value, f"{name}没有选择把关内容"))
    if rule.role not in SIGNING_ROLES:
        problems.append(FieldProblem(rule.stage.value, f"{name}须由审核人或保密审查人签署"))
    if Gate.WORDING in rule.gates and rule.proofreading is Proofreading.NONE:
        problems.append(FieldProblem(rule.stage.value, f"{name}把文字关，不能“不另校”"))
    return problems


def _strict(table: StageTable, two_persons: bool) -> StageTable:
    """Return the table with 审 and 校 by two people wherever both are signed, if wanted."""
    if not two_persons:
        return table
    return StageTable(
        tuple(
            replace(rule, proofreading=Proofreading.SEPARATE)
            if rule.proofreading is Proofreading.SHARED
            else rule
            for rule in table.rules
        )
    )
