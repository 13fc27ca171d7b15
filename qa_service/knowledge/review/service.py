"""Review (三审三校): a version is submitted, signed in stages by different people, and published.

Follows the notice on 政务公开: the five gates (政治、法律、政策、保密、文字) are asked by the
stages of the table in use. A signer may not have written or submitted the version, nor sign
two stages; each signature carries what was affirmed and the hash of the content seen, and any
edit voids all signatures.
"""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.users import name_of
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import (
    QAPair,
    audit_subject,
    end_review,
)
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.service import BANK, NotPublishableError, publish_reviewed
from qa_service.knowledge.review.grounds import lacks_ground, newest_ground, writer_of
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.prechecks import check_submission
from qa_service.knowledge.review.progress import ReviewState, review_state, signer_of
from qa_service.knowledge.review.return_mail import mail_return
from qa_service.knowledge.review.signing import (
    NotInReviewError,
    Signature,
    record_signature,
    write_return,
    write_signature,
)
from qa_service.knowledge.review.text_checks import Finding
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, Stage


class PrecheckFailedError(InvalidInputError):
    """The pre-checks found faults or unconfirmed advice; ``problems`` names each."""

    code = "precheck_failed"
    title = "送审前请先修改"


class AlreadySubmittedError(ConflictError):
    """The pair is already in review, or has no version in work to submit."""

    code = "already_submitted"
    title = "无须送审"


def submit(
    session: Session,
    pair: QAPair,
    *,
    by: Actor,
    now: datetime,
    despite_advice: bool = False,
    engine: RetrievalEngine | None = None,
    media_dir: Path | None = None,
) -> tuple[Finding, ...]:
    """Submit the version in work for review (送审) and return the advice of the pre-checks.

    Raises AlreadySubmittedError, or PrecheckFailedError for faults, and for advice too
    unless ``despite_advice``; PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SUBMIT_PAIR)
    lock_for_transaction(session, BANK)
    session.refresh(pair)
    if pair.submitted_at is not None:
        by_name = name_of(session, pair.submitted_by, pair.submitted_by_person_id)
        raise AlreadySubmittedError(f"{by_name} 已送审，请等待审核")
    if not queries.has_work(pair):
        raise AlreadySubmittedError("这条问答已发布，没有待审的修改")
    findings = check_submission(session, pair, now=now, engine=engine, media_dir=media_dir)
    if any(finding.is_fault or not despite_advice for finding in findings):
        problems = tuple(FieldProblem(found.field, found.message) for found in findings)
        raise PrecheckFailedError("送审前检查发现问题，请按提示修改", problems=problems)
    pair.submitted_at = now
    pair.submitted_by, pair.submitted_by_person_id, pair.submitted_by_key_id = by.recorded
    pair.round += 1
    session.add(pair)
    record(session, AuditAction.EDIT, actor=by, now=now, subject=audit_subject(pair), change="送审")
    return findings


def sign(
    session: Session,
    pair: QAPair,
    signature: Signature,
    *,
    by: Actor,
    table: StageTable,
    now: datetime,
) -> bool:
    """Sign a stage, or one part of it; return whether that was the last and published the pair.

    Raises NotInReviewError, NotYourSignatureError, InvalidSignatureError, GatesUnansweredError
    and what ``publish_reviewed`` raises; the signature is then rolled back with the
    transaction. Raises PersonKeyRequiredError for a system.
    """
    by.require_person(Act.SIGN_PAIR)
    state = _open_review(session, pair, table)
    _check_seen(signature.seen_hash, state, "逐项确认后再签署")
    review = write_signature(session, pair, state, signature, by=by, now=now)
    state = review_state(session, pair, table=table)
    if state.is_complete:
        publish_reviewed(session, pair, now=now, ground_reason=_ground(session, pair, state, now))
    # After the publication, which raises the revision: the order of locks in every transaction.
    record_signature(session, pair, state, review, by=by)
    return state.is_complete


def send_back(
    session: Session,
    pair: QAPair,
    stage: Stage,
    reason: str,
    *,
    seen_hash: str,
    by: Actor,
    table: StageTable,
    now: datetime,
) -> None:
    """Return the version to its author, who is mailed; the reason is required and stored.

    ``seen_hash`` is the hash of the content for which it is returned. Raises NotInReviewError,
    NotYourSignatureError or InvalidSignatureError, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.RETURN_PAIR)
    state = _open_review(session, pair, table)
    _check_seen(seen_hash, state, "核对，仍须修改的再退回")
    review = write_return(session, pair, state, stage, reason, by=by, now=now)
    record_signature(session, pair, state, review, by=by)
    mail_return(session, pair, state.version, stage, reason, now=now)
    end_review(pair)
    session.add(pair)
    session.flush()


def _open_review(session: Session, pair: QAPair, table: StageTable) -> ReviewState:
    lock_for_transaction(session, BANK)
    session.refresh(pair)
    if pair.submitted_at is None:
        raise NotInReviewError("这条问答不在审核中，可能已退回、已发布或已被修改")
    return review_state(session, pair, table=table)


def _check_seen(seen_hash: str, state: ReviewState, then: str) -> None:
    if seen_hash != state.seen_hash:
        raise NotInReviewError(f"问答在您审核期间已修改，请按新的内容{then}")


def _ground(session: Session, pair: QAPair, state: ReviewState, now: datetime) -> str | None:
    """Return the second person's reason if the basis needs one; None if it needs none.

    Raises NotPublishableError where it is missing or written by the signer of the last stage.
    """
    lacking = lacks_ground(session, pair, now=now)
    if not lacking:
        return None
    ground = newest_ground(session, pair, state.seen_hash)
    if ground is None:
        raise NotPublishableError(
            f"{'；'.join(lacking)}。仍要公开的，请先由终审以外的另一人在审校页写明理由"
        )
    signers = [signer_of(one) for one in state.signed if one.stage == state.table.last_main]
    writer = writer_of(ground)
    if writer in signers:
        raise NotPublishableError("无公开依据的理由应由终审以外的人填写")
    return ground.reason
