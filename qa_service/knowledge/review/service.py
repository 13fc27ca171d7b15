"""Review (三审三校): a version is submitted, signed in stages by different people, and published.

Follows the local rules on 政务公开 (部门负责人, 分管领导, 分管保密领导 each 审 and 校): a signer
may not have written or submitted the version, nor sign two stages; each signature carries the
hash of the content seen, and any edit voids all signatures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.authority import Within
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, InvalidInputError
from qa_service.knowledge.models import (
    QAPair,
    QAVersion,
    Review,
    audit_subject,
    end_review,
    stored_id,
)
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.service import BANK, content_in_work, publish_reviewed
from qa_service.knowledge.review.prechecks import Finding, check_submission
from qa_service.storage.advisory_locks import lock_for_transaction
from qa_service.vocabulary import REASON_CHARACTERS, AuditAction, Role, Stage

STAGE_ROLES = {
    Stage.FIRST: Role.REVIEWER,
    Stage.SECOND: Role.REVIEWER,
    Stage.FINAL: Role.REVIEWER,
    Stage.CONFIDENTIALITY: Role.CONFIDENTIALITY,
}

_STAGES = (Stage.FIRST, Stage.SECOND, Stage.FINAL)


class PrecheckFailedError(InvalidInputError):
    """The pre-checks found faults or unconfirmed advice; ``problems`` names each."""

    code = "precheck_failed"
    title = "送审前请先修改"


class NotInReviewError(ConflictError):
    """The pair is not in review at this stage, or was changed or resubmitted since."""

    code = "not_in_review"
    title = "不在审核中"


class AlreadySubmittedError(ConflictError):
    """The pair is already in review, or has no version in work to submit."""

    code = "already_submitted"
    title = "无须送审"


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
    """A signer's statement: the stage, that both 审 and 校 were done, and the hash of the content.

    ``reason``, at the final stage, justifies a pair without a valid basis.
    """

    stage: Stage
    seen_hash: str
    examined: bool
    proofread: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The progress of the review; ``next_stages`` are the stages that can be signed now."""

    version: QAVersion
    seen_hash: str
    signed: tuple[Review, ...]
    next_stages: tuple[Stage, ...]


def submit(
    session: Session, pair: QAPair, *, by: Actor, now: datetime, despite_advice: bool = False
) -> tuple[Finding, ...]:
    """Submit the version in work for review (送审) and return the advice of the pre-checks.

    Raises AlreadySubmittedError, or PrecheckFailedError for faults, and for advice too
    unless ``despite_advice``; PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SUBMIT_PAIR)
    lock_for_transaction(session, BANK)
    session.refresh(pair)
    if pair.submitted_at is not None:
        raise AlreadySubmittedError(f"{pair.submitted_by} 已送审，请等待审核")
    if not queries.has_work(pair):
        raise AlreadySubmittedError("这条问答已发布，没有待审的修改")
    findings = check_submission(session, pair, now=now)
    if any(finding.is_fault or not despite_advice for finding in findings):
        problems = tuple(FieldProblem(found.field, found.message) for found in findings)
        raise PrecheckFailedError("送审前检查发现问题，请按提示修改", problems=problems)
    pair.submitted_at = now
    pair.submitted_by, pair.submitted_by_person_id, pair.submitted_by_key_id = by.recorded
    pair.round += 1
    session.add(pair)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=audit_subject(pair), change="送审")
    return findings


def review_state(session: Session, pair: QAPair, *, stages: int) -> ReviewState:
    """Return the progress of the review; ``stages`` is the number of stages required, 1 to 3."""
    signed = tuple(one for one in _round(session, pair) if one.passed)
    done = {review.stage for review in signed}
    owed = [stage for stage in _STAGES[-stages:] if stage not in done][:1]
    if Stage.CONFIDENTIALITY not in done:
        owed.append(Stage.CONFIDENTIALITY)
    return ReviewState(
        version=queries.version_in_work(session, pair),
        seen_hash=content_in_work(session, pair).review_hash(),
        signed=signed,
        next_stages=tuple(owed) if pair.submitted_at else (),
    )


def sign(
    session: Session,
    pair: QAPair,
    signature: Signature,
    *,
    by: Actor,
    stages: int,
    now: datetime,
) -> bool:
    """Sign a stage; return whether it was the last signature, which publishes the pair.

    Raises NotInReviewError, NotYourSignatureError, InvalidSignatureError, and what
    ``publish_reviewed`` raises; the signature is then rolled back with the transaction.
    Raises PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SIGN_PAIR)
    state = _open_review(session, pair, stages)
    _check_statement(signature)
    if signature.seen_hash != state.seen_hash:
        raise NotInReviewError("问答在您审核期间已修改，请刷新后按新的内容审核")
    if signature.stage not in state.next_stages:
        raise NotInReviewError("现在不是这一审次，请刷新页面")
    refusal = why_not(session, pair, state, signature.stage, by)
    if refusal:
        raise NotYourSignatureError(refusal)
    review = _write(session, pair, state, signature, by=by, passed=True, now=now)
    is_last = len(state.next_stages) == 1 and _is_last_stage(signature.stage, state, stages)
    if is_last:
        grounds = [one.reason for one in (*state.signed, review) if one.stage is Stage.FINAL]
        publish_reviewed(session, pair, now=now, ground_reason=grounds[0] or None)
    # After the publication, which raises the revision: the order of locks in every transaction.
    _record_signature(session, pair, state, review, by=by)
    return is_last


def send_back(
    session: Session,
    pair: QAPair,
    stage: Stage,
    reason: str,
    *,
    by: Actor,
    stages: int,
    now: datetime,
) -> None:
    """Return the version to its author; the reason is required and stored.

    Raises NotInReviewError, NotYourSignatureError or InvalidSignatureError, and
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.RETURN_PAIR)
    state = _open_review(session, pair, stages)
    if stage not in state.next_stages:
        raise NotInReviewError("现在不是这一审次，请刷新页面")
    refusal = why_not(session, pair, state, stage, by)
    if refusal:
        raise NotYourSignatureError(refusal)
    if not reason.strip():
        problem = FieldProblem("reason", "请填写退回原因")
        raise InvalidSignatureError(problem.message, problems=(problem,))
    returned = Signature(stage, state.seen_hash, False, False, reason)
    _check_reason(returned)
    review = _write(session, pair, state, returned, by=by, passed=False, now=now)
    _record_signature(session, pair, state, review, by=by)
    end_review(pair)
    session.add(pair)
    session.flush()


def why_not(
    session: Session, pair: QAPair, state: ReviewState, stage: Stage, by: Actor
) -> str | None:
    """Return the reason, in Chinese, that forbids ``by`` to sign ``stage``; None if permitted."""
    if not by.authority.holds({STAGE_ROLES[stage]}, {pair.unit_id}):
        return f"{stage.label}应由有相应职责的人员签署"
    if any(by.is_same_person_as(one) for one in (*_authors(session, pair), *_submitter(pair))):
        return "不能审核自己起草或送审的问答"
    if any(by.is_same_person_as(_signer(review)) for review in state.signed):
        return "您已签署过这次送审，各审次应由不同的人签署"
    return None


def last_return(session: Session, pair: QAPair) -> Review | None:
    """Return the latest return to the author that is still unanswered, or None."""
    if pair.submitted_at is not None:
        return None
    return next((review for review in reversed(_round(session, pair)) if not review.passed), None)


def list_reviews(session: Session, pair: QAPair) -> Sequence[Review]:
    """Return every signature and return of the pair's versions, the newest first."""
    statement = select(Review).where(Review.pair_id == pair.id)
    return session.exec(statement.order_by(col(Review.id).desc())).all()


def pairs_in_review(
    session: Session, *, within: Within = None, after: int = 0, limit: int = 50
) -> list[QAPair]:
    """Return at most ``limit`` pairs in review, by id, of the units ``within`` or of all."""
    statement = (
        select(QAPair)
        .where(col(QAPair.submitted_at).is_not(None), col(QAPair.id) > after)
        .order_by(col(QAPair.id))
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(QAPair.unit_id).in_(within))
    return list(session.exec(statement).all())


def _open_review(session: Session, pair: QAPair, stages: int) -> ReviewState:
    lock_for_transaction(session, BANK)
    session.refresh(pair)
    if pair.submitted_at is None:
        raise NotInReviewError("这条问答不在审核中，可能已退回、已发布或已被修改")
    return review_state(session, pair, stages=stages)


def _is_last_stage(stage: Stage, state: ReviewState, stages: int) -> bool:
    done = {review.stage for review in state.signed} | {stage}
    return done >= {*_STAGES[-stages:], Stage.CONFIDENTIALITY}


def _check_statement(signature: Signature) -> None:
    if not (signature.examined and signature.proofread):
        problem = FieldProblem("examined", "请确认已审内容（审）和已校文字（校），再签署")
        raise InvalidSignatureError(problem.message, problems=(problem,))
    _check_reason(signature)


def _check_reason(signature: Signature) -> None:
    if len(signature.reason.strip()) > REASON_CHARACTERS:
        problem = FieldProblem("reason", f"最多 {REASON_CHARACTERS} 个字，请精简")
        raise InvalidSignatureError(problem.message, problems=(problem,))


def _write(
    session: Session,
    pair: QAPair,
    state: ReviewState,
    signature: Signature,
    *,
    by: Actor,
    passed: bool,
    now: datetime,
) -> Review:
    review = Review(
        pair_id=stored_id(pair),
        version_id=stored_id(state.version),
        round=pair.round,
        stage=signature.stage,
        passed=passed,
        signer=by.name,
        signer_person_id=by.person_id,
        signer_key_id=by.api_key_id,
        reason=signature.reason.strip(),
        signed_hash=state.seen_hash,
        created_at=now,
    )
    session.add(review)
    session.flush()
    return review


def _record_signature(
    session: Session, pair: QAPair, state: ReviewState, review: Review, *, by: Actor
) -> None:
    """Record a signature or a return in the audit trail."""
    record(
        session,
        AuditAction.SIGNATURE,
        actor=by,
        now=review.created_at,
        subject=audit_subject(pair),
        given=review.stage.label + ("通过" if review.passed else "退回"),
        version=f"第 {state.version.number} 版",
    )


def _round(session: Session, pair: QAPair) -> Sequence[Review]:
    statement = select(Review).where(
        Review.pair_id == pair.id,
        Review.round == pair.round,
        Review.version_id == (pair.draft_version_id or pair.current_version_id),
    )
    return session.exec(statement.order_by(col(Review.id))).all()


def _authors(session: Session, pair: QAPair) -> frozenset[RecordedActor]:
    """Return the authors of the version in work and of every version since the published one."""
    statement = select(QAVersion).where(QAVersion.pair_id == pair.id)
    if pair.draft_version_id is not None:
        statement = statement.where(col(QAVersion.id) > pair.current_version_id)
    return frozenset(queries.author_of(version) for version in session.exec(statement).all())


def _submitter(pair: QAPair) -> Sequence[RecordedActor]:
    """Return the submitter of the pair; empty if it is not in review."""
    if pair.submitted_by is None:
        return ()
    recorded = (pair.submitted_by, pair.submitted_by_person_id, pair.submitted_by_key_id)
    return (RecordedActor(*recorded),)


def _signer(review: Review) -> RecordedActor:
    return RecordedActor(review.signer, review.signer_person_id, review.signer_key_id)
