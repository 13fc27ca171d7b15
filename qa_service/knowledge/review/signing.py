"""Signatures and returns of a review, as the stage table and the four-eyes rule permit them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, InvalidInputError
from qa_service.knowledge.gates import Proofreading, StageRule, check_affirmed
from qa_service.knowledge.models import QAPair, audit_subject, stored_id
from qa_service.knowledge.review.progress import ReviewState, open_parts, owed_gates, why_not
from qa_service.knowledge.review_models import Review
from qa_service.vocabulary import REASON_CHARACTERS, AuditAction, ReviewPart, Stage, Statement

REASON_WRITTEN = "写了退回原因，没有签署：要退回的请选退回，要签署通过的请先清空退回原因"


class NotInReviewError(ConflictError):
    """The pair is not in review at this stage, or was changed or resubmitted since."""

    code = "not_in_review"
    title = "不在审核中"


class NotYourSignatureError(ForbiddenError):
    """The actor may not give this signature; the message gives the reason."""

    code = "not_your_signature"
    title = "不能由您签署"


class InvalidSignatureError(InvalidInputError):
    """The signature or return is incomplete."""

    code = "invalid_signature"
    title = "签署有误"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signer's statement: the stage, its parts 审 and 校, and the hash of the content seen.

    ``statements`` are what was affirmed at the gates of the stage. ``reason`` is a reason to
    return the version that was written all the same: it cannot pass.
    """

    stage: Stage
    seen_hash: str
    examined: bool
    proofread: bool
    statements: tuple[Statement, ...] = ()
    reason: str = ""

    @property
    def parts(self) -> tuple[ReviewPart, ...]:
        """Return the parts that are signed."""
        given = ((ReviewPart.EXAMINATION, self.examined), (ReviewPart.PROOFREADING, self.proofread))
        return tuple(part for part, is_given in given if is_given)


@dataclass(frozen=True, slots=True)
class _Decision:
    """A signature to be stored, or a return to the author."""

    stage: Stage
    part: ReviewPart = ReviewPart.BOTH
    statements: tuple[Statement, ...] = ()
    passed: bool = True
    reason: str = ""


def write_signature(
    session: Session,
    pair: QAPair,
    state: ReviewState,
    signature: Signature,
    *,
    by: Actor,
    now: datetime,
) -> Review:
    """Store a signature that the table and the four-eyes rule permit.

    Raises NotInReviewError, NotYourSignatureError, InvalidSignatureError or
    GatesUnansweredError.
    """
    if signature.reason.strip():
        raise InvalidSignatureError(REASON_WRITTEN)
    rule = _open_rule(session, pair, state, signature.stage, by)
    parts = tuple(part for part in signature.parts if part in rule.parts)
    _check_parts(rule, parts, open_parts(state, rule, by))
    passed = _Decision(
        signature.stage,
        part=parts[0] if len(parts) == 1 else ReviewPart.BOTH,
        statements=tuple(check_affirmed(owed_gates(rule, parts), signature.statements)),
    )
    return _write(session, pair, state, passed, by=by, now=now)


def write_return(
    session: Session,
    pair: QAPair,
    state: ReviewState,
    stage: Stage,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> Review:
    """Store a return to the author, with its reason.

    Raises NotInReviewError, NotYourSignatureError or InvalidSignatureError.
    """
    _open_rule(session, pair, state, stage, by)
    _check_reason(reason)
    returned = _Decision(stage, passed=False, reason=reason.strip())
    return _write(session, pair, state, returned, by=by, now=now)


def record_signature(
    session: Session, pair: QAPair, state: ReviewState, review: Review, *, by: Actor
) -> None:
    """Record a signature or a return in the audit trail."""
    given = review.stage.label
    if review.part is not ReviewPart.BOTH:
        given += f"（{review.part.label}）"
    record(
        session,
        AuditAction.SIGNATURE,
        actor=by,
        now=review.created_at,
        subject=audit_subject(pair),
        given=given + ("通过" if review.passed else "退回"),
        version=f"第 {state.version.number} 版",
    )


def _open_rule(
    session: Session, pair: QAPair, state: ReviewState, stage: Stage, by: Actor
) -> StageRule:
    """Return the row of a stage that ``by`` may sign now.

    Raises NotInReviewError or NotYourSignatureError.
    """
    rule = state.table.rule(stage)
    if rule is None or stage not in state.next_stages:
        raise NotInReviewError("现在不是这一审次，可能已由他人签署；请按现在的审次办理")
    refusal = why_not(session, pair, state, stage, by)
    if refusal:
        raise NotYourSignatureError(refusal)
    return rule


def _check_parts(
    rule: StageRule, parts: Sequence[ReviewPart], offered: Sequence[ReviewPart]
) -> None:
    """Raise InvalidSignatureError unless one person may sign just these parts."""
    labels = "、".join(part.label for part in offered)
    if rule.proofreading is not Proofreading.SEPARATE:
        is_valid, message = set(parts) >= set(offered), f"请确认已{labels}，再签署"
    elif len(parts) > 1:
        is_valid, message = False, "本审次的审、校应由两人分别签署，请只签一项"
    else:
        is_valid, message = set(parts) <= set(offered), f"您现在可签的是：{labels}"
    if not is_valid or not parts:
        raise InvalidSignatureError(message, problems=(FieldProblem("examined", message),))


def _check_reason(reason: str) -> None:
    problem = None
    if not reason.strip():
        problem = FieldProblem("reason", "请填写退回原因")
    elif len(reason.strip()) > REASON_CHARACTERS:
        problem = FieldProblem("reason", f"最多 {REASON_CHARACTERS} 个字，请精简")
    if problem:
        raise InvalidSignatureError(problem.message, problems=(problem,))


def _write(
    session: Session,
    pair: QAPair,
    state: ReviewState,
    decision: _Decision,
    *,
    by: Actor,
    now: datetime,
) -> Review:
    """Store a signature or a return on the content of ``state``."""
    review = Review(
        pair_id=stored_id(pair),
        version_id=stored_id(state.version),
        round=state.round,
        stage=decision.stage,
        part=decision.part,
        statements=list(decision.statements),
        passed=decision.passed,
        signer=by.name,
        signer_person_id=by.person_id,
        signer_key_id=by.api_key_id,
        reason=decision.reason,
        signed_hash=state.seen_hash,
        created_at=now,
    )
    session.add(review)
    session.flush()
    return review
