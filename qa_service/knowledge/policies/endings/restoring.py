"""Putting back answers that fell with a document whose end was refused or taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.clock import beijing_day
from qa_service.knowledge.models import PairBasis, QAPair, stored_id
from qa_service.knowledge.policies.withdrawal import Withdrawal, put_back, withdraw_for_rework
from qa_service.knowledge.policy_models import FallenAnswer, PolicyDocument, PolicyEnding
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.vocabulary import EndingState, PairStatus

STUCK = "文件恢复有效时答复已到期、另有依据失效，或同一问题已另有答复"
PUT_BACK = "文件的失效或废止已取消，原答复恢复告知"


def put_back_unobstructed(
    session: Session,
    pairs: Sequence[QAPair],
    ending: PolicyEnding,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Publish again the pairs that nothing else forbids, and close their rework tasks.

    Left are pairs that were published again meanwhile, expired, rest on another document that
    has ended or is about to, or whose question another pair answers now; suspended ones among
    them are withdrawn for rework, unless the end of another document is still to be decided.
    Returns the ids of those published.
    """
    waiting = _waiting_elsewhere(session, ending)
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


def _waiting_elsewhere(session: Session, ending: PolicyEnding) -> set[int]:
    """Return the pairs suspended by the proposed end of another document too."""
    statement = (
        select(FallenAnswer.pair_id)
        .join(PolicyEnding, col(PolicyEnding.id) == FallenAnswer.ending_id)
        .where(PolicyEnding.state == EndingState.PROPOSED, PolicyEnding.id != ending.id)
    )
    return set(session.exec(statement).all())


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
