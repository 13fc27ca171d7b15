"""Putting back answers that fell with a document that neither ends nor is closed after all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.clock import beijing_day
from qa_service.knowledge.models import PairBasis, QAPair, stored_id
from qa_service.knowledge.policies.withdrawal import Withdrawal, put_back, withdraw_for_rework
from qa_service.knowledge.policy_models import (
    FallenAnswer,
    PolicyCorrection,
    PolicyDocument,
    PolicyEnding,
)
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.vocabulary import EndingState, PairStatus, ProposalState

STUCK = "恢复告知时答复已到期、另有依据失效或不再公开，或同一问题已另有答复"
PUT_BACK = "文件的失效、废止或不再公开已取消，原答复恢复告知"


def put_back_unobstructed(
    session: Session,
    pairs: Sequence[QAPair],
    cause: PolicyEnding | PolicyCorrection,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Publish again the pairs that nothing else forbids, and close their rework tasks.

    Left are pairs that were published again meanwhile, expired, rest on another document that
    has ended or is about to, or whose question another pair answers now; suspended ones among
    them are withdrawn for rework, unless something else than ``cause`` is still to be decided of
    a document of theirs. Returns the ids of those published.
    """
    waiting = _waiting_elsewhere(session, cause)
    free = [
        pair
        for pair in pairs
        if pair.status in (PairStatus.SUSPENDED, PairStatus.WITHDRAWN)
        and pair.id not in waiting
        and not _is_obstructed(session, pair, now)
    ]
    stuck = [
        Withdrawal(pair, STUCK)
        for pair in pairs
        if pair.status is PairStatus.SUSPENDED and pair.id not in waiting and pair not in free
    ]
    withdraw_for_rework(session, stuck, now=now, by=by)
    ids = put_back(session, free, reason, now=now, by=by)
    closed = update(ReworkTask).where(
        col(ReworkTask.pair_id).in_(ids), col(ReworkTask.closed_at).is_(None)
    )
    name, person_id, key_id = by.recorded
    session.execute(
        closed.values(
            closed_at=now,
            closed_by=name,
            closed_by_person_id=person_id,
            closed_by_key_id=key_id,
            outcome=PUT_BACK,
        )
    )
    return ids


def _waiting_elsewhere(session: Session, cause: PolicyEnding | PolicyCorrection) -> set[int]:
    """Return the pairs suspended by another proposal to end or to close a document, too."""
    ending_id = cause.id if isinstance(cause, PolicyEnding) else 0
    fallen = (
        select(FallenAnswer.pair_id)
        .join(PolicyEnding, col(PolicyEnding.id) == FallenAnswer.ending_id)
        .where(PolicyEnding.state == EndingState.PROPOSED, PolicyEnding.id != ending_id)
    )
    closing = select(PolicyCorrection).where(
        PolicyCorrection.state == ProposalState.PROPOSED, col(PolicyCorrection.closes)
    )
    others = [one for one in session.exec(closing).all() if one is not cause]
    suspended = {held.pair_id for one in others for held in one.suspended}
    return suspended | set(session.exec(fallen).all())


def _is_obstructed(session: Session, pair: QAPair, now: datetime) -> bool:
    basis = session.exec(
        select(PolicyDocument)
        .join(PairBasis, col(PairBasis.document_id) == PolicyDocument.id)
        .where(PairBasis.version_id == pair.current_version_id)
    ).all()
    if obstacles_to_publishing(
        pair.expires_on, basis, beijing_day(now), ground_reason=pair.ground_reason
    ):
        return True
    same = select(QAPair.id).where(
        QAPair.question_key == pair.question_key,
        QAPair.status != PairStatus.WITHDRAWN,
        QAPair.id != stored_id(pair),
    )
    return session.exec(same).first() is not None
