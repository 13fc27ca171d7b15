"""Answers that fall when a document is no longer public (不再公开), as when one ends.

Proposing to close it suspends the published answers that lose their public basis (中止告知). The
second person's yes withdraws them with a rework task each, a no puts them back.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.clock import beijing_day
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.policies.endings.restoring import put_back_unobstructed
from qa_service.knowledge.policies.notices import (
    Notice,
    close_notices,
    tell_units,
    units_concerned,
)
from qa_service.knowledge.policies.withdrawal import (
    Withdrawal,
    pairs_resting_on,
    suspend,
    withdraw_for_rework,
)
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyDocument, SuspendedAnswer
from qa_service.knowledge.premises import correction_stands
from qa_service.knowledge.rules import NO_LONGER_PUBLIC
from qa_service.vocabulary import PairStatus, PolicyNoticeKind

_TOLD = (PairStatus.PUBLISHED, PairStatus.SUSPENDED)


def losing_basis(session: Session, document: PolicyDocument) -> list[QAPair]:
    """Return the answers told, or suspended, that lose their public basis with the document.

    Those for whose lack of one a further person stated a reason do not.
    """
    resting = pairs_resting_on(session, stored_id(document), _TOLD)
    return [pair for pair in resting if not pair.ground_reason]


def suspend_losing(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Suspend the answers that a proposed correction would leave without a public basis."""
    losing = losing_basis(session, document)
    correction.suspended = _as_they_are(session, losing)
    session.add(correction)
    reason = f"依据《{document.title}》拟{NO_LONGER_PUBLIC}，待确认"
    published = [pair for pair in losing if pair.status is PairStatus.PUBLISHED]
    suspend(session, [Withdrawal(pair, reason) for pair in published], now=now, by=by)
    text = f"《{document.title}》拟{NO_LONGER_PUBLIC}，以它为公开依据的答复已中止告知，待另一人确认"
    _tell(session, document, correction, PolicyNoticeKind.CLOSING, text, now=now)


def withdraw_losing(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Withdraw the answers that a confirmed correction leaves without a public basis."""
    losing = losing_basis(session, document)
    correction.suspended = _as_they_are(session, losing)
    session.add(correction)
    reason = f"依据《{document.title}》{NO_LONGER_PUBLIC}"
    withdraw_for_rework(session, [Withdrawal(pair, reason) for pair in losing], now=now, by=by)
    text = f"《{document.title}》{NO_LONGER_PUBLIC}，以它为公开依据的答复已撤回，"
    text += "请在“清理返工”中重新办理"
    _tell(session, document, correction, PolicyNoticeKind.CLOSED, text, now=now)


def put_back_suspended(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Publish again the answers that a correction suspended which was refused or taken back."""
    held = {one.pair_id: one.content_hash for one in correction.suspended}
    statement = (
        select(QAPair, QAVersion.content_hash)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(col(QAPair.id).in_(held), QAPair.status == PairStatus.SUSPENDED)
        .order_by(col(QAPair.id))
    )
    found = session.exec(statement).all()
    unchanged = [pair for pair, content_hash in found if held[stored_id(pair)] == content_hash]
    put_back_unobstructed(session, unchanged, correction, reason, by=by, now=now)
    close_notices(session, document, by=by, now=now)
    text = f"《{document.title}》仍公开，未改动的答复已恢复告知。理由：{reason}"
    _tell(session, document, correction, PolicyNoticeKind.KEPT_PUBLIC, text, now=now)


def _as_they_are(session: Session, pairs: list[QAPair]) -> tuple[SuspendedAnswer, ...]:
    """Return the pairs with the hash of what each says now."""
    versions = [pair.current_version_id for pair in pairs]
    statement = select(QAVersion).where(col(QAVersion.id).in_(versions))
    return tuple(
        SuspendedAnswer(version.pair_id, version.content_hash)
        for version in session.exec(statement.order_by(col(QAVersion.pair_id))).all()
    )


def _tell(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    kind: PolicyNoticeKind,
    text: str,
    *,
    now: datetime,
) -> None:
    """Tell the owner and the units of the answers that lose their basis."""
    ids = [one.pair_id for one in correction.suspended]
    units = set(session.exec(select(QAPair.unit_id).where(col(QAPair.id).in_(ids))).all())
    session.flush()
    premises = (correction_stands(correction),)
    occasion = f"{kind.value}:c{correction.id}"
    notice = Notice(kind, occasion, text, beijing_day(now), premises)
    tell_units(session, document, units_concerned(session, document) | units, notice, now=now)
