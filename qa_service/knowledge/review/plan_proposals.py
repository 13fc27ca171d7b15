"""Changes of the stage table (审校环节): proposed by one person, in use by another's yes.

The table decides who signs what at the five gates (三审三校), so that nobody changes it alone.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, ActorKind, RecordedActor
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission, is_permitted
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError
from qa_service.knowledge.gates import StageRule
from qa_service.knowledge.review.plan import (
    NOTE_CHARACTERS,
    InvalidPlanError,
    check_rules,
    describe,
)
from qa_service.knowledge.review_models import ReviewPlan
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, ProposalState

_LOCK = "review-plan"


class PlanPendingError(ConflictError):
    """Another change of the stage table waits for the second person."""

    code = "plan_pending"
    title = "已有待确认的设置"


class NoPlanProposedError(ConflictError):
    """The change is not, or no longer, waiting for a decision."""

    code = "no_plan_proposed"
    title = "没有待确认的设置"


class NotYourPlanError(ForbiddenError):
    """The actor may not decide on the change; the message gives the reason."""

    code = "not_your_plan"
    title = "不能由您确认"


def open_plan(session: Session) -> ReviewPlan | None:
    """Return the change that waits for the second person, or None."""
    statement = select(ReviewPlan).where(ReviewPlan.state == ProposalState.PROPOSED)
    return session.exec(statement).first()


def propose_plan(
    session: Session, rules: Sequence[StageRule], *, note: str, by: Actor, now: datetime
) -> ReviewPlan:
    """Store a changed table for the second person; raises InvalidPlanError, PlanPendingError."""
    lock_for_transaction(session, _LOCK)
    check_rules(rules)
    note = note.strip()
    if not note or len(note) > NOTE_CHARACTERS:
        problem = FieldProblem("note", f"请用 1 至 {NOTE_CHARACTERS} 个字说明为什么这样设置")
        raise InvalidPlanError(problem.message, problems=(problem,))
    if open_plan(session) is not None:
        raise PlanPendingError("已有一份设置待确认，请先确认、不同意或撤回，再提出新的设置")
    plan = ReviewPlan(
        rules=tuple(rules),
        state=ProposalState.PROPOSED,
        note=note,
        author=by.name,
        author_person_id=by.person_id,
        author_key_id=by.api_key_id,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    _record(session, plan, f"提出第 {plan.id} 版", note, by=by, now=now)
    return plan


def confirm_plan(session: Session, plan_id: int, *, by: Actor, now: datetime) -> ReviewPlan:
    """Put a proposed table in use as the second person.

    What is in review is signed by the new table: a stage whose gates were not all answered is
    to be signed again. Raises NoPlanProposedError, NotYourPlanError or InvalidPlanError.
    """
    plan = _to_decide(session, plan_id)
    refusal = why_not_confirm_plan(by, plan)
    if refusal:
        raise NotYourPlanError(refusal)
    check_rules(plan.rules)
    _decide(session, plan, ProposalState.CONFIRMED, "", by=by, now=now)
    _record(session, plan, f"启用第 {plan.id} 版", plan.note, by=by, now=now)
    return plan


def refuse_plan(
    session: Session, plan_id: int, reason: str, *, by: Actor, now: datetime
) -> ReviewPlan:
    """Refuse a proposed table with a reason, or take one's own back; the table in use stays.

    Raises NoPlanProposedError, NotYourPlanError or InvalidPlanError.
    """
    plan = _to_decide(session, plan_id)
    if not _may_decide(by):
        raise NotYourPlanError(_BY_WHOM)
    reason = reason.strip()
    if not reason or len(reason) > NOTE_CHARACTERS:
        problem = FieldProblem("reason", f"请用 1 至 {NOTE_CHARACTERS} 个字写明理由")
        raise InvalidPlanError(problem.message, problems=(problem,))
    is_own = by.is_same_person_as(_author(plan))
    state = ProposalState.TAKEN_BACK if is_own else ProposalState.REFUSED
    _decide(session, plan, state, reason, by=by, now=now)
    done = "撤回" if is_own else "不同意"
    _record(session, plan, f"{done}第 {plan.id} 版", reason, by=by, now=now)
    return plan


def why_not_confirm_plan(by: Actor, plan: ReviewPlan) -> str | None:
    """Return the reason, in Chinese, that forbids ``by`` to confirm; None if permitted."""
    if not _may_decide(by):
        return _BY_WHOM
    if not by.is_distinct_from(_author(plan)):
        return "不能确认自己提出的设置，请由另一人确认"
    return None


_BY_WHOM = "由全区的审核人、督查或另一位管理员确认"


def _may_decide(by: Actor) -> bool:
    is_person = by.kind is ActorKind.PERSON
    return is_person and is_permitted(by.authority, Permission.CONFIRM_REVIEW)


def _author(plan: ReviewPlan) -> RecordedActor:
    return RecordedActor(plan.author, plan.author_person_id, plan.author_key_id)


def _to_decide(session: Session, plan_id: int) -> ReviewPlan:
    """Return the proposed table of this id; raises NoPlanProposedError."""
    lock_for_transaction(session, _LOCK)
    plan = session.get(ReviewPlan, plan_id, populate_existing=True)
    if plan is None or plan.state is not ProposalState.PROPOSED:
        raise NoPlanProposedError("这份设置已不待确认，可能已由他人办理，不必再办")
    return plan


def _decide(
    session: Session,
    plan: ReviewPlan,
    state: ProposalState,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    plan.state, plan.decided_at, plan.decision_reason = state, now, reason
    plan.decided_by, plan.decided_by_person_id, plan.decided_by_key_id = by.recorded
    session.add(plan)
    session.flush()


def _record(
    session: Session, plan: ReviewPlan, change: str, reason: str, *, by: Actor, now: datetime
) -> None:
    record(
        session,
        AuditAction.SETTINGS,
        actor=by,
        now=now,
        subject="审校环节",
        change=change,
        reason=reason,
        stages="；".join(describe(rule) for rule in plan.rules),
    )
